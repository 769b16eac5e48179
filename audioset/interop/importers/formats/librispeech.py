"""LibriSpeech: `<subset>/<speaker>/<chapter>/<id>.flac`, and `<speaker>-<chapter>.trans.txt`.

`SPEAKERS.TXT` says whether a reader is M or F, `CHAPTERS.TXT` which book it is; both have comments
that begin with `;`, and cells between `|`.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from audioset.interop.importers.folders import folders_in
from audioset.interop.importers.values import lines_or_bad, side_lines
from audioset.records.corpus_item import (
    BadItem,
    CorpusItem,
    ReadingOptions,
    ReadItem,
    Remark,
    WholeFile,
)

_TRANSCRIPT = re.compile(r"\d+-\d+\.trans\.txt")
_ID = re.compile(r"(?P<speaker>\d+)-(?P<chapter>\d+)-\d+")
_SUFFIXES = (".flac", ".wav", ".opus", ".ogg")
_LICENCE = "CC-BY-4.0"


class LibriSpeech:
    """The format `librispeech`."""

    title = "LibriSpeech"
    layout = "<subset>/<speaker>/<chapter>/<id>.flac and *.trans.txt, SPEAKERS.TXT"
    is_general = False

    def recognise(self, path: Path) -> str | None:
        """Look for the first transcript."""
        found = next(_transcripts(path), None)
        return None if found is None else f"{found.relative_to(path)}"

    def read(self, path: Path, options: ReadingOptions) -> Iterator[ReadItem]:  # noqa: ARG002  finds files itself
        """Read chapter after chapter."""
        told: list[BadItem] = []
        genders = _column(_beside(path, "SPEAKERS.TXT"), 1, told)
        books = _column(_beside(path, "CHAPTERS.TXT"), 7, told)
        yield from told
        if not genders:
            yield Remark("there is no SPEAKERS.TXT, which says who is male or female")
        for transcript in _transcripts(path):
            subset = _subset_of(transcript)
            texts = {}
            for line in lines_or_bad(transcript):
                if isinstance(line, BadItem):
                    yield line
                    continue
                where = f"{transcript.name}, line {line.number}"
                origin_id, _, text = line.text.strip().partition(" ")
                if not origin_id:
                    continue
                if origin_id in texts:
                    yield BadItem(
                        origin_id, "stands twice in its transcript; the first is taken", where
                    )
                    continue
                texts[origin_id] = text
                yield _item(transcript, origin_id, text, subset, genders, books, where)
            for file in sorted(transcript.parent.iterdir()):
                if file.suffix in _SUFFIXES and file.stem not in texts:
                    where = str(file.relative_to(path))
                    yield _item(transcript, file.stem, "", subset, genders, books, where)


def _item(
    transcript: Path,
    origin_id: str,
    text: str,
    subset: str,
    genders: dict[str, str],
    books: dict[str, str],
    where: str,
) -> CorpusItem | BadItem:
    named = _ID.fullmatch(origin_id)
    if named is None:
        return BadItem(origin_id, "is no id such as 19-198-0001", where)
    files = (transcript.parent / f"{origin_id}{suffix}" for suffix in _SUFFIXES)
    file = next((file for file in files if file.is_file()), None)
    if file is None:
        return BadItem(origin_id, f"{origin_id}.flac is not there", where)
    speaker, chapter = named["speaker"], named["chapter"]
    facts = {"speaker": speaker, "language": "en", "licence": _LICENCE}
    return CorpusItem(
        origin_id=origin_id,
        sound=WholeFile(file),
        text=text or None,
        facts={**facts, "gender": genders.get(speaker, "")},
        extra={"chapter": chapter, "book": books.get(chapter, ""), "subset": subset},
        split=subset,
        where=where,
    )


def _subset_of(transcript: Path) -> str:
    return transcript.parents[2].name


def _transcripts(path: Path) -> Iterator[Path]:
    """Give the transcripts below a folder of subsets, or one of speakers, in order."""
    if not path.is_dir():
        return
    for folder in (path, *folders_in(path)):
        for speaker in _numbered(folder):
            for chapter in _numbered(speaker):
                named = sorted(p for p in chapter.iterdir() if _TRANSCRIPT.fullmatch(p.name))
                yield from named


def _numbered(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if p.name.isdecimal() and p.is_dir())


def _beside(path: Path, name: str) -> Path:
    """Find a table of all subsets in the corpus, or above the subset that was named."""
    own = path / name
    return own if own.is_file() else path.resolve().parent / name


def _column(path: Path, number: int, told: list[BadItem]) -> dict[str, str]:
    """Read a column of a table by its first one; nothing where it is not there."""
    found = {}
    for line in side_lines(path, told):
        cells = [cell.strip() for cell in line.text.split("|")]
        if not line.text.startswith(";") and len(cells) > number:
            found[cells[0]] = cells[number]
    return found
