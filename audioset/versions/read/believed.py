"""What rows and record of a version state of numbers and places, believed only when both agree.

Memory is made by these numbers, and names of objects of these hashes.
"""

import numpy as np
import pyarrow as pa

from audioset.errors import IntegrityError
from audioset.records.seal import BACKUP
from audioset.records.version import VersionRecord
from audioset.storage.arrays import as_booleans, as_numbers, fill_null


def require_count(record: VersionRecord, num_rows: int) -> None:
    """Require that a version has the clips that its record states.

    Raises:
        IntegrityError: its manifest has more or fewer.
    """
    if num_rows != record.num_clips:
        raise IntegrityError(
            f"{record.ref} is damaged: its record states {record.num_clips} clips, and its "
            f"manifest has {num_rows}; {BACKUP}, or publish its clips again"
        )


def require_places(record: VersionRecord, rows: pa.Table) -> None:
    """Require that every row points into a shard that the record names.

    Raises:
        IntegrityError: a row does not, or beyond what the record says of the size of the shard.
    """
    places = [
        rows[name].combine_chunks() for name in ("shard_sha256", "offset_bytes", "size_bytes")
    ]
    encoded = places[0].dictionary_encode()
    known = {shard.sha256: shard.size_bytes for shard in record.shards}
    ends = [known.get(name, -1) for name in encoded.dictionary.to_pylist()]
    end = np.array([*ends, -1], np.int64)[as_numbers(fill_null(encoded.indices))]
    offset, size = (as_numbers(fill_null(place)) for place in places[1:])
    outside = (offset < 0) | (size < 0) | (offset > end) | (size > end - offset)
    for place in places:
        if place.null_count:
            outside |= as_booleans(place.is_null())
    if num_outside := int(outside.sum()):
        first = rows["clip_id"][int(outside.argmax())].as_py()
        raise IntegrityError(
            f"{record.ref} is damaged: {num_outside} rows point into no shard that its record "
            f"names, the first is {first}; {BACKUP}, or publish its clips again"
        )
