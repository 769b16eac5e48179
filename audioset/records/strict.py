"""Read JSON objects strictly: no value of a file is believed before its type and range are known.

Files of a store may come from a damaged disk, another program, or somebody who wishes harm. What is
read here has the types that its record states, no count below zero, and no number that a machine
cannot hold, so that nobody behind needs to look again.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import MISSING, fields
from types import UnionType
from typing import Any, TypeVar, get_args

Record = TypeVar("Record")
_HASH = re.compile(r"[0-9a-f]{64}")
_HASHES = ("sha256", "digest", "version_digest")
_FROM_ONE = ("version", "number", "parent")
_ALSO_NEGATIVE = ("seed", "epoch")
_MOST_NUMBER = 2**63 - 1


def read_object(data: str | bytes) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        ValueError: not UTF-8, not JSON, no object, a name that occurs twice, a number that is none,
            or nested too deep.
    """
    text = data.decode("utf-8") if isinstance(data, bytes) else data
    try:
        values = json.loads(text, object_pairs_hook=_pairs, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    if not isinstance(values, dict):
        raise ValueError("it is no JSON object")
    return values


def read_list(values: Mapping[str, Any], name: str) -> list[Any]:
    """Give a field that is a list; an absent one is empty.

    Raises:
        ValueError: it is something else.
    """
    found = values.get(name, [])
    if not isinstance(found, list):
        raise ValueError(f"{name!r} is {_shown(found)}, not a list")
    return found


def read_hashes(values: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Give a field that is a list of sha256, hex; an absent one is empty.

    Raises:
        ValueError: it is something else, or one of them is none.
    """
    return tuple(require_hash(value, name) for value in read_list(values, name))


def require_hash(value: Any, name: str) -> str:
    """Give a value back that is a sha256, hex: it becomes the name of a file.

    Raises:
        ValueError: it is something else.
    """
    if not isinstance(value, str) or not _HASH.fullmatch(value):
        raise ValueError(f"{name!r} is {_shown(value)}, not a hash of 64 hex digits")
    return value


def build(record: type[Record], values: Any, **made: Any) -> Record:
    """Make a dataclass of the values of a JSON object.

    Args:
        record: its fields are int, float, str, bool, or one of these or None.
        values: by name of field; one with a default may be absent.
        made: fields that are made already.

    Raises:
        ValueError: a field is missing, unknown, or has a value that it cannot have.
    """
    if not isinstance(values, dict):
        raise ValueError(f"{_shown(values)} stands where an object should")
    known = {field.name: field for field in fields(record)}  # type: ignore[arg-type]  # dataclass
    if strangers := sorted(set(values) - set(known)):
        raise ValueError(f"it has a field {strangers[0]!r} that nobody knows")
    built = dict(made)
    for name, field in known.items():
        if name in made:
            continue
        if name in values:
            built[name] = _require(name, values[name], field.type)
        elif field.default is MISSING and field.default_factory is MISSING:
            raise ValueError(f"it lacks {name!r}")
    return record(**built)


def _require(name: str, value: Any, kind: Any) -> Any:
    kinds = get_args(kind) if isinstance(kind, UnionType) else (kind,)
    if value is None and type(None) in kinds:
        return None
    if name in _HASHES:
        return require_hash(value, name)
    if str in kinds and isinstance(value, str):
        value.encode()  # half of a character is none
        return value
    if bool in kinds and isinstance(value, bool):
        return value
    if not isinstance(value, bool):
        if float in kinds and isinstance(value, int | float) and 0 <= value < math.inf:
            return float(value)
        least = 1 if name in _FROM_ONE else -_MOST_NUMBER if name in _ALSO_NEGATIVE else 0
        if int in kinds and isinstance(value, int) and least <= value <= _MOST_NUMBER:
            return value
    raise ValueError(f"{name!r} cannot be {_shown(value)}")


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{_shown(twice)} stands in it twice")
    return values


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number")


def _shown(value: Any) -> str:
    """Show a value in a message; of a large one the beginning."""
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object"
    text = repr(value) if not isinstance(value, int) or abs(value) < _MOST_NUMBER else "too large"
    return text if len(text) <= 80 else f"{text[:79]}…"
