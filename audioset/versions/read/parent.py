"""Which version a workspace goes on from: a small file in it, a hint and no truth.

Without it, or where it is damaged, nothing is known, and a publish asks where it would not have to.
"""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.errors import InvalidInputError, NotFoundError
from audioset.records.identity import VersionRef
from audioset.records.parent import Parent
from audioset.records.version import VersionRecord
from audioset.storage.files import write_atomically
from audioset.storage.store import Store
from audioset.storage.synced import was_written
from audioset.versions.read.resolve import resolve, scan_version

if TYPE_CHECKING:
    import pyarrow as pa

PARENT_FILE = "parent.json"


def write_parent(workspace: Path, parent: Parent) -> None:
    """Remember the version that a workspace goes on from.

    Raises:
        StorageError: the folder cannot be written.
    """
    data = parent.to_json().encode()
    write_atomically(workspace / PARENT_FILE, lambda file: file.write(data))
    was_written(workspace / PARENT_FILE)


def find_parent(
    store: Store, workspace: Path, dataset: str
) -> tuple[Parent | None, VersionRecord | None]:
    """Find the version that a workspace goes on from; None where it is not known, or not there.

    Raises:
        IntegrityError: its record is damaged.
        StorageError: the store did not answer, or refused.
    """
    try:
        parent = Parent.from_json((workspace / PARENT_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None, None
    if parent.dataset != dataset:
        return None, None
    with suppress(NotFoundError, InvalidInputError):
        record = resolve(store, parent.ref)
        if record.digest == parent.digest:
            return parent, record
    return None, None


def read_earlier(store: Store, parent: Parent) -> "tuple[pa.StringArray, Iterable[pa.RecordBatch]]":
    """Read the rows of clips that a workspace has as they were in earlier versions.

    Args:
        store: of the versions.
        parent: what is remembered; there are such clips.

    Returns:
        Their ids, and the rows, both in the order of the ids.

    Raises:
        NotFoundError: an earlier version is not there.
        IntegrityError: a stored manifest is damaged.
        StorageError: the store did not answer.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    found = []
    for number in sorted(set(parent.behind.values())):
        ids = pa.array([clip for clip, behind in parent.behind.items() if behind == number])
        record = resolve(store, VersionRef(parent.dataset, number))
        for batch in scan_version(store, record):
            found.append(batch.filter(pc.is_in(batch["clip_id"], value_set=ids)))
    rows = pa.Table.from_batches(found).sort_by("clip_id").combine_chunks()
    return pa.array(sorted(parent.behind)), rows.to_batches()
