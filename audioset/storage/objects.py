"""What a store tells of an object without its bytes, and names of objects that come and go."""

import secrets
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object of a store.

    Attributes:
        key: its name below the root.
        size_bytes: how large it is.
        etag: changes whenever its bytes do; None where a store gives none.
        modified_at: when it was put, by the store's own clock.
    """

    key: str
    size_bytes: int
    etag: str | None
    modified_at: datetime


def probe_key() -> str:
    """Make a key that nobody else uses, for an object that tries the store and is removed."""
    return f".probe-{secrets.token_hex(8)}"
