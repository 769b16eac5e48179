"""Lhotse: cuts (`*.jsonl`, `*.jsonl.gz`) and Shar (`cuts.000000.jsonl.gz`, `recording.000000.tar`).

Without cuts also recordings and supervisions (`*recordings*.jsonl.gz`, `*supervisions*.jsonl.gz`).
Read without the library. Each supervision of a cut is an item; a cut that is mixed of several, or
whose sound was changed (speed, noise), is none. In Shar the recording of a cut lies in a tar.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audioset.errors import InvalidInputError, NotFoundError
from audioset.interop.importers.corpus.words import split_word
from audioset.interop.importers.folders import folders_of_splits
from audioset.interop.importers.headed import read_headed
from audioset.interop.importers.lhotse_manifests import (
    WrittenCut,
    cuts_meant,
    files_of_recordings,
)
from audioset.interop.importers.tars import TarSound, tar_groups
from audioset.interop.importers.values import as_seconds, first_object, json_lines
from audioset.records.corpus_item import (
    BadItem,
    CorpusItem,
    FileSpan,
    HeldBytes,
    ReadingOptions,
    ReadItem,
    Remark,
    WholeFile,
)

_ENDINGS = (".jsonl", ".jsonl.gz")
_SHAR = "cuts."
_OF_SUPERVISION = ("text", "speaker", "gender", "language")
_LOST = ("alignment", "features", "fields")
_WHOLE_SECONDS = 0.001  # by which a cut or supervision may differ from what it is the whole of

LhotseSound = WholeFile | FileSpan | TarSound


class Lhotse:
    """The format `lhotse`."""

    title = "Lhotse cuts, Shar or manifests"
    layout = (
        "cuts*.jsonl.gz; cuts.000000.jsonl.gz with recording.000000.tar, by split or not; or "
        "recordings.jsonl.gz with supervisions.jsonl.gz"
    )
    is_general = False

    def recognise(self, path: Path) -> str | None:
        """Look at the first cut, or at the first recording."""
        cuts, recordings = _files(path)
        if cuts:
            return f"{cuts[0].name}, whose lines are cuts"
        return f"{recordings[0].name}, whose lines are recordings" if recordings else None

    def read(self, path: Path, options: ReadingOptions) -> Iterator[ReadItem]:
        """Read one file of cuts after the other; those of recordings where there are no cuts."""
        cuts, recordings = _files(path)
        if not cuts and not recordings:
            raise InvalidInputError(f"{path} holds no cuts and no recordings of Lhotse")
        if len(cuts) > 1:
            yield Remark(f"{len(cuts)} files of cuts were read")
        if cuts and recordings:
            names = ", ".join(file.name for file in recordings)
            yield Remark(f"the cuts were read, and not what they were made of: {names}")
        for file in cuts:
            try:
                inside = _recordings_of(file)
            except InvalidInputError as error:
                yield BadItem(file.name, str(error))
                continue
            yield from _items(json_lines(file), file, inside, options)
        for file in () if cuts else recordings:
            yield from _items(cuts_meant(file), file, None, options)


def _items(
    lines: Iterator[WrittenCut | BadItem | Remark] | Iterator[WrittenCut | BadItem],
    file: Path,
    inside: Mapping[str, TarSound] | None,
    options: ReadingOptions,
) -> Iterator[ReadItem]:
    for line in lines:
        if isinstance(line, BadItem | Remark):
            yield line
        else:
            yield from _Cut(line[1], line[0], file, inside, options).items()


@dataclass(frozen=True, slots=True)
class _Cut:
    """One cut as it is written."""

    values: Mapping[str, Any]
    where: str
    file: Path
    inside: Mapping[str, TarSound] | None  # the recordings of a tar, by id of the cut
    options: ReadingOptions

    def items(self) -> Iterator[CorpusItem | BadItem]:
        """Give an item for each supervision; one for a cut without any."""
        why = self._why_not()
        if why is not None:
            yield self._bad(why)
            return
        supervisions = self.values.get("supervisions") or [{}]
        for number, each in enumerate(supervisions):
            name = (
                self._id
                if len(supervisions) == 1
                else str(each.get("id") or f"{self._id}-{number}")
            )
            sound = self._sound(each, is_only=len(supervisions) == 1)
            if isinstance(sound, str):
                yield BadItem(name, sound, self.where)
            else:
                yield self._item(name, each, sound)

    @property
    def _id(self) -> str:
        return str(self.values.get("id") or self.where)

    @property
    def _folder_split(self) -> str | None:
        """The split that the folder of a shard is named for, inside of the corpus."""
        folder = self.file.parent
        return None if folder == self.options.root else split_word(folder.name)

    def _bad(self, why: str) -> BadItem:
        return BadItem(self._id, why, self.where)

    def _why_not(self) -> str | None:
        kind, recording = self.values.get("type"), self.values.get("recording")
        if kind not in ("MonoCut", "MultiCut"):
            return f"is a {kind}, not one stretch of one recording"
        if not isinstance(recording, dict):
            return "has no recording; features alone are no sound"
        if recording.get("transforms"):
            return "its sound is changed by Lhotse (transforms), which is not done here"
        if not all(isinstance(each, dict) for each in self.values.get("supervisions") or ()):
            return "has supervisions that are none"
        if None in (as_seconds(self.values.get("start")), as_seconds(self.values.get("duration"))):
            return "has no start or no duration"
        return None

    def _sound(self, supervision: Mapping[str, Any], *, is_only: bool) -> LhotseSound | str:
        """Find the sound of a supervision, or say why it cannot be used."""
        start, length = self._span_of(supervision)
        if self.inside is not None:
            is_all = is_only and abs(length - self._seconds("duration")) < _WHOLE_SECONDS
            return self._in_tar(self.inside) if is_all else "is a part of what lies in a tar"
        recording = self.values["recording"]
        source = _only_source(recording)
        if isinstance(source, str):
            return source
        channels = recording.get("channel_ids") or source.get("channels") or [0]
        full = as_seconds(recording.get("duration"))
        is_whole = start < _WHOLE_SECONDS and full is not None and full - length < _WHOLE_SECONDS
        if source.get("type") == "memory":
            return _held(source, self._id) if is_whole else "is a part of a recording in memory"
        path = self.options.find(str(source.get("source", "")), base=self.file.parent)
        if isinstance(path, str):
            return path
        if is_whole and len(channels) == 1:
            return WholeFile(path)
        channel = self.values.get("channel")
        number = channel + 1 if isinstance(channel, int) and len(channels) > 1 else None
        return FileSpan(path, start, start + length, number)

    def _in_tar(self, inside: Mapping[str, TarSound]) -> TarSound | str:
        return inside.get(self._id) or "its recording is not in the tar of the same number"

    def _span_of(self, supervision: Mapping[str, Any]) -> tuple[float, float]:
        """Give start in the recording and length, in seconds; a supervision counts from its cut."""
        start, length = self._seconds("start"), self._seconds("duration")
        first = max(0.0, as_seconds(supervision.get("start")) or 0.0)
        own = as_seconds(supervision.get("duration"))
        own = length - first if own is None else min(own, length - first)
        return start + first, own

    def _seconds(self, name: str) -> float:
        return as_seconds(self.values.get(name)) or 0.0

    def _item(self, name: str, supervision: Mapping[str, Any], sound: LhotseSound) -> CorpusItem:
        custom = {**(self.values.get("custom") or {}), **(supervision.get("custom") or {})}
        row = read_headed({**custom, **{key: supervision.get(key) for key in _OF_SUPERVISION}})
        recording_id = str(self.values["recording"].get("id", ""))
        kept = {} if row.published else {"recording_id": recording_id}
        holders = (self.values, supervision)
        return CorpusItem(
            origin_id=name,
            sound=sound,
            text=row.text,
            facts=row.facts,
            extra={**row.extra, **kept},
            split=row.split or split_word(self.file.name.partition(".")[0]) or self._folder_split,
            published=row.published,
            length_seconds=None if isinstance(sound, FileSpan) else self._span_of(supervision)[1],
            lost=(*row.lost, *(key for key in _LOST for each in holders if each.get(key))),
            where=self.where,
        )


def _only_source(recording: Mapping[str, Any]) -> Mapping[str, Any] | str:
    sources = recording.get("sources")
    if not isinstance(sources, list) or len(sources) != 1 or not isinstance(sources[0], dict):
        return "its recording lies in several files, or in none"
    kind = sources[0].get("type")
    if kind == "command":
        return f"its sound comes of a command, and none is run ({sources[0].get('source')})"
    if kind not in ("file", "memory"):
        return f"its sound lies at a {kind}, and nothing is fetched; download it first"
    return sources[0]


def _held(source: Mapping[str, Any], name: str) -> HeldBytes | str:
    try:
        return HeldBytes(f"{name}.wav", base64.b64decode(str(source.get("source")), validate=True))
    except (binascii.Error, ValueError):
        return "its recording in memory cannot be read"


def _recordings_of(file: Path) -> dict[str, TarSound] | None:
    """Find the recordings that belong to a file of Shar; None for cuts that stand alone."""
    number = file.name.removeprefix(_SHAR).partition(".")[0]
    tar = file.parent / f"recording.{number}.tar"
    if not file.name.startswith(_SHAR) or not tar.is_file():
        return None
    groups = tar_groups(tar, frozenset())
    found: dict[str, TarSound] = {}
    for group in groups:
        for sound in group.sounds.values():
            name = sound.name
            found[name.rpartition(".")[0]] = sound  # ids may hold dots
    return found


def _files(path: Path) -> tuple[list[Path], list[Path]]:
    """List the files of cuts that a path means, and those of recordings."""
    if path.is_file():
        candidates = [path]
    elif path.is_dir():
        splits = folders_of_splits(path, lambda folder: any(folder.glob(f"{_SHAR}*.jsonl*")))
        candidates = sorted(path.iterdir())
        if not any(each.name.endswith(_ENDINGS) for each in candidates):
            candidates = [file for folder in splits for file in sorted(folder.iterdir())]
    else:
        candidates = []
    named = [each for each in candidates if each.name.endswith(_ENDINGS)]
    cuts = [each for each in named if _holds_cuts(each)]
    return cuts, files_of_recordings([each for each in named if each not in cuts])


def _holds_cuts(path: Path) -> bool:
    try:
        first = first_object(path)
    except (InvalidInputError, NotFoundError):
        return False
    return first is not None and str(first.get("type", "")).endswith("Cut") and "id" in first
