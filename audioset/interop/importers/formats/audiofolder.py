"""Hugging Face audiofolder: `metadata.csv`, `.jsonl` or `.parquet` beside the sounds.

Its column `file_name`, or one such as `audio_file_name`, names them. It may lie in the folder of a
split. A quote that nobody closes would take the lines after it into
its cell: where such a line names a file of its own, the line with the quote is given up instead.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audioset.documents.reading.text_lines import TextLine, text_lines
from audioset.errors import InvalidInputError, NotFoundError, StorageError
from audioset.interop.importers.corpus.words import split_word
from audioset.interop.importers.folders import folders_down_to
from audioset.interop.importers.headed import read_headed
from audioset.interop.importers.sound_tables import parquet_columns, parquet_rows
from audioset.interop.importers.values import first_object, json_lines
from audioset.records.corpus_item import (
    BadItem,
    CorpusItem,
    ReadingOptions,
    ReadItem,
    Remark,
    WholeFile,
)

_NAME, _FURTHER = "file_name", "_file_name"
_SPOKEN = ("audio", "sound", "speech", "wav", "voice")  # in the name of the column that is meant
_TABLES = ("metadata.csv", "metadata.jsonl", "metadata.parquet")
_LEVELS = 2  # of folders below the corpus: data/train

TableRow = tuple[str, dict[str, Any]]


class AudioFolder:
    """The format `audiofolder`."""

    title = "Hugging Face audiofolder"
    layout = "metadata.csv, .jsonl or .parquet with file_name, beside the sounds"
    is_general = True

    def recognise(self, path: Path) -> str | None:
        """Look for tables with the column."""
        for table, columns in _tables(path):
            if not isinstance(columns, str):
                return f"{table.relative_to(path).as_posix()} with {columns[0]}"
        return None

    def read(self, path: Path, options: ReadingOptions) -> Iterator[ReadItem]:
        """Read one table after the other."""
        for table, columns in _tables(path):
            if isinstance(columns, str):
                yield BadItem(table.relative_to(path).as_posix(), columns)
                continue
            if len(columns) > 1:
                yield Remark(
                    f"{table.relative_to(path).as_posix()} names several files in a row: "
                    f"{columns[0]} is read as the sound, and {', '.join(columns[1:])} kept in extra"
                )
            of_one = _FileTable(table, columns[0], path, options)
            for row in of_one.rows():
                yield row if isinstance(row, BadItem) else of_one.item(*row)


@dataclass(frozen=True, slots=True)
class _FileTable:
    """One table that is read, and which of its columns names the sounds."""

    file: Path
    column: str
    root: Path
    options: ReadingOptions

    def rows(self) -> Iterator[TableRow | BadItem]:
        """Yield (where it stands, values by heading) of each row."""
        if self.file.suffix == ".jsonl":
            return json_lines(self.file)
        is_parquet = self.file.suffix == ".parquet"
        rows = _parquet_rows(self.file) if is_parquet else _csv_rows(self.file, self.column)
        return self._whole(rows)

    def _whole(self, rows: Iterator[TableRow | BadItem]) -> Iterator[TableRow | BadItem]:
        """Yield the rows, and where they end too early that the table cannot be read further."""
        try:
            yield from rows
        except (InvalidInputError, NotFoundError, StorageError) as error:
            yield BadItem(self.file.name, f"{error}; the rows before are read")

    def item(self, where: str, values: dict[str, Any]) -> CorpusItem | BadItem:
        """Read a row."""
        written = values.get(self.column)
        if not isinstance(written, str) or not written.strip():
            return BadItem(where, f"has no {self.column}", where)
        found = self.options.find(written, base=self.file.parent)
        if isinstance(found, str):
            return BadItem(written, found, where)
        row = read_headed(values, {self.column})
        inside = found.is_relative_to(self.root)
        split = split_word(self.file.parent.name) if self.file.parent != self.root else None
        return CorpusItem(
            origin_id=found.relative_to(self.root).as_posix() if inside else written,
            sound=WholeFile(found),
            text=row.text,
            facts=row.facts,
            extra=row.extra,
            split=row.split
            or split
            or split_word(Path(written).parts[0] if "/" in written else ""),
            length_seconds=row.length_seconds,
            published=row.published,
            lost=row.lost,
            where=where,
        )


def _tables(path: Path) -> Iterator[tuple[Path, list[str] | str]]:
    """Give the tables that name files, and the columns that do, that of the sounds first.

    Of a table that cannot be read, give why.
    """
    for folder in folders_down_to(path, _LEVELS) if path.is_dir() else ():
        for table in (folder / name for name in _TABLES):
            try:
                headings = _headings_of(table) if table.is_file() else []
            except (InvalidInputError, NotFoundError, StorageError) as error:
                yield table, str(error)
                continue
            found = [name for name in headings if name == _NAME or name.endswith(_FURTHER)]
            if found:
                yield table, sorted(found, key=_unlikely)


def _unlikely(column: str) -> tuple[bool, bool]:
    return column != _NAME, not any(word in column for word in _SPOKEN)


def _headings_of(table: Path) -> list[str]:
    if table.suffix == ".jsonl":
        return list(first_object(table) or {})
    if table.suffix == ".parquet":
        return parquet_columns(table)
    first = next(iter(text_lines(table)), None)
    return [] if first is None else _cells(first.text)


def _parquet_rows(table: Path) -> Iterator[TableRow | BadItem]:
    for number, values in enumerate(parquet_rows(table)):
        yield f"{table.name}, row {number}", values


def _csv_rows(table: Path, column: str) -> Iterator[TableRow | BadItem]:
    lines = text_lines(table)
    headings = _headings(lines)
    place = headings.index(column)
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
