"""Where clips lie now whose rows name an old place: `forget` writes shards anew."""

from contextlib import suppress
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from audioset.errors import IntegrityError, InvalidInputError, NotFoundError
from audioset.records.identity import VersionRef
from audioset.records.version import VersionRecord
from audioset.storage.store import open_store
from audioset.versions.read.local_clips import STORED_COLUMNS, scan_places
from audioset.versions.read.resolve import list_version_numbers, resolve


def find_moved(
    address: str, dataset: str, clip_id: str, audio_sha256: str
) -> tuple[str, int, int] | None:
    """Find where the latest version has the audio of a clip; None when it has not just that.

    Args:
        address: of the store.

    Returns:
        The sha256 of the shard; where in it the audio begins, and how long it is, in bytes.

    Raises:
        StorageError: the store did not answer, or refused.
    """
    store = open_store(address)
    numbers = list_version_numbers(store, dataset)
    with suppress(IntegrityError, InvalidInputError, NotFoundError):  # then it tells of nothing
        if numbers:
            rows = _read_places(address, resolve(store, VersionRef(dataset, numbers[-1])))
            at = pc.index(rows["clip_id"], clip_id).as_py()
            if at >= 0 and rows["audio_sha256"][at].as_py() == audio_sha256:
                _, _, *place = (rows[name][at].as_py() for name in STORED_COLUMNS)
                return place[0], place[1], place[2]
    return None


@lru_cache(maxsize=1)  # most often many clips of one shard are looked for
def _read_places(address: str, record: VersionRecord) -> pa.Table:
    return scan_places(open_store(address), record)
