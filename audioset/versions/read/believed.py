"""What rows and record of a version state of numbers and places, believed only when both agree.

Memory is made by these numbers, and names of objects of these hashes.
"""

import pyarrow as pa
import pyarrow.compute as pc

from audioset.errors import IntegrityError
from audioset.records.seal import BACKUP
from audioset.records.version import VersionRecord


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
    shards = pa.array([shard.sha256 for shard in record.shards], pa.string())
    sizes = pa.array([shard.size_bytes for shard in record.shards], pa.int64())
    ends = sizes.take(pc.index_in(rows["shard_sha256"], value_set=shards).combine_chunks())
    offset, size = rows["offset_bytes"].combine_chunks(), rows["size_bytes"].combine_chunks()
    inside = pc.and_(
        pc.and_(pc.greater_equal(offset, 0), pc.greater_equal(size, 0)),
        pc.and_(pc.less_equal(offset, ends), pc.less_equal(size, pc.subtract(ends, offset))),
    )
    wrong = rows.filter(pc.invert(pc.fill_null(inside, fill_value=False)))
    if wrong.num_rows:
        raise IntegrityError(
            f"{record.ref} is damaged: {wrong.num_rows} rows point into no shard that its record "
            f"names, the first is {wrong['clip_id'][0].as_py()}; {BACKUP}, or publish its clips "
            "again"
        )
