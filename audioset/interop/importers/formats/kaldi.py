"""Kaldi directory: `wav.scp`, `segments`, `text`, `utt2spk`, `spk2gender`, `utt2lang`.

A line of `wav.scp` may be a command. None is ever run: one that only unpacks a FLAC file names that
file, which is read by us, and all others are listed. Sound inside of an archive (`ark:12345`) is
read where it is a WAV as it is.
"""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from audioset.errors import InvalidInputError
from audioset.interop.importers.folders import folders_of_splits
from audioset.interop.importers.keyed import KeyedValues, keyed_values
from audioset.interop.importers.values import as_seconds, lines_or_bad, side_lines
from audioset.records.corpus_item import (
    BadItem,
    CorpusItem,
    FileRange,
    FileSpan,
    ReadingOptions,
    ReadItem,
    Remark,
    WholeFile,
)
from audioset.records.export_contracts import NO_SPLIT

_SOUNDS, _SPANS = "wav.scp", "segments"
_KEYED = ("text", "utt2spk", "spk2gender", "utt2lang", "utt2dur", "spk2age", "spk2accent")
_UNPACKS = frozenset({"-c", "-d", "-s", "-cd", "-dc", "-cds", "-dcs", "--silent", "--decode"})
_IN_ARCHIVE = re.compile(r"(?P<file>.+\.ark):(?P<start>\d+)")
_CHANNELS = {"1": 1, "2": 2, "A": 1, "B": 2}


class Kaldi:
    """The format `kaldi`."""

    title = "Kaldi directory"
    layout = "wav.scp, and beside it text, utt2spk, segments, spk2gender, …; also in train/, dev/"
    is_general = False

    def recognise(self, path: Path) -> str | None:
        """Look for the list of sounds."""
        found = next(iter(_directories(path)), None)
        if found is None:
            return None
        names = [name for name in (_SPANS, "text", "utt2spk") if (found / name).is_file()]
        inside = "" if found == path else f"{found.name}/"
        return " and ".join(f"{inside}{name}" for name in (_SOUNDS, *names))

    def read(self, path: Path, options: ReadingOptions) -> Iterator[ReadItem]:
        """Read the directory, or those of its splits."""
        directories = _directories(path)
        if not directories:
            raise InvalidInputError(f"{path} has no {_SOUNDS}")
        for directory in directories:
            split = None if directory.name == NO_SPLIT or directory == path else directory.name
            yield from self._read(directory, options, split)

    def _read(self, path: Path, options: ReadingOptions, split: str | None) -> Iterator[ReadItem]:
        """Read segments, or whole recordings where there are none."""
        with keyed_values() as held:
            told: list[BadItem] = []
            named = (*_KEYED, _SOUNDS)
            twice = {name: held.fill(name, _pairs(path / name, told)) for name in named}
            yield from told
            for name, number in twice.items():
                if number:
                    yield Remark(
                        f"{number} ids stand twice in {name}; the first line of each holds"
                    )
            directory = _Directory(held, options, split)
            if (path / _SPANS).is_file():
                yield from directory.spans(path / _SPANS)
            else:
                yield from directory.whole(path / _SOUNDS)


class _Directory:
    """The tables of one directory."""

    def __init__(self, held: KeyedValues, options: ReadingOptions, split: str | None) -> None:
        self._held = held
        self._options = options
        self._split = split

    def whole(self, sounds: Path) -> Iterator[ReadItem]:
        """Give an item for each line of `wav.scp`."""
        for line in side_lines(sounds, []):  # told already when it was looked through
            name, written = _split_line(line.text)
            where = f"{sounds.name}, line {line.number}"
            sound = self._sound(written) if name else ""
            if isinstance(sound, str):
                yield from [BadItem(name, sound, where)] if name else []
                continue
            length = as_seconds(self._held.get("utt2dur", name))
            yield self._item(name, sound, where, length)

    def spans(self, segments: Path) -> Iterator[ReadItem]:
        """Give an item for each line of `segments`."""
        for line in lines_or_bad(segments):
            if isinstance(line, BadItem):
                yield line
                continue
            if not line.text.strip():
                continue
            where = f"{segments.name}, line {line.number}"
            cells = line.text.split()
            times = [as_seconds(cell) for cell in cells[2:4]]
            if not 4 <= len(cells) <= 5 or None in times:
                yield BadItem(cells[0], "is no line of id, recording, start and end", where)
                continue
            yield self._span(cells, where)

    def _span(self, cells: list[str], where: str) -> CorpusItem | BadItem:
        name, recording = cells[:2]
        start, end = (as_seconds(cell) or 0.0 for cell in cells[2:4])
        written = self._held.get(_SOUNDS, recording)
        if written is None:
            return BadItem(name, f"{_SOUNDS} has no recording {recording}", where)
        sound = self._sound(written)
        if isinstance(sound, str):
            return BadItem(name, sound, where)
        if not isinstance(sound, WholeFile):
            return BadItem(name, "is a span of a sound in an archive; unpack it first", where)
        channel = _CHANNELS.get(cells[4]) if len(cells) == 5 else None
        # Kaldi writes -1 for the end of the recording.
        span = FileSpan(sound.path, start, None if end < 0 else end, channel)
        return self._item(name, span, where, None, {"recording_id": recording})

    def _item(
        self,
        name: str,
        sound: WholeFile | FileSpan | FileRange,
        where: str,
        length_seconds: float | None,
        extra: dict[str, str] | None = None,
    ) -> CorpusItem:
        speaker = self._held.get("utt2spk", name) or ""
        facts = {
            "speaker": speaker,
            "gender": self._held.get("spk2gender", speaker),
            "age": self._held.get("spk2age", speaker),
            "accent": self._held.get("spk2accent", speaker),
            "language": self._held.get("utt2lang", name),
        }
        return CorpusItem(
            origin_id=name,
            sound=sound,
            text=self._held.get("text", name),
            facts={fact: value for fact, value in facts.items() if value},
            extra=extra or {},
            split=self._split,
            length_seconds=length_seconds,
            where=where,
        )

    def _sound(self, written: str) -> WholeFile | FileRange | str:
        """Give where a sound is, or why it cannot be read."""
        if written.endswith("|"):
            unpacked = _unpacked_by(written)
            if unpacked is None:
                return f"is a command, and none is run ({written}); make files of it with Kaldi"
            written = unpacked
        archived = _IN_ARCHIVE.fullmatch(written)
        found = self._options.find(archived["file"] if archived else written)
        if isinstance(found, str):
            return found
        return _archived(found, int(archived["start"])) if archived else WholeFile(found)


def _directories(path: Path) -> list[Path]:
    """List the directories that a path means: itself, or those of splits in it."""
    if _has_sounds(path):
        return [path]
    return folders_of_splits(path, _has_sounds)


def _has_sounds(path: Path) -> bool:
    return (path / _SOUNDS).is_file()


def _unpacked_by(command: str) -> str | None:
    """Give the file of a command that only unpacks it; None for any other."""
    try:
        words = shlex.split(command.removesuffix("|"))
    except ValueError:
        return None
    if len(words) < 3 or words[0] != "flac" or not _UNPACKS.issuperset(words[1:-1]):
        return None
    return words[-1] if words[-1].endswith(".flac") else None


def _archived(path: Path, start: int) -> FileRange | str:
    """Find a WAV inside of an archive."""
    try:
        with path.open("rb") as file:
            file.seek(start)
            head = file.read(8)
    except OSError as error:
        return f"{path} cannot be read ({error.strerror})"
    if head[:4] != b"RIFF":
        return f"is no WAV inside of {path.name}; unpack it with Kaldi"
    size = 8 + int.from_bytes(head[4:8], "little")
    return FileRange(path, f"{path.stem}-{start}.wav", start, size)


def _pairs(path: Path, told: list[BadItem]) -> Iterator[tuple[str, str]]:
    for line in side_lines(path, told):
        key, value = _split_line(line.text)
        if key:
            yield key, value


def _split_line(line: str) -> tuple[str, str]:
    """Divide a line at its first blank or tab."""
    key, *rest = line.strip().split(None, 1) if line.strip() else ("",)
    return key, rest[0] if rest else ""
