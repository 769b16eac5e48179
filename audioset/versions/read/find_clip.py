"""Which versions of a store hold a clip, and at which place."""

from collections.abc import Iterator

import pyarrow.compute as pc

from audioset.records.version import VersionRecord
from audioset.storage.store import Store
from audioset.versions.read.resolve import list_readable_versions, scan_version


def find_clip(store: Store, clip_id: str) -> Iterator[tuple[VersionRecord, int]]:
    """Find every version that holds a clip, by dataset and number, and the clip's position in it.

    Raises:
        IntegrityError: a record or a manifest is damaged or missing.
        StorageError: the store did not answer, or refused.
    """
    for dataset in store.list_folders():
        for record in list_readable_versions(store, dataset):
            position = find_in_version(store, record, clip_id)
            if position is not None:
                yield record, position


def find_in_version(store: Store, record: VersionRecord, clip_id: str) -> int | None:
    """Give the position of a clip among the rows of a version; None when it is not there.

    Raises:
        IntegrityError: a part of the manifest is missing or does not match its hash.
        StorageError: the store did not answer, or refused.
    """
    before = 0
    for batch in scan_version(store, record, columns=("clip_id",)):
        place = pc.index(batch.column("clip_id"), clip_id).as_py()
        if place >= 0:
            return int(before + place)
        before += batch.num_rows
    return None
