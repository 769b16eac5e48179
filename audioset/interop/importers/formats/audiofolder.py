"""Hugging Face audiofolder: `metadata.csv` or `.jsonl` beside the sounds, with `file_name`.

It may lie in the folder of a split. A quote that nobody closes would take the lines after it into
its cell: where such a line names a file of its own, the line with the quote is given up instead.
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from audioset.documents.reading.text_lines import TextLine, text_lines
from audioset.errors import InvalidInputError, NotFoundError
from audioset.interop.importers.corpus.words import split_word
from audioset.interop.importers.headed import read_headed
from audioset.interop.importers.values import first_object, json_lines
from audioset.records.corpus_item import (
    BadItem,
    CorpusItem,
    ReadingOptions,
    ReadItem,
    WholeFile,
)

_NAME = "file_name"
_TABLES = ("metadata.csv", "metadata.jsonl")
_IDS = ("id", "clip_id", "utt_id", "utterance_id")


class AudioFolder:
    """The format `audiofolder`."""

    title = "Hugging Face audiofolder"
    layout = "metadata.csv or metadata.jsonl with file_name, beside the sounds"
    is_general = True

    def recognise(self, path: Path) -> str | None:
        """Look for tables with the column."""
        found = _tables(path)
        if not found:
            return None
        return f"{found[0].relative_to(path).as_posix()} with {_NAME}"

    def read(self, path: Path, options: ReadingOptions) -> Iterator[ReadItem]:
        """Read one table after the other."""
        for table in _tables(path):
            rows = json_lines(table) if table.suffix == ".jsonl" else _csv_rows(table)
            split = split_word(table.parent.name) if table.parent != path else None
            for row in rows:
                if isinstance(row, BadItem):
                    yield row
                else:
                    yield _item(row[1], row[0], table, path, split, options)


def _item(
    values: dict[str, Any],
    where: str,
    table: Path,
    root: Path,
    split: str | None,
    options: ReadingOptions,
) -> CorpusItem | BadItem:
    written = values.get(_NAME)
    if not isinstance(written, str) or not written.strip():
        return BadItem(where, f"has no {_NAME}", where)
    found = options.find(written, base=table.parent)
    if isinstance(found, str):
        return BadItem(written, found, where)
    row = read_headed(values, {_NAME})
    inside = found.relative_to(root).as_posix() if found.is_relative_to(root) else written
    return CorpusItem(
        origin_id=inside,
        sound=WholeFile(found),
        text=row.text,
        facts=row.facts,
        extra=row.extra,
        split=row.split or split or split_word(Path(written).parts[0] if "/" in written else ""),
        length_seconds=row.length_seconds,
        published=row.published,
        lost=row.lost,
        where=where,
    )


def _tables(path: Path) -> list[Path]:
    if not path.is_dir():
        return []
    folders = [path, *sorted([*_folders(path), *_folders(path / "data")])]
    candidates = [folder / name for folder in folders for name in _TABLES]
    return [table for table in candidates if table.is_file() and _names_files(table)]


def _folders(path: Path) -> list[Path]:
    return [each for each in path.iterdir() if each.is_dir()] if path.is_dir() else []


def _names_files(table: Path) -> bool:
    try:
        if table.suffix == ".jsonl":
            return _NAME in (first_object(table) or {})
        first = next(iter(text_lines(table)), None)
    except (InvalidInputError, NotFoundError):
        return False
    return first is not None and _NAME in _cells(first.text)


def _csv_rows(table: Path) -> Iterator[tuple[str, dict[str, Any]] | BadItem]:
    """Yield (where it stands, cells by heading) of each row."""
    lines = text_lines(table)
    headings = _headings(lines)
    place = headings.index(_NAME)
    for row in _records(lines, table, place):
        if isinstance(row, BadItem):
            yield row
            continue
        where = f"{table.name}, line {row.number}"
        cells = _cells(row.text)
        if len(cells) > len(headings):
            why = f"has {len(cells)} cells, and the table {len(headings)} columns"
            yield BadItem(cells[place] or where, why, where)
        elif cells:
            yield where, {n: cell or None for n, cell in zip(headings, cells, strict=False)}


def _headings(lines: Iterator[TextLine]) -> list[str]:
    """Read the first row; a heading may have several lines, too."""
    text = next(lines).text
    while text.count('"') % 2:
        following = next(lines, None)
        if following is None:
            break
        text += f"\n{following.text}"
    return _cells(text)


def _records(lines: Iterator[TextLine], table: Path, place: int) -> Iterator[TextLine | BadItem]:
    """Join lines that are one row, because a line ends inside of quotes."""
    open_row: list[TextLine] = []
    for line in lines:
        if open_row and _names_a_file(line.text, table, place):
            first, open_row = open_row[0], []
            where = f"{table.name}, line {first.number}"
            name = (_cells(first.text) or [where])[min(place, len(_cells(first.text)) - 1)]
            yield BadItem(name, "a quote begins here that is not closed; close it", where)
        open_row.append(line)
        if sum(each.text.count('"') for each in open_row) % 2 == 0:
            yield TextLine(open_row[0].number, "\n".join(each.text for each in open_row))
            open_row = []
    for line in open_row:
        where = f"{table.name}, line {line.number}"
        yield BadItem(where, "a quote begins here that is not closed; close it", where)


def _names_a_file(line: str, table: Path, place: int) -> bool:
    cells = _cells(line)
    written = cells[place].strip() if place < len(cells) else ""
    return bool(written) and "\0" not in written and (table.parent / written).is_file()


def _cells(text: str) -> list[str]:
    try:
        # Other signs than these that some take for ends of lines stand inside of cells.
        return next(csv.reader(io.StringIO(text, newline="")), [])
    except csv.Error:  # a cell of more than 128 KB
        return []
