"""What fifty versions cost, beside other ways: bytes and objects sent, and what a pass reads.

    python benchmarks/many_versions.py [--clips 20000] [--versions 50] [--keep DIR]
        [--dvc-python PYTHON] [--hf-python PYTHON] [--lance-python PYTHON] [--without "none dead"]

The clips are those of many_clips.py. Each version adds 1 % (whole talks), leaves out 0.5 % anywhere
and cuts 1 % anew anywhere. Shards have 64 MiB for 20,000 clips, and as much less for fewer, as do
the files of others. All versions are really made, in a folder that stands for a far store, and all
new files in it are counted, tables and records too. There is no time in it.

- `audioset`, with several limits of dead bytes.
- DVC: `dvc add` and `dvc push` of a folder of clips and a table of texts.
- Parquet as `datasets` writes it, in files of up to 500 MB, uploaded by the client of the Hugging
  Face Hub (hf_xet) to a store on disk: the chunks that it has not, in its own packs.
- Lance: a table with the clips in a column; rows are deleted and appended, then `compact_files`.
- Counted from the same clips, audio alone: an object for each clip, and shards that depend on the
  clips alone, as the first releases made them.

A pass reads all audio of a version: shards and files whole, what hf_xet says that it fetched, what
a scan of Lance takes from its files. It is made of every fifth version, and of the last. What came
out so far is told with it.

The others run with interpreters that have dvc; datasets and hf_xet; pylance.
"""

import argparse
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
from changed_clips import cut_wider
from kept_ways import Counted, Dvc, Lance, Pass, Sent, Way, XetParquet, clip_sizes
from many_clips import CLIPS_PER_TALK, Recordings, Talk, write_rows
from measuring import heading, scratch, table, tell
from talks import RECORDINGS, SHORT

from audioset.records.identity import clip_path
from audioset.records.manifest import Clip, table_from_clips
from audioset.records.version import DEFAULT_SHARD_BYTES
from audioset.storage.local_store import LocalStore
from audioset.storage.shards import SHARD_FACTS
from audioset.versions.publish import publish_table

ALL_CLIPS = 20_000
TOLD_VERSIONS = 5  # after which the table so far is told
ROWS_PER_FILE = 1_250  # of 51 kB in the mean: as large as a shard
LIMITS = {"audioset, never rewritten": 1.0, "audioset, 20 %": 0.2, "**audioset, 10 %**": 0.1}
LIMITS |= {"audioset, 5 %": 0.05, "audioset, none dead": 0.0}
COMPACTIONS = {
    "Lance, never compacted": "never",
    "Lance, compacted to fragments of a shard": "same",
    "Lance, compacted by its defaults": "defaults",
}


class Clips:
    """Clips that come and go; the files of those that went stay in their folder."""

    def __init__(self, folder: Path, num_clips: int, recordings: Recordings) -> None:
        self.folder = folder
        self.clips_dir = folder / "clips"
        self.clips_dir.mkdir()
        self.recordings = recordings
        self.rows: dict[str, Clip] = {}
        self.talks: dict[str, Talk] = {}
        self.random = np.random.default_rng(1)
        for _ in range(num_clips // CLIPS_PER_TALK):
            self.add_talk()
        self._write()

    def add_talk(self, num_clips: int = CLIPS_PER_TALK) -> None:
        """Add the next talk, or its first clips."""
        talk = self.recordings.talk(len(self.talks))
        self.talks[talk.source_id] = talk
        for span, text in zip(talk.spans[:num_clips], talk.texts, strict=False):
            self._put(*talk.cut(*span, text))

    def change(self) -> None:
        """Make the next version."""
        hundredth = max(2, len(self.rows) // 100)
        ids = sorted(self.rows)
        for place in self.random.choice(len(ids), hundredth // 2, replace=False):
            del self.rows[ids[place]]
        ids = sorted(self.rows)
        for place in self.random.choice(len(ids), hundredth, replace=False):
            old = self.rows.pop(ids[place])
            self._put(*cut_wider(self.talks[old.source_id], old))
        for start in range(0, hundredth, CLIPS_PER_TALK):
            self.add_talk(min(CLIPS_PER_TALK, hundredth - start))
        self._write()

    def table(self) -> pa.Table:
        """Give their manifest."""
        return table_from_clips(list(self.rows.values()))

    def _put(self, clip: Clip, flac: bytes) -> None:
        self.rows[clip.clip_id] = clip
        clip_path(self.clips_dir, clip.clip_id).write_bytes(flac)

    def _write(self) -> None:
        rows = self.table().select([*SHARD_FACTS, "text"]).sort_by("clip_id")
        write_rows(self.folder, rows.to_pylist())


class Ours(Way):
    """Publishes with a limit of dead bytes."""

    def __init__(self, folder: Path, target: int, limit: float) -> None:
        super().__init__(folder)
        self.target = target
        self.limit = limit
        self.last = Pass(0, 0)

    def keep(self, kept: Clips) -> None:
        """Publish the clips as they are now."""
        record = publish_table(
            kept.table(),
            clips_dir=kept.clips_dir,
            store=LocalStore(self.store),
            dataset="talks",
            shard_bytes=self.target,
            dead_share=self.limit,
        ).record
        self.last = Pass(record.size_bytes, len(record.shards))

    def read(self) -> Pass:
        """All shards."""
        return self.last


@dataclass
class Sums:
    """What one way sent for each version, and what passes over some of them read."""

    sent: list[Sent] = field(default_factory=list)
    most_read: float = 0.0
    num_last: int = 0

    def add(self, done: Pass, wanted_bytes: int) -> None:
        """Count a pass over a version that has so much audio."""
        self.most_read = max(self.most_read, done.num_bytes / wanted_bytes)
        self.num_last = done.num_objects

    def row(self, name: str, new_bytes: int) -> list[str]:
        """Say it in a line, the first version aside; `new_bytes` of audio came with the others."""
        later = [one.num_bytes for one in self.sent[1:]]
        return [
            name,
            f"{np.mean(later) / 1e6:,.2f} / {max(later) / 1e6:,.2f}",
            f"{sum(later) / new_bytes:,.2f}",
            f"{np.mean([one.num_objects for one in self.sent[1:]]):,.1f}",
            f"{sum(one.num_bytes for one in self.sent) / 1e6:,.0f}",
            f"{sum(one.num_objects for one in self.sent):,}",
            f"{self.num_last:,}",
            f"{self.most_read:.2f}",
        ]


def measure(clips: Clips, ways: dict[str, Way], num_versions: int) -> tuple[dict[str, Sums], int]:
    """Make all versions in every way; also gives the bytes of audio that came after the first."""
    sums = {name: Sums() for name in ways}
    known: set[str] = set()
    new_bytes = 0
    for number in range(1, num_versions + 1):
        if number > 1:
            clips.change()
        sizes = clip_sizes(clips)
        if number > 1:
            new_bytes += sum(size for i, size in sizes.items() if i not in known)
        known.update(sizes)
        for name, way in ways.items():
            sums[name].sent.append(way.measure(clips))
            if number % 5 == 0 or number == num_versions:
                sums[name].add(way.read(), sum(sizes.values()))
        tell(f"version {number} of {num_versions}")
        if number % TOLD_VERSIONS == 0 and number < num_versions:
            tell(text_of(sums, new_bytes, number))
    return sums, new_bytes


def text_of(sums: dict[str, Sums], new_bytes: int, num_versions: int) -> str:
    """Say what so many versions cost in a table."""
    mean = new_bytes / max(1, num_versions - 1)
    columns = ["way", "MB per version, mean / max", "/ new audio", "objects per version"]
    columns += ["MB in the store", "objects in the store", "objects that a pass reads"]
    columns += ["read / live audio, worst"]
    rows = [one.row(name, new_bytes) for name, one in sums.items()]
    head = f"{num_versions} versions, {mean / 1e6:,.2f} MB of new audio in each"
    return f"{head}\n\n{table(columns, rows)}"


def ways_of(folder: Path, given: argparse.Namespace) -> dict[str, Callable[[], Way]]:
    """Give, by name, what makes each way."""
    scale = given.clips / ALL_CLIPS
    target = round(DEFAULT_SHARD_BYTES * scale)
    ways: dict[str, Callable[[], Way]] = {
        "an object for each clip (counted)": lambda: Counted(folder / "objects", None),
        "shards by clips alone (counted)": lambda: Counted(folder / "alone", target),
    }
    for name, limit in LIMITS.items():
        ways[name] = lambda limit=limit: Ours(folder / f"ours{limit}", target, limit)
    if given.dvc_python:
        ways["DVC, a folder of clips"] = lambda: Dvc(folder / "dvc", given.dvc_python)
    if given.hf_python:
        ways["Parquet, sent by hf_xet"] = lambda: XetParquet(
            folder / "xet", given.hf_python, round(500e6 * scale)
        )
    for name, word in COMPACTIONS.items() if given.lance_python else ():
        ways[name] = lambda word=word: Lance(
            folder / f"lance-{word}", given.lance_python, round(ROWS_PER_FILE * scale), word
        )
    return ways


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=ALL_CLIPS)
    parser.add_argument("--versions", type=int, default=50)
    parser.add_argument("--keep", type=Path, help="folder for the sounds, kept for the next run")
    parser.add_argument("--dvc-python", default="", help="interpreter that has dvc")
    parser.add_argument("--hf-python", default="", help="interpreter that has datasets, hf_xet")
    parser.add_argument("--lance-python", default="", help="interpreter that has pylance")
    parser.add_argument("--without", nargs="+", default=[], help="parts of names of ways to skip")
    parser.add_argument("--tiny", action="store_true", help="next to nothing: does it work?")
    given = parser.parse_args()
    if given.tiny:
        given.clips, given.versions = CLIPS_PER_TALK, 2
    with scratch(given.keep) as material, scratch(given.keep and given.keep / "many") as folder:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        recordings = Recordings(material, SHORT if given.tiny else RECORDINGS)
        clips = Clips(folder, given.clips, recordings)
        first = sum(clip_sizes(clips).values())
        ways = {
            name: make()
            for name, make in ways_of(folder, given).items()
            if not any(part in name for part in given.without)
        }
        sums, new_bytes = measure(clips, ways, given.versions)
    print(f"{heading(1)}\n\n{given.clips:,} clips, {first / 1e6:,.0f} MB of audio, ", end="")
    print(text_of(sums, new_bytes, given.versions))


if __name__ == "__main__":
    main()
