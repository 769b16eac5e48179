"""How large a store becomes: objects, records, manifests and changes, to a billion clips.

    python benchmarks/store_size.py [--rows 1000000] [--most 1000000000]

A part of a manifest is made of rows like those of real speech and encoded as a publish does it; the
record is made whole, however many shards it names, and read again. The rest is arithmetic, which
the table's heading says: no store of that size is filled.
"""

import argparse
import secrets
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
from measuring import heading, scratch, table, tell
from millions import CLIPS_PER_SOURCE, MEAN_CLIP_BYTES, make_part

from audioset.records.version import DEFAULT_SHARD_BYTES, ContentObject, VersionRecord
from audioset.storage.store import open_store
from audioset.versions.publish.commit import PART_ROWS, put_manifests

_LISTED_AT_ONCE = 1000  # objects that one request for a list gives
_MEAN_SECONDS = 2.9  # of a clip of the rows that are made


def part_bytes_per_row(folder: Path, num_rows: int) -> float:
    """Encode rows as a publish does, and tell what one takes."""
    part, _ = make_part(0, num_rows // CLIPS_PER_SOURCE)
    store = open_store(str(folder / "store"))
    objects = put_manifests(store, "big", part.to_batches())
    return sum(each.size_bytes for each in objects) / part.num_rows


def make_record(num_clips: int, bytes_per_row: float) -> VersionRecord:
    """Make the record of a version of so many clips."""
    num_shards = -(-num_clips * MEAN_CLIP_BYTES // DEFAULT_SHARD_BYTES)
    parts = -(-num_clips // PART_ROWS)
    return VersionRecord(
        dataset="big",
        version=2,
        digest=secrets.token_hex(32),
        num_clips=num_clips,
        length_seconds=num_clips * _MEAN_SECONDS,
        num_speakers=4000,
        size_bytes=num_clips * MEAN_CLIP_BYTES,
        manifests=tuple(_objects(parts, round(min(num_clips, PART_ROWS) * bytes_per_row))),
        shards=tuple(_objects(num_shards, DEFAULT_SHARD_BYTES)),
        parent=1,
        message="more",
        created_at="2026-11-30T00:00:00+00:00",
        created_by="ada",
        nonce=secrets.token_hex(16),
        format_version=2,
    )


def _objects(count: int, size_bytes: int) -> Iterator[ContentObject]:
    each = DEFAULT_SHARD_BYTES // MEAN_CLIP_BYTES
    for _ in range(count):
        yield ContentObject(sha256=secrets.token_hex(32), size_bytes=size_bytes, num_clips=each)


def row(num_clips: int, bytes_per_row: float) -> Sequence[object]:
    """Give the row of the table for so many clips."""
    record = make_record(num_clips, bytes_per_row)
    written = record.to_json()
    began = time.process_time()
    VersionRecord.from_json(written, name="the record")
    read_seconds = time.process_time() - began
    num_objects = len(record.shards) + len(record.manifests) + 1
    tell(f"{num_clips:,} clips: {num_objects:,} objects")
    return (
        f"{num_clips:,}",
        f"{num_clips * _MEAN_SECONDS / 3600:,.0f}",
        f"{record.size_bytes / 1e12:,.2f}",
        f"{len(record.shards):,}",
        f"{len(record.manifests):,}",
        f"{num_clips * bytes_per_row / 1e6:,.0f}",
        f"{len(written) / 1e6:,.2f}",
        f"{read_seconds:.2f}",
        f"{-(-num_objects // _LISTED_AT_ONCE):,}",
        f"{(min(num_clips, PART_ROWS) * bytes_per_row + len(written)) / 1e6:,.0f}",
    )


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--rows", type=int, default=1_000_000, help="of the part that is made")
    words.add_argument("--most", type=int, default=1_000_000_000, help="clips of the last row")
    words.add_argument("--tiny", action="store_true", help="see that it works, measure nothing")
    asked = words.parse_args()
    if asked.tiny:
        asked.rows, asked.most = CLIPS_PER_SOURCE, 100_000
    pa.set_cpu_count(1)
    with scratch() as folder:
        bytes_per_row = part_bytes_per_row(folder, asked.rows)
    print(f"{heading(1)}; {bytes_per_row:.0f} bytes of manifest per clip\n")
    counts = [10**power for power in range(5, 10) if 10**power <= asked.most]
    columns = ("clips", "hours", "TB of audio", "shards", "parts of the manifest", "they, MB")
    more = ("record, MB", "to read it, CPU s", "requests to list all", "least sent by a change, MB")
    print(table((*columns, *more), [row(count, bytes_per_row) for count in counts]))


if __name__ == "__main__":
    main()
