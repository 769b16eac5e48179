"""The seal: a hash inside a small JSON object of the store, over the bytes of the object itself.

Shards and manifests are named by their hash. Records, aliases and withdrawals have names that
people choose, so they carry theirs inside: no flipped bit passes for another version or another
recording. `docs/format.md` says how others can check it.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from audioset.errors import IntegrityError, InvalidInputError

SEAL = "content_sha256"
_UNSEALED = "0" * 64


def encode_sealed(values: Mapping[str, Any]) -> str:
    """Encode an object for the store, indented, keys sorted, with its seal."""
    unsealed = {**values, SEAL: _UNSEALED}
    text = json.dumps(unsealed, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    return text.replace(_field(_UNSEALED), _field(hashlib.sha256(text.encode()).hexdigest()))


def decode_sealed(text: str | bytes, *, known_format: int, name: str) -> dict[str, Any]:
    """Decode what `encode_sealed` made, or an earlier release without a seal.

    Args:
        known_format: greatest `format_version` that this release reads.
        name: of the object, for messages.

    Returns:
        The values without the seal.

    Raises:
        InvalidInputError: its format is newer than this release.
        IntegrityError: its bytes do not match its seal.
        ValueError, KeyError, TypeError: not such an object at all.
    """
    values = json.loads(text)
    if not isinstance(values, dict):
        raise TypeError("it is not a JSON object")
    found = values["format_version"]
    if found > known_format:
        raise InvalidInputError(
            f"{name} has store format {found}; this audioset reads up to {known_format}: "
            "upgrade audioset"
        )
    seal = values.pop(SEAL, None)
    if seal is not None and not _holds(text, seal):
        raise IntegrityError(
            f"{name} is damaged: its bytes do not match the hash in it; restore it from a backup"
        )
    return values


def _holds(text: str | bytes, seal: str) -> bool:
    data = text.encode() if isinstance(text, str) else text
    unsealed = data.replace(_field(seal).encode(), _field(_UNSEALED).encode())
    return hashlib.sha256(unsealed).hexdigest() == seal


def _field(seal: str) -> str:
    return f'"{SEAL}": "{seal}"'
