"""NeMo manifest: JSON lines with `audio_filepath`, `duration`, `text`, and `offset` of a span.

Paths are relative to the manifest. A file that a line names with an offset is a recording, and
every line that names it a span; all others are whole clips. Lines with a `shard_id` name members of
`audio_<shard_id>.tar`: the manifest of all tars stands beside them, and those of one tar each may
stand in `sharded_manifests/`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from audioset.errors import InvalidInputError, NotFoundError, as_option
from audioset.interop.importers.corpus.said import short_hash
from audioset.interop.importers.corpus.seen import SeenIds
from audioset.interop.importers.corpus.words import split_word
from audioset.interop.importers.folders import files_in, folders_of_splits
from audioset.interop.importers.keyed import keyed_values
from audioset.interop.importers.tars import TarMembers
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

_FILE, _SHARD, _SUFFIXES = "audio_filepath", "shard_id", (".json", ".jsonl", ".manifest")
_FEW = 20  # files of a folder that are looked at to see what it is
_SHARDED = "sharded_manifests"  # folder of the manifests of one tar each
_OF_TARS = "tarred_audio_manifest"  # begins the name of the manifest of all tars
_OF_ONE_TAR = re.compile(r"manifest_\d+")
_FURTHER = re.compile(r"-sub\d+(?=\.[^.]*$|$)")  # a further span of a member, which is there once
_FACTS = {
    "speaker": ("speaker", "speaker_id"),
    "gender": ("gender",),
    "language": ("lang", "language", "source_lang", "lang_id"),
}
_PREDICTED, _PREDICTED_BY = "pred_text", "model:nemo@unknown"
_USED = {
    *(_FILE, "duration", "offset", "text", _SHARD, _PREDICTED),
    *(name for names in _FACTS.values() for name in names),
}


class NeMo:
    """The format `nemo`."""

    title = "NeMo manifest"
    layout = (
        "*.json or *.jsonl, a line each: audio_filepath, duration, text, offset; also with "
        "audio_0.tar"
    )
    is_general = False

    def recognise(self, path: Path) -> str | None:
        """Look at the first line of the file, or of those of the folder."""
        folders = (path, *_folders_of_tars(path))
        candidates = (each for folder in folders for each in _candidates(folder)[:_FEW])
        found = next(filter(_is_manifest, candidates), None)
        return None if found is None else f"{_inside(found, path)}, whose lines have {_FILE}"

    def read(self, path: Path, options: ReadingOptions) -> Iterator[ReadItem]:
        """Read one manifest after the other."""
        there = _manifests(path)
        folders = [] if there else [_manifests(folder) for folder in _folders_of_tars(path)]
        manifests = [file for each in (there, *folders) for file in _without_repeated(each)]
        if not manifests:
            raise InvalidInputError(f"{path} is no NeMo manifest: no line has {_FILE}")
        if len(manifests) > 1:
            names = ", ".join(_inside(manifest, path) for manifest in manifests)
            yield Remark(f"all {len(manifests)} manifests were read: {names}")
        if num_repeated := sum(map(len, (there, *folders))) - len(manifests):
            yield Remark(
                f"{num_repeated} manifests of fewer tars were not read: {manifests[0].name} names "
                "all"
            )
        recordings = SeenIds()
        for manifest in manifests:
            for line in json_lines(manifest):
                if not isinstance(line, BadItem) and as_seconds(line[1].get("offset")):
                    recordings.add(short_hash(_recording_of(line[1])))
        with keyed_values() as held:
            members = TarMembers(held)
            for manifest in manifests:
                of_one = _Manifest(manifest, options, recordings, members)
                for line in json_lines(manifest):
                    yield line if isinstance(line, BadItem) else of_one.item(*line)


@dataclass(slots=True)
class _Manifest:
    """One manifest that is read."""

    file: Path
    options: ReadingOptions
    recordings: SeenIds
    members: TarMembers
    _bad_tars: dict[Path, str] = field(default_factory=dict)

    def item(self, where: str, values: dict[str, Any]) -> CorpusItem | BadItem:
        """Read a line."""
        written = values.get(_FILE)
        if not isinstance(written, str):
            return BadItem(where, f"has no {_FILE}", where)
        is_span = short_hash(_recording_of(values)) in self.recordings
        sound = (
            self._in_tar(written, values[_SHARD], is_span=is_span)
            if _SHARD in values
            else self.options.find(written, base=self.file.parent)
        )
        if isinstance(sound, str):
            return BadItem(written, sound, where)
        length, offset = as_seconds(values.get("duration")), as_seconds(values.get("offset")) or 0.0
        end = None if length is None else offset + length
        predicted = values.get(_PREDICTED)
        whole = sound if isinstance(sound, FileRange) else WholeFile(sound)
        return CorpusItem(
            origin_id=f"{written}@{offset:g}+{length or 0:g}" if is_span else written,
            sound=FileSpan(whole.path, offset, end) if is_span else whole,
            text=first_words(values, ("text",)) or None,
            hypothesis=predicted if isinstance(predicted, str) else None,
            hypothesis_source=_PREDICTED_BY,
            facts={fact: first_words(values, names) for fact, names in _FACTS.items()},
            extra=other_words(values, _USED),
            split=split_word(self.file.stem)
            or (split_word(self._folder.name) if _SHARD in values else None),
            length_seconds=None if is_span else length,
            where=where,
        )

    @property
    def _folder(self) -> Path:
        """Folder of the tars that a manifest names members of."""
        folder = self.file.parent
        return folder.parent if folder.name == _SHARDED else folder

    def _in_tar(self, written: str, shard: object, *, is_span: bool) -> Path | FileRange | str:
        """Find a member of a tar, or the file that was unpacked of it."""
        name = _FURTHER.sub("", written)
        if self.options.audio:  # unpacked, as the user says
            unpacked = self.options.find(name, base=self.options.audio[0])
            if isinstance(unpacked, Path):
                return unpacked
        if is_span:
            return (
                "is a part of a sound inside of a tar; unpack the tars into one folder, and name "
                f"it with {as_option('audio', 'DIR')}"
            )
        tar = self.options.find(f"audio_{shard}.tar", base=self._folder)
        if isinstance(tar, str):
            return f"its tar audio_{shard}.tar {tar}"
        if tar not in self._bad_tars:
            self._bad_tars[tar] = ""
            try:
                self.members.find(tar, "")
            except InvalidInputError as error:
                self._bad_tars[tar] = f"; {error}"
        # The manifest keeps the suffix that a sound had before it was packed in another codec.
        found = self.members.find(tar, written.rpartition(".")[0])
        found = found or self.members.find(tar, name.rpartition(".")[0])
        return found or f"is not in {tar.name}{self._bad_tars[tar]}"


def _recording_of(values: dict[str, Any]) -> str:
    written = str(values.get(_FILE))
    return _FURTHER.sub("", written) if _SHARD in values else written


def _without_repeated(manifests: list[Path]) -> list[Path]:
    """Leave out manifests of tars of which another one names all: the last version names most."""
    of_all = [each for each in manifests if each.name.startswith(_OF_TARS)]
    if not of_all:
        return manifests
    latest = max(of_all, key=_version)
    return [
        latest,
        *(each for each in manifests if each not in of_all and not _is_of_one_tar(each)),
    ]


def _is_of_one_tar(manifest: Path) -> bool:
    return manifest.parent.name == _SHARDED or _OF_ONE_TAR.fullmatch(manifest.stem) is not None


def _version(manifest: Path) -> int:
    number = manifest.stem.rpartition("_")[2]
    return int(number) if number.isdecimal() else 0


def _manifests(path: Path) -> list[Path]:
    """List the manifests that a path means."""
    return [each for each in _candidates(path) if _is_manifest(each)]


def _candidates(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    folders = [each for each in (path, path / _SHARDED) if each.is_dir()]
    return [file for folder in folders for file in sorted(files_in(folder, _SUFFIXES))]


def _folders_of_tars(path: Path) -> list[Path]:
    """List the folders of splits in a folder that hold tars with their manifest."""
    return folders_of_splits(path, lambda folder: any(folder.glob(f"{_OF_TARS}*.json")))


def _inside(manifest: Path, path: Path) -> str:
    return manifest.name if path.is_file() else manifest.relative_to(path).as_posix()


def _is_manifest(path: Path) -> bool:
    if path.suffix.lower() not in _SUFFIXES:
        return False
    try:
        first = first_object(path)
    except (InvalidInputError, NotFoundError):
        return False
    return first is not None and _FILE in first
