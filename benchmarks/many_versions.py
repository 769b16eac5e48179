"""What fifty versions cost: bytes and objects sent, and what readers of whole shards read in vain.

    python benchmarks/many_versions.py [--clips 20000] [--versions 50] [--keep DIR]

The clips are those of many_clips.py. Each version adds 1 % (whole talks), leaves out 0.5 % anywhere
and cuts 1 % anew anywhere. Shards have 64 MiB for 20,000 clips, and as much less for fewer. All are
real publishes to a folder, with several limits of dead bytes; beside them, counted from the same
clips, an object for each clip, and shards that depend on the clips alone, as the first releases
made them. Bytes are exact; there is no time in it.
"""

import argparse
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from changed_clips import cut_wider
from many_clips import CLIPS_PER_TALK, Recordings, Talk
from measuring import heading, scratch, table, tell
from talks import RECORDINGS, SHORT

from audioset.records.identity import clip_path
from audioset.records.manifest import Clip, table_from_clips
from audioset.records.version import DEFAULT_SHARD_BYTES, VersionRecord
from audioset.storage.local_store import LocalStore
from audioset.storage.shards import split_shards
from audioset.versions.publish import publish_table

ALL_CLIPS = 20_000
LIMITS = {"append, never rewritten": 1.0, "append, 20 %": 0.2, "**append, 10 %**": 0.1}
LIMITS |= {"append, 5 %": 0.05, "append, none dead": 0.0}


@dataclass
class Sent:
    """What one way sent: bytes and objects of each version, and its shards at the end."""

    num_bytes: list[int] = field(default_factory=list)
    num_objects: list[int] = field(default_factory=list)
    num_shards: int = 0
    most_read: float = 1.0

    def add(self, sizes: list[int]) -> None:
        """Count the audio objects of a version."""
        self.num_bytes.append(sum(sizes))
        self.num_objects.append(len(sizes))

    def row(self, name: str) -> list[str]:
        """Say it in a line, the first version aside."""
        later, objects = self.num_bytes[1:], self.num_objects[1:]
        return [
            name,
            f"{np.mean(later) / 1e6:,.2f} / {max(later) / 1e6:,.2f}",
            f"{np.mean(objects):,.1f}",
            f"{sum(self.num_bytes) / 1e6:,.0f}",
            f"{self.num_shards:,}",
            f"{self.most_read:.2f}",
        ]


class Clips:
    """Clips that come and go, with their files in a folder."""

    def __init__(self, folder: Path, num_clips: int, recordings: Recordings) -> None:
        self.folder = folder
        self.recordings = recordings
        self.rows: dict[str, Clip] = {}
        self.talks: dict[str, Talk] = {}
        self.random = np.random.default_rng(1)
        for _ in range(num_clips // CLIPS_PER_TALK):
            self.add_talk()

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

    def sizes(self) -> dict[str, int]:
        """Give the bytes of each clip by id, in order."""
        return {i: clip_path(self.folder, i).stat().st_size for i in sorted(self.rows)}

    def _put(self, clip: Clip, flac: bytes) -> None:
        self.rows[clip.clip_id] = clip
        clip_path(self.folder, clip.clip_id).write_bytes(flac)


def publish(clips: Clips, store: Path, limit: float, target: int) -> VersionRecord:
    """Publish the clips as they are now."""
    return publish_table(
        table_from_clips(list(clips.rows.values())),
        clips_dir=clips.folder,
        store=LocalStore(store),
        dataset="talks",
        shard_bytes=target,
        dead_share=limit,
    ).record


def measure(clips: Clips, folder: Path, num_versions: int, target: int) -> dict[str, Sent]:
    """Make all versions in every way."""
    sent = {name: Sent() for name in ("an object for each clip", "shards by clips alone", *LIMITS)}
    known: set[object] = set()
    for number in range(num_versions):
        if number:
            clips.change()
        sizes = clips.sizes()
        sent["an object for each clip"].add([s for i, s in sizes.items() if i not in known])
        sent["an object for each clip"].num_shards = len(sizes)
        ids, each = list(sizes), list(sizes.values())
        shards = [tuple(ids[p] for p in r) for r in split_shards(ids, each, target_bytes=target)]
        new = [sum(sizes[i] for i in shard) for shard in shards if shard not in known]
        sent["shards by clips alone"].add(new)
        sent["shards by clips alone"].num_shards = len(shards)
        known.update([*ids, *shards])
        for place, (name, limit) in enumerate(LIMITS.items()):
            store = folder / f"store{place}"
            before = _shards(store)
            record = publish(clips, store, limit, target)
            sent[name].add([s for n, s in _shards(store).items() if n not in before])
            sent[name].num_shards = len(record.shards)
            # A clip has some 2 KiB of headers and facts beside it, which are no reading in vain.
            wanted = sum(each) + 2048 * len(each)
            sent[name].most_read = max(sent[name].most_read, record.size_bytes / wanted)
        tell(f"version {number + 1} of {num_versions}")
    return sent


def _shards(store: Path) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in store.glob("talks/shards/*.tar")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=ALL_CLIPS)
    parser.add_argument("--versions", type=int, default=50)
    parser.add_argument("--keep", type=Path, help="folder for the sounds, kept for the next run")
    parser.add_argument("--tiny", action="store_true", help="next to nothing: does it work?")
    given = parser.parse_args()
    if given.tiny:
        given.clips, given.versions = CLIPS_PER_TALK, 2
    target = DEFAULT_SHARD_BYTES * given.clips // ALL_CLIPS
    with scratch(given.keep) as material, scratch(given.keep and given.keep / "many") as folder:
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "clips").mkdir(parents=True)
        recordings = Recordings(material, SHORT if given.tiny else RECORDINGS)
        clips = Clips(folder / "clips", given.clips, recordings)
        first = sum(clips.sizes().values())
        sent = measure(clips, folder, given.versions, target)
    print(f"{heading(1)}\n\n{given.clips:,} clips, {first / 1e6:,.0f} MB of audio, ", end="")
    print(f"{given.versions} versions, shards of {target / 2**20:,.0f} MiB\n")
    columns = ["way", "MB per version, mean / max", "objects per version", "MB in the store"]
    columns += ["objects of the last", "read for each byte wanted, worst"]
    print(table(columns, [one.row(name) for name, one in sent.items()]))


if __name__ == "__main__":
    main()
