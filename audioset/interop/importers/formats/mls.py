"""MLS: `<split>/audio/<speaker>/<book>/<id>.flac`, and `<split>/transcripts.txt`.

`metainfo.txt` says whether a reader is M or F. `segments.txt` says of which part of which recording
an utterance is: those recordings are not there, so that it is no span, and goes to `extra`.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from audioset.documents.reading.text_lines import text_lines
from audioset.errors import InvalidInputError, NotFoundError
from audioset.interop.importers.corpus.said import short_hash
from audioset.interop.importers.corpus.seen import SeenIds
from audioset.interop.importers.corpus.words import split_word
from audioset.interop.importers.folders import folders_in, sounds_in
from audioset.interop.importers.keyed import KeyedValues, keyed_values
from audioset.interop.importers.values import side_lines
from audioset.records.corpus_item import (
    BadItem,
    CorpusItem,
    ReadingOptions,
    ReadItem,
    Remark,
    WholeFile,
)

_TRANSCRIPTS, _SPANS, _READERS = "transcripts.txt", "segments.txt", "metainfo.txt"
_SUFFIXES = (".flac", ".opus", ".ogg", ".wav", ".mp3")
_ID = re.compile(r"(?P<speaker>[^_/\\\0]+)_(?P<book>[^_/\\\0]+)_[^_/\\\0]+")
_NAMED = re.compile(r"mls_(?P<language>[a-z]+)(_opus)?")


class MLS:
    """The format `mls`."""

    title = "MLS"
    layout = "<split>/audio/<speaker>/<book>/<id>.flac, <split>/transcripts.txt, metainfo.txt"
    is_general = False

    def recognise(self, path: Path) -> str | None:
        """Look for the transcripts of a split."""
        found = next(iter(_splits(path)), None)
        return None if found is None else f"{(found / _TRANSCRIPTS).relative_to(path)} and audio/"

    def read(self, path: Path, options: ReadingOptions) -> Iterator[ReadItem]:  # noqa: ARG002  finds files itself
        """Read split after split."""
        splits = _splits(path)
        if not splits:
            raise InvalidInputError(f"{path} has no {_TRANSCRIPTS} beside a folder audio")
        top = path if splits[0] != path else path.parent
        named = _NAMED.fullmatch(top.resolve().name.lower())
        told: list[BadItem] = []
        genders = _genders(top / _READERS, told)
        yield from told
        if not genders:
            yield Remark(f"there is no {_READERS}, which says who is male or female")
        for folder in splits:
            with keyed_values() as held:
                split = _Split(folder, held, genders, named["language"] if named else "")
                yield from split.items()


class _Split:
    """One folder of transcripts and sounds."""

    def __init__(
        self, folder: Path, held: KeyedValues, genders: dict[str, str], language: str
    ) -> None:
        self._folder = folder
        self._held = held
        self._genders = genders
        self._language = language
        self._told: list[BadItem] = []
        held.fill(_SPANS, _keyed_lines(folder / _SPANS, self._told))
        for handles in sorted(folder.glob("limited_supervision/**/handles.txt")):
            part = handles.parent.relative_to(folder / "limited_supervision").as_posix()
            held.fill("limited", ((key, part) for key, _ in _keyed_lines(handles, self._told)))

    def items(self) -> Iterator[CorpusItem | BadItem]:
        """Give an item for each line of the transcripts, then for sounds that are in none."""
        yield from self._told
        table = self._folder / _TRANSCRIPTS
        name = f"{self._folder.name}/{_TRANSCRIPTS}"
        said = SeenIds()
        try:
            for line in text_lines(table):
                origin_id, _, text = line.text.partition("\t")
                if line.text.strip():
                    said.add(short_hash(origin_id.strip()))
                    yield self._of_line(origin_id.strip(), text, f"{name}, line {line.number}")
        except (InvalidInputError, NotFoundError) as error:
            yield BadItem(name, str(error))
            return
        for speaker in folders_in(self._folder / "audio"):
            for book in folders_in(speaker):
                for file in sounds_in(book):
                    if short_hash(file.stem) not in said:
                        where = file.relative_to(self._folder.parent).as_posix()
                        yield self._item(file.stem, file, "", where)

    def _of_line(self, origin_id: str, text: str, where: str) -> CorpusItem | BadItem:
        named = _ID.fullmatch(origin_id)
        if named is None:
            why = "is no line of an id such as 10148_10119_000000, and a text"
            return BadItem(origin_id, why, where)
        place = Path("audio", named["speaker"], named["book"])
        files = (self._folder / place / f"{origin_id}{suffix}" for suffix in _SUFFIXES)
        file = next((file for file in files if file.is_file()), None)
        if file is None:
            return BadItem(origin_id, f"{place.as_posix()}/{origin_id}.flac is not there", where)
        return self._item(origin_id, file, text, where)

    def _item(self, origin_id: str, file: Path, text: str, where: str) -> CorpusItem:
        speaker, book = file.parts[-3:-1]
        url, start, end = (*(self._held.get(_SPANS, origin_id) or "").split("\t"), "", "", "")[:3]
        return CorpusItem(
            origin_id=origin_id,
            sound=WholeFile(file),
            text=text,
            facts={
                "speaker": speaker,
                "gender": self._genders.get(speaker, ""),
                "language": self._language,
                "licence": "CC-BY-4.0",
            },
            extra={
                "book": book,
                "recording_url": url,
                "recording_start_seconds": start,
                "recording_end_seconds": end,
                "limited_supervision": self._held.get("limited", origin_id) or "",
            },
            split=split_word(self._folder.name),
            where=where,
        )


def _splits(path: Path) -> list[Path]:
    """List the folders of splits that a path means: those in it, or itself."""
    candidates = [path, *folders_in(path)] if path.is_dir() else []
    return [p for p in candidates if (p / _TRANSCRIPTS).is_file() and (p / "audio").is_dir()]


def _keyed_lines(path: Path, told: list[BadItem]) -> Iterator[tuple[str, str]]:
    for line in side_lines(path, told):
        key, _, rest = line.text.strip().partition("\t")
        if key:
            yield key, rest


def _genders(path: Path, told: list[BadItem]) -> dict[str, str]:
    found = {}
    for line in side_lines(path, told):
        cells = [cell.strip() for cell in line.text.split("|")]
        if len(cells) > 1 and cells[0].upper() != "SPEAKER":
            found[cells[0]] = cells[1]
    return found
