"""A table of facts about clips (with a header), read into manifest values, row by row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from audioset.documents.reading.sheet import (
    HIGHEST_NAMES,
    NumberedRow,
    Row,
    load_rows,
    require_kept,
)
from audioset.errors import InvalidInputError, NotFoundError
from audioset.records.manifest import FACT_COLUMNS

# Header names that are recognised, any case; the first of a tuple that the table has is taken.
FILE_NAMES = ("file", "file_name", "filename", "path", "audio", "clip")
TEXT_NAMES = ("text", "transcription", "sentence", "transcript")
_SAME_FACT = {"license": "licence"}
_SPLITS = {"train": "train", "training": "train", "validation": "validation", "valid": "validation",
           "val": "validation", "dev": "validation", "test": "test"}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsRow:
    """What the table says of one file.

    Attributes:
        line: number of the row, from 1, the header not counted.
        file: as written in the table; empty when the cell is empty.
        columns: values of manifest columns by their names; text comes with its source.
        extra: all other non-empty cells, by header name.
    """

    line: int
    file: str
    columns: Mapping[str, str]
    extra: Mapping[str, str]


def read_facts_table(path: Path) -> list[FactsRow]:
    """Read a table: a workbook, or text separated by comma, semicolon, tab or bar.

    Raises:
        InvalidInputError: no such file, not UTF-8 or UTF-16, no header, a header name twice, no
            column that names files, a row longer than the header, a split that is not known, or
            a cell that a spreadsheet program made something else of.
    """
    try:
        rows = load_rows(path)
    except NotFoundError as error:
        raise InvalidInputError(f"no table {path}; name a CSV file with a header") from error
    except InvalidInputError as error:
        raise InvalidInputError(f"{path} {_as_predicate(str(error))}") from error
    header, *body = _from_header(rows)
    names = [name.strip() for name in header]
    roles = _roles(names, path)
    found = []
    for number, cells in enumerate(body, start=1):
        if len(cells) > len(names):
            raise InvalidInputError(
                f"{path}: row {number} has {len(cells)} cells but the header names {len(names)}; "
                "put quotes around text that holds the separator"
            )
        values = {
            name: require_kept(cell, f"{path}: row {number}, {name!r}").strip()
            for name, cell in zip(names, cells, strict=False)
        }
        found.append(_row(number, values, roles, path))
    if not found:
        raise InvalidInputError(f"{path} has a header but no rows")
    return found


def _as_predicate(reason: str) -> str:
    return reason if reason.startswith(("is ", "has ")) else f"cannot be used: {reason}"


def _from_header(rows: Sequence[NumberedRow]) -> list[Row]:
    """Give the rows from the one that names the files on; titles may stand above it."""
    for place, (_, row) in enumerate(rows[:HIGHEST_NAMES]):
        if any(cell.strip().lower() in FILE_NAMES for cell in row):
            return [row for _, row in rows[place:]]
    return [row for _, row in rows]


def _roles(names: list[str], path: Path) -> dict[str, str]:
    """Give header name -> manifest column, or "file"; names without a role go to `extra`."""
    lowered = [name.lower() for name in names]
    twice = sorted({name for name in lowered if name and lowered.count(name) > 1})
    if twice:
        raise InvalidInputError(f"{path}: the header names {twice[0]!r} more than once")
    by_lower = dict(zip(lowered, names, strict=True))
    file_column = next((by_lower[name] for name in FILE_NAMES if name in by_lower), None)
    if file_column is None:
        raise InvalidInputError(
            f"{path}: no column names the audio files; call one of them {', '.join(FILE_NAMES)} "
            f"(found: {', '.join(names)})"
        )
    roles = {file_column: "file"}
    text_column = next((by_lower[name] for name in TEXT_NAMES if name in by_lower), None)
    if text_column is not None:
        roles[text_column] = "text"
    for low, name in by_lower.items():
        column = _SAME_FACT.get(low, low)
        if column in (*FACT_COLUMNS, "split") and column not in roles.values():
            roles.setdefault(name, column)
    return roles


def _row(number: int, values: Mapping[str, str], roles: Mapping[str, str], path: Path) -> FactsRow:
    given = {name: value for name, value in values.items() if value and name}
    columns = {roles[name]: value for name, value in given.items() if name in roles}
    file = columns.pop("file", "")
    if "text" in columns:
        columns["text_source"] = "human"
    if "split" in columns:
        columns["split"] = _split(columns["split"], number, path)
    extra = {name: value for name, value in given.items() if name not in roles}
    return FactsRow(line=number, file=file, columns=columns, extra=extra)


def _split(value: str, number: int, path: Path) -> str:
    if value.lower() not in _SPLITS:
        raise InvalidInputError(
            f"{path}: row {number} has split {value!r}; allowed are train, validation and test"
        )
    return _SPLITS[value.lower()]
