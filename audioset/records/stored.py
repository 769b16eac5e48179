"""How the small objects of a store are written: JSON with a format number, keys sorted."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeVar

from audioset.errors import InvalidInputError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Record = TypeVar("Record")


def encode_record(record: "DataclassInstance", *, leave_out: tuple[str, ...] = ()) -> str:
    """Encode a frozen record for the store.

    Args:
        leave_out: fields that are not stored.
    """
    values = {name: value for name, value in asdict(record).items() if name not in leave_out}
    return json.dumps(values, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def decode_record(
    text: str | bytes,
    build: Callable[[Mapping[str, Any]], Record],
    *,
    name: str,
    what: str,
    known_format: int,
) -> Record:
    """Decode what `encode_record` wrote.

    Args:
        build: makes the record of the values; a KeyError, TypeError or ValueError of it means that
            the object is not one.
        name: of the object, for messages.
        what: it should be, for messages, such as "an alias".
        known_format: the greatest format number that this release reads.

    Raises:
        InvalidInputError: not such a record, or of a newer format.
    """
    try:
        values = json.loads(text)
        found = values["format_version"]
        if found > known_format:
            raise InvalidInputError(
                f"{name} has store format {found}; this audioset reads up to {known_format}: "
                "upgrade audioset"
            )
        return build(values)
    except (ValueError, KeyError, TypeError) as error:
        if isinstance(error, InvalidInputError):
            raise
        raise InvalidInputError(f"{name} is not {what}: {error}") from error
