"""Which versions of a dataset hold any of some clips."""

from collections.abc import Collection

import pyarrow as pa
import pyarrow.compute as pc

from audioset.records.removal_report import VersionHolding
from audioset.storage.store import Store
from audioset.versions.read.resolve import list_readable_versions, scan_version


def versions_holding(
    store: Store, dataset: str, clip_ids: Collection[str]
) -> tuple[VersionHolding, ...]:
    """Give the versions that hold any of some clips, oldest first, and how many each holds.

    Raises:
        IntegrityError: a manifest is damaged or missing.
        StorageError: the store did not answer, or refused.
    """
    wanted = pa.array(sorted(clip_ids), pa.string())
    found = []
    for record in list_readable_versions(store, dataset) if clip_ids else ():
        batches = scan_version(store, record, columns=("clip_id",))
        held = (pc.sum(pc.is_in(rows["clip_id"], value_set=wanted)).as_py() for rows in batches)
        if num_clips := sum(number or 0 for number in held):
            found.append(VersionHolding(ref=record.ref, num_clips=num_clips))
    return tuple(found)
