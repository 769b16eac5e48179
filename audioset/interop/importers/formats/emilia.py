"""Emilia: `<id>.mp3` and `<id>.json` in tars or folders, or lines of JSON beside a folder of mp3.

Its texts are of a recogniser, and are marked so.
"""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from audioset.errors import InvalidInputError, NotFoundError
from audioset.interop.importers.folders import files_by_stem, files_in, folders_down_to
from audioset.interop.importers.tars import TarSound, first_groups, list_tars, tar_groups
from audioset.interop.importers.values import (
    as_seconds,
    first_object,
    first_words,
    json_lines,
    other_words,
)
from audioset.media.suffixes import MEDIA_SUFFIXES
from audioset.records.corpus_item import (
    BadItem,
    CorpusItem,
    ReadingOptions,
    ReadItem,
    WholeFile,
)

_TELLING = frozenset({"text", "speaker", "dnsmos"})
_FACTS = ("speaker", "language")
_USED = frozenset({"id", "wav", "text", "duration", *_FACTS})
_WRITER = "model:emilia-pipe@unknown"  # the recogniser of its pipeline; no version is told
_DEPTH = 4  # folders below the corpus
_JSONS = frozenset({".json", ".jsonl"})
_ALL = frozenset({*_JSONS, *MEDIA_SUFFIXES})
_TEXTS = frozenset({"json"})
_FIRST_FEW = 3  # groups of a tar, and files of a folder


class Emilia:
    """The format `emilia`."""

    title = "Emilia"
    layout = "<id>.mp3 and <id>.json (text, speaker, dnsmos) in tars or folders; *.jsonl"
    is_general = False

    def recognise(self, path: Path) -> str | None:
        """Look at the first JSON of the first tar, or of the first folder that has one."""
        tars = list_tars(path)
        for group in first_groups(tars[0], _FIRST_FEW, _TEXTS) if tars else ():
            values = _object_of(next(iter(group.texts.values()), b""))
            if group.sounds and values is not None and values.keys() >= _TELLING:
                return f"{tars[0].name}, whose {group.key}.json has dnsmos"
        for folder in _folders(path):
            first = islice(files_in(folder, _JSONS), _FIRST_FEW)
            found = next((file for file in first if _tells(file)), None)
            if found is not None:
                return f"{found.relative_to(path).as_posix()} with dnsmos"
        return None

    def read(self, path: Path, options: ReadingOptions) -> Iterator[ReadItem]:
        """Read tars, then folders."""
        for tar in list_tars(path):
            yield from _of_tar(tar)
        for folder in _folders(path):
            for _, files in files_by_stem(folder, _ALL):
                sounds = [file for file in files if file.suffix.lower() not in _JSONS]
                for file in files:
                    if file.suffix == ".jsonl":
                        yield from _of_lines(file, options)
                    elif file.suffix == ".json":
                        yield _of_file(file, next(iter(sounds), None), path)


def _of_tar(tar: Path) -> Iterator[CorpusItem | BadItem]:
    try:
        for group in tar_groups(tar, _TEXTS):
            where = f"{tar.name}, {group.key}"
            values = _object_of(next(iter(group.texts.values()), b""))
            sound = next(iter(group.sounds.values()), None)
            if values is None:
                yield BadItem(group.key, "has no JSON that says what it is", where)
            elif sound is None:
                yield BadItem(group.key, "has no sound beside its JSON", where)
            else:
                yield _item(values, Path(group.key).name, sound, where)
    except InvalidInputError as error:
        yield BadItem(tar.name, str(error))


def _of_lines(file: Path, options: ReadingOptions) -> Iterator[CorpusItem | BadItem]:
    for line in json_lines(file):
        if isinstance(line, BadItem):
            yield line
            continue
        where, values = line
        written = values.get("wav")
        name = first_words(values, ("id",)) or where
        if not isinstance(written, str):
            yield BadItem(name, "has no wav, which names its sound", where)
            continue
        sound = options.find(written, base=file.parent)
        if isinstance(sound, str):
            yield BadItem(name, sound, where)
        else:
            yield _item(values, sound.stem, WholeFile(sound), where)


def _of_file(file: Path, sound: Path | None, root: Path) -> CorpusItem | BadItem:
    where = file.relative_to(root).as_posix()
    try:
        values = _object_of(file.read_bytes())
    except OSError as error:
        return BadItem(file.stem, f"cannot be read ({error.strerror})", where)
    if values is None:
        return BadItem(file.stem, "is no JSON object", where)
    if sound is None:
        return BadItem(file.stem, "has no sound beside its JSON", where)
    return _item(values, file.stem, WholeFile(sound), where)


def _item(values: dict[str, Any], stem: str, sound: WholeFile | TarSound, where: str) -> CorpusItem:
    return CorpusItem(
        origin_id=first_words(values, ("id",)) or stem,
        sound=sound,
        text=first_words(values, ("text",)),
        text_source=_WRITER,
        facts={fact: first_words(values, (fact,)) for fact in _FACTS},
        extra=other_words(values, _USED),
        length_seconds=as_seconds(values.get("duration")),
        where=where,
    )


def _folders(path: Path) -> Iterator[Path]:
    return folders_down_to(path, _DEPTH) if path.is_dir() else iter(())


def _tells(file: Path) -> bool:
    try:
        is_lines = file.suffix == ".jsonl"
        values = first_object(file) if is_lines else _object_of(file.read_bytes())
    except (InvalidInputError, NotFoundError, OSError):
        return False
    return values is not None and values.keys() >= _TELLING


def _object_of(data: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
