"""A version of millions of rows without their audio: what each command takes of it.

    python benchmarks/millions.py [--rows 20000000] [--keep FOLDER] [--only STEP]

Every step is a process of its own: user and system time, and the largest memory of the process with
all that it starts. The audio is not there (the shards are holes of the right length), so nothing
is measured but the tables. Prints a Markdown table.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from measuring import Cost, heading, run, scratch, table, tell

from audioset.curation.describe.describe import GROUP_COLUMNS
from audioset.records.manifest import QUALITY_COLUMNS, manifest_schema
from audioset.records.version import DEFAULT_SHARD_BYTES, ContentObject
from audioset.storage.store import open_store
from audioset.versions.layout import shard_key
from audioset.versions.publish.publish import commit, make_record, put_manifests
from audioset.versions.read.digest import table_digest

DATASET = "big"
CLIPS_PER_SOURCE = 2_000
SOURCES_PER_PART = 500
MEAN_CLIP_BYTES = 40_000
MEGABYTE = 1e6
WORDS = np.array(["harbour", "rain", "the", "a", "glen", "wee", "bairn", "morning", "on"])
CONDITION = "snr_db > 35 and speaker = 'speaker0007'"
# What a training process makes before its first batch.
WORKER = """
import audioset, sys
from audioset.training.plan import Batching
opened = audioset.open_workspace(name="big", store=sys.argv[1]).open("big@v1")
plan = opened.plan(Batching(split=None, clips=None, seconds=60.0, seed=1), epoch=0)
"""
VIEW = """
import audioset, sys
opened = audioset.open_workspace(name="big", store=sys.argv[1]).open("big@v1")
print(len(opened.where(sys.argv[2])))
"""
# Totals, three quantiles of each number and the sums by fact, as `describe` gives them.
DUCKDB = """
import duckdb, sys
files, numbers, facts = sys.argv[1], sys.argv[2].split(","), sys.argv[3].split(",")
rows = f"read_parquet('{files}/*.parquet')"
each = ", ".join(
    f"count({n}), avg({n}), min({n}), max({n}), approx_quantile({n}, [0.25, 0.5, 0.75])"
    for n in numbers
)
print(duckdb.execute(f"SELECT {each} FROM {rows}").fetchall())
for fact in facts:
    sums = f"SELECT {fact}, count(*), sum(length_seconds) FROM {rows} GROUP BY {fact}"
    print(len(duckdb.execute(sums).fetchall()))
"""
NUMBERS = ("length_seconds", *QUALITY_COLUMNS)
FACTS = GROUP_COLUMNS
# Status 3 says that a check found problems, which made rows have.
PROBLEMS_ARE_FINE = ("sh", "-c", '"$@"; code=$?; test $code -eq 3 || exit $code', "sh")
SKIPPED = ("--skip", "near_duplicate")


def main() -> None:
    """Make the version, take the steps, print what they took."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--rows", type=int, default=20_000_000)
    words.add_argument("--keep", type=Path, help="folder that keeps store and workspace")
    words.add_argument("--only", action="append", help="name of a step")
    words.add_argument("--tiny", action="store_true", help="see that it works, measure nothing")
    asked = words.parse_args()
    num_rows = 4 * CLIPS_PER_SOURCE if asked.tiny else asked.rows
    print(heading(1))
    with scratch(asked.keep) as folder:
        make_version(folder, num_rows)
        rows = []
        for name, command in steps(folder).items():
            if asked.only and name not in asked.only:
                continue
            cost = run(command, timeout_seconds=7200)
            tell(f"{name}: {cost.cpu_seconds:.1f} CPU s, {cost.peak_bytes / MEGABYTE:.0f} MB")
            rows.append(row(name, cost, num_rows))
        print(table([f"{num_rows:,} rows", "CPU s", "wall s", "peak MB", "bytes per row"], rows))


def row(name: str, cost: Cost, num_rows: int) -> Sequence[object]:
    """Give a row of the table."""
    return (
        name,
        f"{cost.cpu_seconds:.1f}",
        f"{cost.wall_seconds:.1f}",
        f"{cost.peak_bytes / MEGABYTE:.0f}",
        f"{cost.peak_bytes / num_rows:.0f}",
    )


def steps(folder: Path) -> dict[str, Sequence[str | Path]]:
    """Give the command of each step, in the order of a day."""
    store, work = folder / "store", folder / "work"
    audioset = [sys.executable, "-m", "audioset"]
    here = ["--workspace", work]
    script = [sys.executable, "-c"]
    return {
        "checkout": [*audioset, "checkout", f"{DATASET}@v1", work, "--store", store],
        "describe": [*audioset, "describe", "--json", *here],
        "the same numbers by duckdb": [
            *script,
            DUCKDB,
            work / "manifests",
            ",".join(NUMBERS),
            ",".join(FACTS),
        ],
        "check, by its rules of the table": [
            *PROBLEMS_ARE_FINE,
            *audioset,
            "check",
            *SKIPPED,
            "--json",
            *here,
        ],
        "split": [*audioset, "split", "--by", "speaker,source", "--yes", *here],
        "publish": [*audioset, "publish", "--message", "split", *here],
        "diff": [*audioset, "diff", f"{DATASET}@v1", f"{DATASET}@v2", "--json", *here],
        "open and where": [*script, VIEW, store, CONDITION],
        "one training process": [*script, WORKER, store],
    }


def make_version(folder: Path, num_rows: int) -> None:
    """Put a version into a new store, unless it is there."""
    done = folder / "made"
    if done.exists():
        return
    made = Made(folder, num_rows // CLIPS_PER_SOURCE)
    digest = table_digest(made.batches())
    record = make_record(
        pa.concat_tables(made.counted),
        dataset=DATASET,
        version=1,
        digest=digest,
        shards=tuple(made.shards),
        manifests=tuple(made.manifests),
        parent=None,
        message="made",
        num_withdrawals=0,
        shard_bytes=DEFAULT_SHARD_BYTES,
    )
    commit(made.store, record)
    done.touch()


class Made:
    """A version while it is put into a store part by part: all of it would fill the memory."""

    def __init__(self, folder: Path, num_sources: int) -> None:
        self.store = open_store(str(folder / "store"))
        self.counted: list[pa.Table] = []
        self.shards: list[ContentObject] = []
        self.manifests: list[ContentObject] = []
        self._folder = folder / "store"
        self._num_sources = num_sources

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Put part after part and give its rows."""
        for first in range(0, self._num_sources, SOURCES_PER_PART):
            tell(f"source {first} of {self._num_sources}")
            part, shards = make_part(first, min(self._num_sources, first + SOURCES_PER_PART))
            for shard in shards:
                self._dig(shard)
            self.shards += shards
            self.manifests += put_manifests(self.store, DATASET, part.to_batches())
            self.counted.append(part.select(["clip_id", "length_seconds", "speaker"]))
            yield from part.to_batches(65_536)

    def _dig(self, shard: ContentObject) -> None:
        path = self._folder / shard_key(DATASET, shard.sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.truncate(shard.size_bytes)


def make_part(first: int, last: int) -> tuple[pa.Table, list[ContentObject]]:
    """Make rows like those of real speech, of sources `first` to `last`, and name their shards."""
    random = np.random.default_rng(first)
    num_rows = (last - first) * CLIPS_PER_SOURCE
    lengths = np.round(random.lognormal(0.9, 0.6, num_rows).clip(0.3, 30), 3)
    ends = np.cumsum((lengths + 0.5).reshape(-1, CLIPS_PER_SOURCE), axis=1).ravel()
    sizes = (lengths * MEAN_CLIP_BYTES / 3).astype("int64") + 64
    spaces = (-(-sizes // 512) * 512 + 2048).reshape(-1, CLIPS_PER_SOURCE)
    offsets = (np.cumsum(spaces, axis=1) - spaces + 512).ravel()
    source_ids = [
        f"talk-{number:06d}-{number * 2654435761 % 2**32:08x}" for number in range(first, last)
    ]
    repeat = np.repeat(np.arange(last - first), CLIPS_PER_SOURCE)
    shard_names = hashes(random, last - first)
    sources = pa.array(source_ids).take(pa.array(repeat))
    starts = [(edge * 1000).astype("int64") for edge in (ends - lengths, ends)]
    texts = [pc.utf8_lpad(pa.array(edge).cast(pa.string()), 9, "0") for edge in starts]
    values = {
        "clip_id": pc.binary_join_element_wise(sources, *texts, "-"),
        "source_id": sources,
        "source_name": pc.binary_join_element_wise(sources, "mp4", "."),
        "source_sha256": hashes(random, last - first).take(pa.array(repeat)),
        "pcm_sha256": hashes(random, num_rows),
        "start_sample": ((ends - lengths) * 44100).astype("int64"),
        "end_sample": (ends * 44100).astype("int64"),
        "start_seconds": ends - lengths,
        "end_seconds": ends,
        "length_seconds": lengths,
        "num_samples": (lengths * 16000).astype("int64"),
        "sampling_rate": np.full(num_rows, 16000),
        "channels": np.ones(num_rows, int),
        "source_channels": np.full(num_rows, 2),
        "bit_depth": np.full(num_rows, 16),
        "text": sentences(random, num_rows),
        "text_source": pa.array(["human", "subtitles"]).take(
            pa.array(random.integers(0, 2, num_rows))
        ),
        "speaker": pa.array([f"speaker{n % 4000:04d}" for n in range(first, last)]).take(
            pa.array(repeat)
        ),
        "loudness_lufs": random.normal(-23, 3, num_rows),
        "peak_dbfs": random.normal(-6, 2, num_rows),
        "clipped_share": np.zeros(num_rows),
        "dc_offset": random.normal(0, 1e-3, num_rows),
        "snr_db": random.normal(30, 8, num_rows),
        "speech_share": random.uniform(0.6, 1, num_rows),
        "bandwidth_hz": random.normal(7000, 500, num_rows),
        "edge_speech": random.uniform(0, 0.4, num_rows),
        "audio_sha256": hashes(random, num_rows),
        "shard_sha256": shard_names.take(pa.array(repeat)),
        "offset_bytes": offsets,
        "size_bytes": sizes,
    }
    shards = [
        ContentObject(sha256=name.as_py(), size_bytes=int(total) + 1024, num_clips=CLIPS_PER_SOURCE)
        for name, total in zip(shard_names, spaces.sum(axis=1), strict=True)
    ]
    return pa.Table.from_arrays(list(columns(values, num_rows)), schema=manifest_schema()), shards


def columns(values: dict[str, object], num_rows: int) -> Iterator[pa.Array]:
    """Give all columns of a manifest in their types; those without values are null."""
    for field in manifest_schema():
        found = values.get(field.name)
        if found is None:
            yield pa.nulls(num_rows, field.type)
        else:
            yield pa.array(found, field.type) if isinstance(found, np.ndarray) else found


def hashes(random: np.random.Generator, count: int) -> pa.Array:
    """Give random hashes, hex."""
    text = random.bytes(32 * count).hex().encode()
    offsets = np.arange(count + 1, dtype="int32") * 64
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(text))


def sentences(random: np.random.Generator, count: int) -> pa.Array:
    """Give lines of seven words."""
    words = pa.array(WORDS)
    drawn = [words.take(pa.array(random.integers(0, len(WORDS), count))) for _ in range(7)]
    return pc.binary_join_element_wise(*drawn, " ")


if __name__ == "__main__":
    main()
