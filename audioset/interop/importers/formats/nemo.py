"""NeMo manifest: JSON lines with `audio_filepath`, `duration`, `text`, and `offset` of a span.

Paths are relative to the manifest. A file that a line names with an offset is a recording, and
every line that names it a span; all others are whole clips. Lines with `shard_id` name members of
tars: `audio_<shard_id>.tar` beside the manifest.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audioset.errors import InvalidInputError, NotFoundError
from audioset.interop.importers.corpus.said import short_hash
from audioset.interop.importers.corpus.seen import SeenIds
from audioset.interop.importers.corpus.words import split_word
from audioset.interop.importers.folders import folders_of_splits
from audioset.interop.importers.keyed import KeyedValues, keyed_values
from audioset.interop.importers.tars import tar_groups
from audioset.interop.importers.values import (
    as_seconds,
    first_object,
    first_words,
    json_lines,
    other_words,
)
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

_FILE, _SUFFIXES = "audio_filepath", (".json", ".jsonl", ".manifest")
_FACTS = {
    "speaker": ("speaker", "speaker_id"),
    "gender": ("gender",),
    "language": ("lang", "language", "source_lang", "lang_id"),
}
_SHARD, _TARRED = "shard_id", "tarred_audio_manifest.json"
_PREDICTED, _PREDICTED_BY = "pred_text", "model:nemo@unknown"
_USED = {
    *(_FILE, "duration", "offset", "text", _SHARD, _PREDICTED),
    *(name for names in _FACTS.values() for name in names),
}


class NeMo:
    """The format `nemo`."""

    title = "NeMo manifest"
    layout = (
        "*.json or *.jsonl, a line each: audio_filepath, duration, text, offset; or "
        "tarred_audio_manifest.json beside audio_0.tar"
    )
    is_general = False

    def recognise(self, path: Path) -> str | None:
        """Look at the first line of the file, or of those of the folder."""
        found = _manifests(path)
        if not found:
            return None
        return f"{found[0].name}, whose lines have {_FILE}"

    def read(self, path: Path, options: ReadingOptions) -> Iterator[ReadItem]:
        """Read one manifest after the other."""
        manifests = _manifests(path)
        if not manifests:
            raise InvalidInputError(f"{path} is no NeMo manifest: no line has {_FILE}")
        root = path if path.is_dir() else path.parent
        names = ", ".join(manifest.relative_to(root).as_posix() for manifest in manifests)
        if len(manifests) > 1:
            yield Remark(f"all {len(manifests)} manifests were read: {names}")
        recordings = SeenIds()
        for manifest in manifests:
            for line in json_lines(manifest):
                if not isinstance(line, BadItem) and as_seconds(line[1].get("offset")):
                    recordings.add(short_hash(_recording(line[1])))
        for manifest in manifests:
            split = split_word(manifest.stem) or (
                split_word(manifest.parent.name)
                if manifest.parent not in (path, path.parent)
                else None
            )
            with keyed_values() as members:
                reader = _Manifest(manifest, split, options, recordings, members)
                for line in json_lines(manifest):
                    yield line if isinstance(line, BadItem) else reader.item(*line)


@dataclass(frozen=True, slots=True)
class _Manifest:
    """One manifest: what its lines have in common."""

    path: Path
    split: str | None
    options: ReadingOptions
    recordings: SeenIds  # files of which there are spans
    members: KeyedValues  # of the tars that were looked into, by number of the tar

    def item(self, where: str, values: dict[str, Any]) -> CorpusItem | BadItem:
        """Give the item of a line."""
        written = values.get(_FILE)
        if not isinstance(written, str):
            return BadItem(where, f"has no {_FILE}", where)
        length, offset = as_seconds(values.get("duration")), as_seconds(values.get("offset")) or 0.0
        is_span = short_hash(_recording(values)) in self.recordings
        sound: WholeFile | FileSpan | FileRange | str
        if _SHARD in values:
            sound = self._in_tar(written, str(values[_SHARD]), is_span=is_span)
        else:
            sound = self._beside(written, offset, length, is_span=is_span)
        if isinstance(sound, str):
            return BadItem(written, sound, where)
        predicted = values.get(_PREDICTED)
        return CorpusItem(
            origin_id=f"{written}@{offset:g}+{length or 0:g}" if is_span else written,
            sound=sound,
            text=first_words(values, ("text",)) or None,
            hypothesis=predicted if isinstance(predicted, str) else None,
            hypothesis_source=_PREDICTED_BY,
            facts={fact: first_words(values, names) for fact, names in _FACTS.items()},
            extra=other_words(values, _USED),
            split=self.split,
            length_seconds=None if is_span else length,
            where=where,
        )

    def _beside(
        self, written: str, offset: float, length: float | None, *, is_span: bool
    ) -> WholeFile | FileSpan | str:
        path = self.options.find(written, base=self.path.parent)
        if isinstance(path, str):
            return path
        end = None if length is None else offset + length
        return FileSpan(path, offset, end) if is_span else WholeFile(path)

    def _in_tar(self, written: str, shard: str, *, is_span: bool) -> FileRange | str:
        """Find a member of a tar; a tar is looked through once."""
        tar = self.path.parent / f"audio_{shard}.tar"
        if not shard.isdecimal() or not tar.is_file():
            return f"lies in audio_{shard}.tar, which is not there"
        if is_span:
            return f"is a span of what lies in {tar.name}; unpack it first"
        if self.members.get("tars", shard) is None:
            self.members.fill("tars", [(shard, "")])
            try:
                self.members.fill(shard, _members(tar))
            except InvalidInputError as error:
                return str(error)
        found = self.members.get(shard, written)
        if found is None:
            return f"is not in {tar.name}"
        start, size = (int(number) for number in found.split())
        return FileRange(tar, written, start, size)


def _recording(values: dict[str, Any]) -> str:
    """Name the file that a line is about; tars may have members of one name."""
    return f"{values.get(_SHARD, '')}/{values.get(_FILE)}"


def _members(tar: Path) -> Iterator[tuple[str, str]]:
    """Give where the sounds of a tar lie, by name."""
    for group in tar_groups(tar, frozenset()):
        for sound in group.sounds.values():
            yield sound.name, f"{sound.start_bytes} {sound.size_bytes}"


def _manifests(path: Path) -> list[Path]:
    """List the manifests that a path means."""
    if path.is_file():
        candidates = [path]
    elif path.is_dir():
        candidates = sorted(p for p in path.iterdir() if p.suffix in _SUFFIXES and p.is_file())
    else:
        candidates = []
    found = [each for each in candidates if _is_manifest(each)]
    if found or not path.is_dir():
        return found
    splits = folders_of_splits(path, lambda folder: (folder / _TARRED).is_file())
    return [folder / _TARRED for folder in splits]


def _is_manifest(path: Path) -> bool:
    if path.suffix.lower() not in _SUFFIXES:
        return False
    try:
        first = first_object(path)
    except (InvalidInputError, NotFoundError):
        return False
    return first is not None and _FILE in first
