"""Who wrote the texts of a table, where it has a column `text_source`.

The rule, so that a person who corrects a text need not know of the column: `hypothesis` holds what
was written before a person came, and a text that differs from it is a person's. So a text stays a
model's (or that of subtitles) only as long as nobody changed it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from audioset.documents.reading.text import shown
from audioset.errors import InvalidInputError
from audioset.records.lines import Writer
from audioset.records.manifest import MODEL_WRITER, TEXT_SOURCES

_NUMBER = re.compile(r"[0-9]*[.,]?[0-9]+(?:[eE]-?[0-9]+)?")  # some programs write decimal commas


@dataclass(frozen=True, slots=True)
class _WriterCells:
    """The cells of one row that tell about the writer, each as one line."""

    place: str
    text_source: str
    text_score: str
    hypothesis: str
    hypothesis_source: str


def writer_of_row(text: str, cells: Sequence[str], place: str) -> Writer | None:
    """Give the writer of a text; None where the cell `text_source` is empty.

    Args:
        text: as it is in the table now.
        cells: of `WRITER_COLUMNS`, "" where there is none.
        place: of the row, for messages.

    Raises:
        InvalidInputError: a writer or a score that is none, or a model's text without hypothesis.
    """
    row = _WriterCells(place, *cells)
    if not row.text_source:
        return None
    source = _require_writer(row)
    by_model = source.startswith("model:")
    model = _require_model(row) if row.hypothesis_source else source if by_model else None
    if by_model and not row.hypothesis:
        raise InvalidInputError(
            f"{place}: text_source is {shown(source)} but hypothesis is empty, so nobody can tell "
            "whether a person changed the text; keep that column, or write human"
        )
    comparable = row.hypothesis and (by_model or source == "subtitles")
    changed = bool(comparable) and text != row.hypothesis
    return Writer(
        text_source="human" if changed else source,
        text_score=None if changed or source == "human" else _score(row),
        hypothesis=row.hypothesis if model else None,
        hypothesis_source=model,
    )


def _require_writer(row: _WriterCells) -> str:
    if row.text_source.lower() in TEXT_SOURCES:
        return row.text_source.lower()
    if MODEL_WRITER.fullmatch(row.text_source):
        return row.text_source
    raise InvalidInputError(
        f"{row.place}: text_source is {shown(row.text_source)}; it is {', '.join(TEXT_SOURCES)}, "
        "model:<name>@<version>, or empty"
    )


def _require_model(row: _WriterCells) -> str:
    if MODEL_WRITER.fullmatch(row.hypothesis_source):
        return row.hypothesis_source
    raise InvalidInputError(
        f"{row.place}: hypothesis_source is {shown(row.hypothesis_source)}; it is "
        "model:<name>@<version>, or empty"
    )


def _score(row: _WriterCells) -> float | None:
    if not row.text_score:
        return None
    if _NUMBER.fullmatch(row.text_score) and (
        0 <= (score := float(row.text_score.replace(",", "."))) <= 1
    ):
        return score
    raise InvalidInputError(
        f"{row.place}: text_score is {shown(row.text_score)}; it is a number from 0 to 1, or empty"
    )
