"""The seal: a hash inside a small JSON object of the store, over the bytes of the object itself.

Shards and manifests are named by their hash. Records, aliases and withdrawals have names that
people choose, so they carry theirs inside: no flipped bit passes for another version or another
recording. `docs/format.md` says how others can check it.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from audioset.errors import AudiosetError, IntegrityError, InvalidInputError
from audioset.records.strict import read_object, require_hash

Record = TypeVar("Record")
SEAL = "content_sha256"
BACKUP = "restore it from a backup"  # what helps whatever is damaged
_UNSEALED = "0" * 64


def encode_sealed(values: Mapping[str, Any]) -> str:
    """Encode an object for the store, indented, keys sorted, with its seal."""
    unsealed = {**values, SEAL: _UNSEALED}
    text = json.dumps(unsealed, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    return text.replace(_field(_UNSEALED), _field(hashlib.sha256(text.encode()).hexdigest()))


def decode_sealed(
    text: str | bytes,
    build: Callable[[Mapping[str, Any]], Record],
    *,
    what: str,
    known_format: int,
    name: str,
) -> Record:
    """Decode what `encode_sealed` made, or an earlier release without a seal.

    Args:
        build: makes the record of the values without the seal; a ValueError of it means that the
            object is not one.
        what: it should be, for messages, such as "an alias".
        known_format: greatest `format_version` that this release reads.
        name: of the object, for messages.

    Raises:
        InvalidInputError: not such an object, or its format is newer than this release.
        IntegrityError: its bytes do not match its seal.
    """
    try:
        values = read_object(text)
        _require_known_format(values.get("format_version"), known_format, name)
        seal = values.pop(SEAL, None)
        if seal is not None and not _holds(text, require_hash(seal, SEAL)):
            raise IntegrityError(
                f"{name} is damaged: its bytes do not match the hash in it; {BACKUP}"
            )
        return build(values)
    except ValueError as error:
        if isinstance(error, AudiosetError):
            raise
        raise InvalidInputError(f"{name} is not {what}: {error}; {BACKUP}") from error


def _require_known_format(found: Any, known: int, name: str) -> None:
    if not isinstance(found, int) or found < 1:
        raise ValueError("it does not say which format it has")
    if found > known:
        raise InvalidInputError(
            f"{name} has store format {found}; this audioset reads up to {known}: upgrade audioset"
        )


def _holds(text: str | bytes, seal: str) -> bool:
    data = text.encode() if isinstance(text, str) else text
    unsealed = data.replace(_field(seal).encode(), _field(_UNSEALED).encode())
    return hashlib.sha256(unsealed).hexdigest() == seal


def _field(seal: str) -> str:
    return f'"{SEAL}": "{seal}"'
