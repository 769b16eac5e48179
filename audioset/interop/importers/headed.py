"""Rows with named values, in tables and JSON: which name says what is told by the name alone."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from audioset.documents.reading.headings import roles_by_heading
from audioset.interop.importers.values import as_seconds, as_words

_MOST_WORDS = 4000  # characters of a value in extra; features and the like are longer


@dataclass(frozen=True, slots=True)
class HeadedRow:
    """What a row says, as `CorpusItem` takes it."""

    text: str | None
    facts: Mapping[str, str]
    extra: Mapping[str, str]
    split: str | None
    length_seconds: float | None
    lost: tuple[str, ...] = field(default=())


def read_headed(values: Mapping[str, Any], used: Collection[str] = ()) -> HeadedRow:
    """Read a row.

    Args:
        values: by name.
        used: names that say something else, such as where the sound is.
    """
    names = tuple(str(name) for name in values if name not in used)
    roles = _roles_of(names)
    said: dict[str, str] = {}
    extra: dict[str, str] = {}
    lost: list[str] = []
    length = None
    for name in names:
        value, role = values[name], roles.get(name)
        if role == "length_seconds":
            length = as_seconds(value)
            continue
        words = "" if isinstance(value, bytes) else as_words(value)
        if isinstance(value, bytes) or len(words) > _MOST_WORDS:
            lost.append(name)
        elif words.strip():
            (said if role else extra)[role or name] = words
    return HeadedRow(
        text=said.pop("text", None),
        split=said.pop("split", None),
        facts=said,
        extra=extra,
        length_seconds=length,
        lost=tuple(lost),
    )


@cache
def _roles_of(names: tuple[str, ...]) -> dict[str, str]:
    return roles_by_heading(names)
