"""Decisions from a table: a CSV with a column clip_id and one column per field."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from audioset.catalog.decisions import Decision
from audioset.catalog.fields import parse_value, require_decision
from audioset.documents.reading.sheet import (
    NumberedRow,
    load_rows,
    require_kept,
)
from audioset.errors import InvalidInputError, NotFoundError

_SUBJECT = "clip_id"


def read_decision_table(path: Path) -> list[Decision]:
    """Read decisions from a CSV (or TSV, or semicolons) or a workbook: empty cells decide nothing.

    Args:
        path: UTF-8; the first row names the fields, one of them is `clip_id`.

    Raises:
        NotFoundError: no such file.
        InvalidInputError: not a table, no column clip_id, or a cell that its field cannot have; the
            text names the line.
    """
    try:
        rows = load_rows(path)
    except NotFoundError:
        raise NotFoundError(f"no table {path}") from None
    except InvalidInputError as error:
        raise InvalidInputError(f"{path} is not a CSV table in UTF-8: {error}") from error
    return list(_decisions(rows, path))


def _decisions(rows: Sequence[NumberedRow], path: Path) -> Iterator[Decision]:
    fields = [name.strip() for name in rows[0][1]] if rows else []
    if fields.count(_SUBJECT) != 1 or len(set(fields)) != len(fields):
        raise InvalidInputError(
            f"{path}: the first row must name each field once, and one of them is {_SUBJECT}; "
            f"it names {', '.join(fields) or 'nothing'}"
        )
    for number, row in rows[1:]:
        yield from _row_decisions(fields, row, f"{path}, row {number}")


def _row_decisions(fields: Sequence[str], row: Sequence[str], where: str) -> Iterator[Decision]:
    if len(row) != len(fields):
        raise InvalidInputError(f"{where} has {len(row)} cells, the first row {len(fields)}")
    for field, cell in zip(fields, row, strict=True):
        require_kept(cell, f"{where}, {field!r}")
    clip_id = row[fields.index(_SUBJECT)].strip()
    for field, cell in zip(fields, row, strict=True):
        if field == _SUBJECT or not cell.strip():
            continue
        try:
            decision = Decision("clip", clip_id, field, parse_value(field, cell))
            require_decision(decision)
        except InvalidInputError as error:
            raise InvalidInputError(f"{where}: {error}") from error
        yield decision
