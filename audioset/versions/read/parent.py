"""Which version a workspace goes on from: a small file in it, a hint and no truth.

Without it, or where it is damaged, nothing is known, and a publish asks where it would not have to.
"""

from contextlib import suppress
from pathlib import Path

from audioset.errors import InvalidInputError, NotFoundError
from audioset.records.parent import Parent
from audioset.records.version import VersionRecord
from audioset.storage.files import write_atomically
from audioset.storage.store import Store
from audioset.versions.read.resolve import resolve

PARENT_FILE = "parent.json"


def write_parent(workspace: Path, parent: Parent) -> None:
    """Remember the version that a workspace goes on from.

    Raises:
        StorageError: the folder cannot be written.
    """
    data = parent.to_json().encode()
    write_atomically(workspace / PARENT_FILE, lambda file: file.write(data))


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
