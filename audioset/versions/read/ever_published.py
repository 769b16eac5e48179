"""All clips that the versions of a dataset ever held, each once: what later versions go on from."""

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audioset.records.manifest import manifest_schema
from audioset.records.version import FIRST_VERSION, VersionRecord
from audioset.storage.store import Store
from audioset.versions.read.resolve import scan_version


def published_clips(
    store: Store, records: Iterable[VersionRecord], columns: Sequence[str]
) -> pa.Table:
    """Read every clip that some version holds: its row in the latest of them, and where it began.

    Args:
        records: of one dataset, oldest first.
        columns: of the manifest; `clip_id` and `split` among them.

    Returns:
        The columns, and `first_version` (int64), the number of the first version that holds the
        clip. `split` is that of the latest version in which the clip has one.

    Raises:
        IntegrityError: a stored manifest is missing or damaged.
        StorageError: the store did not answer, or refused.
    """
    schema = pa.schema([manifest_schema().field(name) for name in columns])
    schema = schema.append(pa.field(FIRST_VERSION, pa.int64()))
    found = schema.empty_table()
    for record in sorted(records, key=lambda record: record.version, reverse=True):
        rows = pa.Table.from_batches(
            scan_version(store, record, columns), schema.remove(len(columns))
        )
        numbers = pa.array(np.full(len(rows), record.version), pa.int64())
        found = _add_older(found, rows.append_column(schema.field(FIRST_VERSION), numbers))
    return found


def _add_older(found: pa.Table, older: pa.Table) -> pa.Table:
    """Add the clips of an older version; those that are known began earlier."""
    places = pc.index_in(found["clip_id"], value_set=older["clip_id"].combine_chunks())
    known = older.take(places.combine_chunks())  # null where the older version lacks the clip
    for name, values in (
        (FIRST_VERSION, pc.coalesce(known[FIRST_VERSION], found[FIRST_VERSION])),
        ("split", pc.coalesce(found["split"], known["split"])),
    ):
        at = found.schema.get_field_index(name)
        found = found.set_column(at, found.schema.field(at), values)
    is_new = pc.invert(pc.is_in(older["clip_id"], value_set=found["clip_id"].combine_chunks()))
    return pa.concat_tables([found, older.filter(is_new)])
