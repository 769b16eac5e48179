"""Rows that audioset wrote itself, in whatever format: each name has its place again.

A row of ours says of which source a clip is, from when to when, and the id of the clip follows from
that: no other table has such columns by chance. Names mean what they say in it, and nothing is
translated. Whether the sound is still that of the row is for the importer to see.
"""

import json
import math
import re
from collections.abc import Collection, Mapping
from typing import Any

import pyarrow as pa

from audioset.interop.importers.values import as_words
from audioset.records.fact_columns import fact_of_column
from audioset.records.identity import CLIP_ID_PATTERN
from audioset.records.manifest import column_names, manifest_schema

_MAP = "extra"
_NEEDED = frozenset(
    {
        "clip_id",
        "source_id",
        "source_name",
        "source_sha256",
        "start_sample",
        "end_sample",
        "start_seconds",
        "end_seconds",
    }
)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_BOOLEANS = {"true": True, "false": False}


def is_own(values: Mapping[str, Any]) -> bool:
    """Tell by the columns whether audioset may have written a row; `read_own` makes sure."""
    return values.keys() >= _NEEDED


def read_own(
    values: Mapping[str, Any], used: Collection[str]
) -> tuple[dict[str, Any], dict[str, str]] | None:
    """Read a row that audioset wrote.

    Args:
        values: by name; None for nothing.
        used: names that say something else, such as where the sound is.

    Returns:
        Its columns, without those of which it says nothing, and its further facts; None for a row
        that is none of ours.
    """
    try:
        columns = {
            name: _typed(name, values[name])
            for name in column_names()
            if name != _MAP and name not in used and values.get(name) is not None
        }
    except (KeyError, ValueError, TypeError, OverflowError):
        return None
    if not columns.keys() >= _NEEDED or not _is_whole(columns):
        return None
    extra = {
        fact_of_column(name): as_words(value)
        for name, value in values.items()
        if name not in used
        and name not in column_names()
        and value is not None
        and not isinstance(value, bytes)
    }
    return columns, extra | _further(values.get(_MAP))


def _typed(name: str, value: Any) -> Any:
    """Give a value as its column has it, whether it was written as such or as words."""
    kind = manifest_schema().field(name).type
    if pa.types.is_string(kind):
        if not isinstance(value, str):
            raise TypeError(name)
        return value
    if pa.types.is_boolean(kind):
        return _BOOLEANS[str(value).casefold()]  # True where pandas wrote it
    number = float(value)
    if pa.types.is_floating(kind):
        if not math.isfinite(number):
            raise ValueError(name)
        return number
    whole = int(value)
    if whole != number:
        raise ValueError(name)
    return pa.scalar(whole, kind).as_py()


def _is_whole(columns: Mapping[str, Any]) -> bool:
    """Tell whether the id of a clip is that of its source and its times."""
    start, end = columns["start_seconds"], columns["end_seconds"]
    clip_id, source_id = columns["clip_id"], columns["source_id"]
    return (
        CLIP_ID_PATTERN.fullmatch(clip_id) is not None
        and clip_id.startswith(f"{source_id}-")
        and clip_id.endswith(f"-{round(start * 1000):09d}-{round(end * 1000):09d}")
        and _SHA256.fullmatch(columns["source_sha256"]) is not None
        and 0 <= start < end
        and 0 <= columns["start_sample"] < columns["end_sample"]
    )


def _further(written: Any) -> dict[str, str]:
    """Read facts that stand in one column, as an object or as JSON."""
    try:
        facts = json.loads(written) if isinstance(written, str) else written
    except (ValueError, RecursionError):
        return {_MAP: written}
    if isinstance(facts, Mapping):
        return {str(key): as_words(value) for key, value in facts.items() if value is not None}
    return {} if facts is None else {_MAP: as_words(facts)}
