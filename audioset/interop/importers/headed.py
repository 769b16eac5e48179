"""Rows with named values, in tables and JSON: which name says what is told by the name alone."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from audioset.documents.reading.headings import roles_by_heading
from audioset.interop.importers.corpus.own_rows import is_own, read_own
from audioset.interop.importers.values import as_seconds, as_words
from audioset.records.manifest import FACT_COLUMNS

_MOST_WORDS = 4000  # characters of a value in extra; features and the like are longer


@dataclass(frozen=True, slots=True)
class HeadedRow:
    """What a row says, as `CorpusItem` takes it; `published` is empty for one of others."""

    text: str | None
    facts: Mapping[str, str]
    extra: Mapping[str, str]
    split: str | None
    length_seconds: float | None
    lost: tuple[str, ...] = field(default=())
    published: Mapping[str, Any] = field(default_factory=dict)


def read_headed(values: Mapping[str, Any], used: Collection[str] = ()) -> HeadedRow:
    """Read a row.

    Args:
        values: by name.
        used: names that say something else, such as where the sound is.
    """
    own = read_own(values, used) if is_own(values) else None
    return _read_others(values, used) if own is None else _of_own(*own)


def _of_own(columns: dict[str, Any], extra: Mapping[str, str]) -> HeadedRow:
    return HeadedRow(
        text=columns.pop("text", None),
        split=columns.pop("split", None),
        facts={name: columns.pop(name) for name in FACT_COLUMNS if name in columns},
        extra=extra,
        length_seconds=columns.pop("length_seconds", None),
        published=columns,
    )


def _read_others(values: Mapping[str, Any], used: Collection[str]) -> HeadedRow:
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
