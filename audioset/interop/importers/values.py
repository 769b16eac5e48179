"""Values of tables and JSON as words and numbers: what formats of corpora share."""

import json
import math
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from audioset.documents.reading.text_lines import TextLine, text_lines
from audioset.errors import InvalidInputError, NotFoundError
from audioset.records.corpus_item import BadItem


def as_words(value: Any) -> str:
    """Give a value as text: nothing for null, JSON for lists and objects."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


def as_seconds(value: Any) -> float | None:
    """Give a finite number, also one that stands in quotes; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def other_words(values: Mapping[str, Any], used: Collection[str]) -> dict[str, str]:
    """Give the values that have no place of their own, as words; empty ones are left out."""
    found = {str(name): as_words(value) for name, value in values.items() if name not in used}
    return {name: words for name, words in found.items() if words}


def first_words(values: Mapping[str, Any], names: Collection[str]) -> str:
    """Give the first of several values that says anything, as words."""
    return next((words for name in names if (words := as_words(values.get(name)).strip())), "")


def lines_or_bad(path: Path) -> Iterator[TextLine | BadItem]:
    """Yield the lines of one file of several, and the file itself where it cannot be read."""
    try:
        yield from text_lines(path)
    except (InvalidInputError, NotFoundError) as error:
        yield BadItem(path.name, str(error))


def side_lines(path: Path, told: list[BadItem]) -> Iterator[TextLine]:
    """Yield the lines of a table that says more about the items; none where it is not there.

    Args:
        path: of the table.
        told: where it is put when it cannot be read: the items go on without what it says.
    """
    if not path.is_file():
        return
    try:
        yield from text_lines(path)
    except (InvalidInputError, NotFoundError) as error:
        why = f"{error}; the items are taken without what it says from there on"
        told.append(BadItem(path.name, why, path.name))


def json_lines(path: Path) -> Iterator[tuple[str, dict[str, Any]] | BadItem]:
    """Yield (where it stands, object) of each line, and what is no object as a bad item.

    So is the file itself, from where on it cannot be read: others go on.
    """
    for line in lines_or_bad(path):
        if isinstance(line, BadItem):
            yield line
            continue
        if not line.text.strip():
            continue
        where = f"{path.name}, line {line.number}"
        try:
            value = json.loads(line.text)
        except (ValueError, RecursionError) as error:
            yield BadItem(f"line {line.number}", f"is not JSON ({error})", where)
            continue
        if isinstance(value, dict):
            yield where, value
        else:
            yield BadItem(f"line {line.number}", "is no JSON object", where)


def first_object(path: Path) -> dict[str, Any] | None:
    """Give the object of the first line of a file, to see what it is; None where it has none."""
    for line in text_lines(path):
        if line.text.strip():
            try:
                value = json.loads(line.text)
            except (ValueError, RecursionError):
                return None
            return value if isinstance(value, dict) else None
    return None
