"""SourceSlice: the share of the sources that one of several machines cuts."""

import re
from dataclasses import dataclass
from hashlib import sha256

from audioset.errors import InvalidInputError

_WRITTEN = re.compile(r"\s*(\d{1,7})\s*/\s*(\d{1,7})\s*")
_HASHED_BYTES = 8  # of the hash: more than enough for even shares


@dataclass(frozen=True, slots=True)
class SourceSlice:
    """One of so many shares of the sources of a cut.

    To which share a source belongs, its name alone decides: it stays where it is when others come
    or go, and the jobs of an array need not list the same files to leave none out.

    Attributes:
        number: of the share, from 1.
        count: how many shares there are.
    """

    number: int
    count: int

    @classmethod
    def from_text(cls, text: str) -> "SourceSlice":
        """Read a share as it is written, such as `3/200`.

        Raises:
            InvalidInputError: it is not written so, or there is no such share.
        """
        found = _WRITTEN.fullmatch(text)
        number, count = map(int, found.groups()) if found else (0, 0)
        if not 1 <= number <= count:
            raise InvalidInputError(
                f"{text!r} is no slice: write 3/200 for the third of two hundred, the first is 1"
            )
        return cls(number, count)

    def has(self, name: str) -> bool:
        """Tell whether a source of this name is in the share."""
        hashed = sha256(name.encode("utf-8", "surrogateescape")).digest()[:_HASHED_BYTES]
        return int.from_bytes(hashed, "big") % self.count == self.number - 1

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"
