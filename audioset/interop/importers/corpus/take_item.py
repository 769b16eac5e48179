"""One item of a corpus becomes a clip, whole: what a worker does."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from audioset.curation.workspace.clip_files import read_sha256, remove_clip_files
from audioset.errors import MediaError, NotFoundError, StorageError
from audioset.interop.importers.corpus.published import (
    as_published,
    is_claimed,
    other_sound,
    rename_clip,
)
from audioset.interop.importers.corpus.said import SaidOfItem, say
from audioset.interop.importers.take import take_file
from audioset.records.corpus_item import CorpusItem, FileRange, FileSpan, HeldBytes, WholeFile
from audioset.records.corpus_report import CorpusProblem
from audioset.records.manifest import Clip

_WRONG_BY_SECONDS = 0.1  # by which a corpus may be wrong about a length
_MOST_NAME = 150  # characters of the name of a file that we write
_ODD_SIGNS = re.compile(r'[\x00-\x1f<>:"/\\|?*]')


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusJob:
    """What a worker must know to take any item of one corpus.

    Attributes:
        corpus: its name.
        facts: of all items, where the corpus says nothing.
        clips_dir: where the audio goes.
        scratch: folder for what lies inside of other files.
        removed: sha256 of files that a person removed from the workspace, as sources or as clips.
        removed_parts: sha256 of removed sources, and ids of removed clips, for items that say of
            which source they are a part.
        dry_run, yes: as in `CorpusOptions`.
    """

    corpus: str
    facts: Mapping[str, str]
    clips_dir: Path
    scratch: Path
    removed: frozenset[str] = frozenset()
    removed_parts: frozenset[str] = frozenset()
    dry_run: bool = False
    yes: bool = False


@dataclass(frozen=True, slots=True)
class ItemBefore:
    """How an item was imported before: 64 bits of the hash of its file, and of what was said."""

    sound: int
    said: int


@dataclass(frozen=True, slots=True)
class ItemTask:
    """An item that a worker is to take.

    Attributes:
        item: the item.
        before: how it was imported; None when it is no clip yet.
        is_here: it was exported from a clip of ours, and a clip of that id is in the workspace.
    """

    item: CorpusItem
    before: ItemBefore | None = None
    is_here: bool = False


@dataclass(frozen=True, slots=True)
class TakenItem:
    """What became of an item.

    Attributes:
        clip: its row, where it is new, or its sound is another one and that was asked for.
        said: what the corpus says of it.
        fate: "new", "same", "facts" (it says something else now), "sound" (its file is another one
            now), "here" (that very clip is here by other ways) or "removed" (a person took it out
            of the workspace).
        problems: of it.
    """

    clip: Clip | None
    said: SaidOfItem
    fate: str
    problems: tuple[CorpusProblem, ...] = field(default=())


def take_item(job: CorpusJob, task: ItemTask) -> TakenItem:
    """Take an item whose sound is one clip.

    Raises:
        MediaError: its sound cannot be used.
        NotFoundError: it is not there.
        StorageError: the clip cannot be written.
    """
    item, said = task.item, say(task.item, job.corpus, job.facts)
    with _as_file(item, job.scratch) as path, _named_by_corpus(path):
        sha256 = read_sha256(path)
        if task.before is None and _was_removed(item, sha256, job):
            return TakenItem(None, said, "removed")
        fate = _fate_of(task.before, short_of(sha256), said)
        if fate in ("same", "facts") or job.dry_run or (fate == "sound" and not job.yes):
            return TakenItem(None, said, "here" if task.is_here else fate)
        clip, told = take_file(path.parent, job.clips_dir, path.name, sha256=sha256)
    problems = [CorpusProblem("told", item.origin_id, each, item.where) for each in told]
    problems += wrong_length(item, clip.length_seconds)
    clip = finished(clip, item, said)
    proven = as_published(clip, item, sha256)
    if proven is None:
        problems += [other_sound(item)] if is_claimed(item) else []
        return TakenItem(clip, said, fate, tuple(problems))
    if task.is_here:
        remove_clip_files(job.clips_dir, [clip.clip_id])
        return TakenItem(None, said, "here")
    rename_clip(job.clips_dir, clip.clip_id, proven.clip_id)
    return TakenItem(proven, said, fate, tuple(problems))


def finished(clip: Clip, item: CorpusItem, said: SaidOfItem) -> Clip:
    """Give a clip what its corpus says of it."""
    return said.of(replace(clip, accepted=item.accepted))


def _was_removed(item: CorpusItem, sha256: str, job: CorpusJob) -> bool:
    said = item.published
    parts = {said["source_sha256"], said["clip_id"]} if is_claimed(item) else set()
    return sha256 in job.removed or not job.removed_parts.isdisjoint(parts)


def wrong_length(item: CorpusItem, length_seconds: float) -> tuple[CorpusProblem, ...]:
    """Hold the length that a corpus claims against the decoded one."""
    claimed = item.length_seconds
    if claimed is None or abs(claimed - length_seconds) <= _WRONG_BY_SECONDS:
        return ()
    why = f"the corpus says {claimed:.3f} s, its sound has {length_seconds:.3f} s"
    return (CorpusProblem("length", item.origin_id, why, item.where),)


def short_of(sha256: str) -> int:
    """Give the first 64 bits of a sha256."""
    return int(sha256[:16], 16)


def _fate_of(before: ItemBefore | None, sound: int, said: SaidOfItem) -> str:
    if before is None:
        return "new"
    if before.sound != sound:
        return "sound"
    return "same" if before.said == said.digest else "facts"


@contextmanager
def _as_file(item: CorpusItem, scratch: Path) -> Iterator[Path]:
    """Give the item's sound as a file of its own."""
    sound = item.sound
    if isinstance(sound, WholeFile):
        yield sound.path
        return
    assert not isinstance(sound, FileSpan)  # noqa: S101  spans are cut source by source
    data = sound.data if isinstance(sound, HeldBytes) else _read_range(sound)
    # One folder for all items of a worker, which takes them one by one: making and removing one for
    # each costs more than the file.
    path = scratch / str(os.getpid()) / _file_name(sound.name)
    try:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise StorageError(f"{scratch} cannot be written ({error.strerror})") from error
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def _named_by_corpus(path: Path) -> Iterator[None]:
    """Name a file in messages as its corpus does: nobody knows the folder that it was put into."""
    try:
        yield
    except (MediaError, NotFoundError) as error:
        text = str(error).removeprefix(f"{path}: ").replace(str(path), path.name)
        error.args = (text,)
        raise


def _read_range(sound: FileRange) -> bytes:
    try:
        with sound.path.open("rb") as file:
            file.seek(sound.start_bytes)
            data = file.read(sound.size_bytes)
    except OSError as error:
        raise MediaError(f"{sound.path} cannot be read ({error.strerror})") from error
    if len(data) < sound.size_bytes:
        raise MediaError(f"{sound.path} ends inside of {sound.name}; fetch it again")
    return data


def _file_name(name: str) -> str:
    """Give a name that a file of ours may have: of whatever was written only the last part."""
    last = _ODD_SIGNS.sub("_", PurePosixPath(name.replace("\\", "/")).name)[-_MOST_NAME:]
    return last if last.strip(". ") else "sound"
