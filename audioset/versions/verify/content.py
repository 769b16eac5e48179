"""Verify the manifests and shards of some versions: each is read once, against what names it."""

import hashlib
import tempfile
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from audioset.engine import Needs, Progress, map_in_order, runs_elsewhere
from audioset.errors import InvalidInputError, NotFoundError, StorageError
from audioset.records.verify_report import ObjectKind, Problem
from audioset.records.version import ContentObject, VersionRecord
from audioset.storage.files import cannot_write
from audioset.storage.store import Store, opened_store
from audioset.storage.tables import scan_manifests
from audioset.versions.layout import manifest_key, shard_key, version_key
from audioset.versions.verify.rows import RowSums, RowWalk, ShardUse
from audioset.versions.verify.shard import (
    MISSING,
    WRONG_HASH,
    ClaimedClip,
    ShardFinding,
    verify_shard,
    what_is_wrong,
)

# Hashing and decoding let other threads run, and a far store answers several calls at once.
LEAST_THREADS = 4
_NEEDS = Needs(memory_bytes=300_000_000)  # of what reads a shard elsewhere
# A store that keeps refusing is not a damaged one: its own error ends the run then.
MOST_UNREADABLE = 10

FORGET = "run audioset forget again"
_PUBLISH = "publish again from the workspace that has its clips, or restore it from a backup"
_REMEDIES = {WRONG_HASH: f"delete it, then {_PUBLISH}"}
_REPUBLISH = "publish these clips again as a new version: the version says what is not so"


class ContentVerifier:
    """Verifies the manifests and shards of some versions.

    Args:
        dataset: name of their dataset.
        records: by number, as far as they were not withdrawn.
        recordings: `pcm_sha256` of what was withdrawn.
        decode: also hold the samples of every clip against their hash.
        threads: how many to use, at least `LEAST_THREADS`, where no engine is in use.
        progress: told of bytes.

    Attributes:
        num_objects, size_bytes: that were read.
        num_clips: that were held against their hash.
    """

    def __init__(
        self,
        store: Store,
        dataset: str,
        records: dict[int, VersionRecord],
        *,
        recordings: frozenset[str],
        decode: bool,
        threads: int,
        progress: Progress,
    ) -> None:
        self.num_objects = self.size_bytes = self.num_clips = 0
        self._store = store
        self._records = records
        self._dataset = dataset
        self._recordings = recordings
        self._threads = max(threads, LEAST_THREADS)
        self._decode = decode
        self._problems: list[Problem] = []
        self._unreadable = 0
        self._parts = _users(records, "manifests")
        self._shards = _users(records, "shards")
        total = sum(stored.size_bytes for stored in (*self._parts, *self._shards))
        self._meter = _Meter(progress, total)
        # Hashes of the places that were looked at in each shard, and of those that each version has
        # there, with the part of the manifest that says so.
        self._seen: dict[str, set[int]] = {}
        self._uses: dict[str, list[tuple[int, str, NDArray[np.int64]]]] = defaultdict(list)
        self._damaged: dict[str, tuple[str, set[str]]] = {}
        # What is wrong with clips of whole shards: clip id and reason, by hash of the place.
        self._wrong: dict[str, dict[int, tuple[str, str]]] = defaultdict(dict)

    def verify(self) -> list[Problem]:
        """Read everything and give what is wrong."""
        look, away = partial(_look, dataset=self._dataset, decode=self._decode), runs_elsewhere(1)
        function = (
            partial(look, reach=partial(opened_store, self._store.url), told=_not_told)
            if away
            else partial(look, reach=lambda: self._store, told=self._meter.add)
        )
        with ExitStack() as ended:  # also where an error ends it
            claims = ended.enter_context(closing(self._claims()))
            outcomes = map_in_order(function, claims, threads=self._threads, needs=_NEEDS)
            for outcome in ended.enter_context(closing(outcomes)):
                try:
                    found = outcome.get()
                except StorageError as error:
                    what = self._count_unreadable(error)
                    found = ShardFinding(what=what, clips={}, size_bytes=0)
                if away:
                    self._meter.add(found.size_bytes)
                self._note(outcome.item, found)
        self._judge_shards()
        return self._problems

    def _claims(self) -> "Generator[_ShardClaims]":
        """Walk the rows of all versions, and give what shards are to be held against."""
        with tempfile.TemporaryDirectory(prefix="audioset-verify-") as scratch:
            yield from self._walk_all(Path(scratch))
        for shard in self._shards:
            if shard.sha256 not in self._seen:  # its rows are damaged
                yield _ShardClaims(shard, ())

    def _walk_all(self, scratch: Path) -> Iterator["_ShardClaims"]:
        """Walk the rows of all versions; a part is kept as long as a later version needs it."""
        last_user = {part: max(users) for part, users in self._parts.items()}
        files: dict[str, Path | None] = {}
        for number, record in sorted(self._records.items()):
            for part in record.manifests:
                if part.sha256 not in files:
                    files[part.sha256] = self._fetch(part, scratch)
            yield from self._walk(record, files)
            for part in record.manifests:
                path = files[part.sha256]
                if last_user[part] == number and path is not None:
                    path.unlink(missing_ok=True)

    def _fetch(self, part: ContentObject, scratch: Path) -> Path | None:
        """Bring one part of a manifest here; None when it is damaged."""
        key, path = manifest_key(self._dataset, part.sha256), scratch / part.sha256
        self.num_objects += 1
        try:
            what = what_is_wrong(part, *self._copy(key, path))
        except NotFoundError:
            what = MISSING
        except StorageError as error:
            what = self._count_unreadable(error)
        except OSError as error:  # of our own disk, which says nothing of the store
            raise cannot_write(path, error) from error
        if what is None:
            return path
        self._fail("manifest", key, what, self._parts[part])
        return None

    def _copy(self, key: str, path: Path) -> tuple[int, str]:
        """Copy an object into a file; gives its size in bytes and its hash."""
        running, size = hashlib.sha256(), 0
        with path.open("wb") as file:
            for block in self._store.get_blocks(key):
                running.update(block)
                file.write(block)
                size += len(block)
                self._meter.add(len(block))
        self.size_bytes += size
        return size, running.hexdigest()

    def _walk(
        self, record: VersionRecord, files: dict[str, Path | None]
    ) -> Iterator["_ShardClaims"]:
        """Walk the rows of one version, give its shards, and compare what they add up to."""
        shards = {shard.sha256: shard for shard in record.shards}
        whole = [part for part in record.manifests if files[part.sha256] is not None]
        strangers: dict[str, list[str]] = defaultdict(list)

        walk = RowWalk(_batches(record, whole, files), self._recordings, record.shards)
        try:
            for use in walk.uses():
                shard = shards.get(use.shard_sha256 or "")
                if shard is None:
                    strangers[use.part].extend(place.clip_id for place in use.places)
                else:
                    yield from self._fresh(shard, use, record.version)
        except InvalidInputError as error:
            key = manifest_key(self._dataset, whole[0].sha256)
            self._fail("manifest", key, str(error), [record.version], _REPUBLISH)
            return
        for part, ids in strangers.items():
            what = f"{len(ids)} rows point into no shard that the record names"
            self._fail("manifest", part, what, [record.version], _REPUBLISH, ids)
        for part, ids in walk.sums.withdrawn.items():
            what = f"{len(ids)} rows are of withdrawn recordings"
            self._fail("manifest", part, what, [record.version], FORGET, ids)
        if len(whole) == len(record.manifests):
            self._compare(record, walk.sums)

    def _compare(self, record: VersionRecord, sums: RowSums) -> None:
        key = version_key(record.dataset, record.version)
        wrong = sums.disagreements(record)
        for part in record.manifests:
            found = sums.clips_of_part[manifest_key(record.dataset, part.sha256)]
            if found != part.num_clips:
                wrong.append(
                    f"says part {part.sha256[:12]} has {part.num_clips} rows; it has {found}"
                )
        for what in wrong:
            self._fail("record", key, what, [record.version], _REPUBLISH)

    def _fresh(self, shard: ContentObject, use: ShardUse, version: int) -> Iterator["_ShardClaims"]:
        """Claim the clips of a shard that no version before had there."""
        hashes = [hash(place) for place in use.places]
        self._uses[shard.sha256].append((version, use.part, np.array(hashes, np.int64)))
        is_known = shard.sha256 in self._seen
        seen = self._seen.setdefault(shard.sha256, set())
        fresh = [p for p, number in zip(use.places, hashes, strict=True) if number not in seen]
        seen.update(hashes)
        if fresh or not is_known:
            yield _ShardClaims(shard, tuple(fresh))

    def _note(self, claim: "_ShardClaims", found: ShardFinding) -> None:
        self.num_objects += 1
        self.num_clips += len(claim.places)
        self.size_bytes += found.size_bytes
        sha256 = claim.shard.sha256
        if found.what is not None:
            self._damaged.setdefault(sha256, (found.what, set()))[1].update(found.clips)
        elif found.clips:
            self._wrong[sha256].update(
                (hash(place), (place.clip_id, found.clips[place.clip_id]))
                for place in claim.places
                if place.clip_id in found.clips
            )

    def _judge_shards(self) -> None:
        """Tell damaged shards from rows that say of a whole shard what is not so."""
        for sha256, wrong in self._wrong.items():
            for version, part, hashes in self._uses[sha256] if sha256 not in self._damaged else ():
                clips = dict(wrong[number] for number in hashes.tolist() if number in wrong)
                if clips:
                    clip_id, reason = min(clips.items())
                    what = f"{len(clips)} rows are not so; the first, {clip_id}: {reason}"
                    self._fail("manifest", part, what, [version], _REPUBLISH, clips)
        for shard, users in self._shards.items():
            if shard.sha256 in self._damaged:
                what, ids = self._damaged[shard.sha256]
                self._fail(
                    "shard", shard_key(self._dataset, shard.sha256), what, users, clip_ids=ids
                )

    def _fail(
        self,
        kind: ObjectKind,
        key: str,
        what: str,
        versions: Iterable[int],
        remedy: str = "",
        clip_ids: Iterable[str] = (),
    ) -> None:
        self._problems.append(
            Problem(
                key=key,
                kind=kind,
                what=what,
                remedy=remedy or _REMEDIES.get(what, _PUBLISH),
                versions=tuple(sorted(versions)),
                clip_ids=tuple(sorted(clip_ids)),
            )
        )

    def _count_unreadable(self, error: StorageError) -> str:
        self._unreadable += 1
        if self._unreadable > MOST_UNREADABLE:
            raise error
        return f"cannot be read ({error})"


class _ShardClaims(NamedTuple):
    """A shard, and the clips that rows say lie in it."""

    shard: ContentObject
    places: tuple[ClaimedClip, ...]

    def __str__(self) -> str:
        return f"shard {self.shard.sha256[:12]}"


def _look(
    claim: _ShardClaims,
    *,
    reach: Callable[[], Store],
    dataset: str,
    decode: bool,
    told: Callable[[int], None],
) -> ShardFinding:
    """Verify one shard, here or on another machine."""
    key = shard_key(dataset, claim.shard.sha256)
    return verify_shard(reach(), key, claim.shard, claim.places, decode=decode, told=told)


def _not_told(size_bytes: int) -> None:
    """Tell nobody: who listens is on another machine."""


class _Meter:
    """Adds up bytes that several threads have read."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0
        self._lock = Lock()
        self.add(0)

    def add(self, size_bytes: int) -> None:
        with self._lock:
            self._done += size_bytes
            self._progress("verifying", self._done, self._total, "B")


def _users(records: dict[int, VersionRecord], name: str) -> dict[ContentObject, list[int]]:
    """Tell for each manifest part or shard which versions need it."""
    users: dict[ContentObject, list[int]] = defaultdict(list)
    for number, record in records.items():
        for stored in dict.fromkeys(getattr(record, name)):
            users[stored].append(number)
    return dict(users)


def _batches(
    record: VersionRecord, parts: Iterable[ContentObject], files: dict[str, Path | None]
) -> Iterator[tuple[str, pa.RecordBatch]]:
    for part in parts:
        path = files[part.sha256]
        assert path is not None  # noqa: S101  only whole parts are given
        for batch in scan_manifests([path]):
            yield manifest_key(record.dataset, part.sha256), batch
