"""The first row of a table: names of columns as people write them."""

import re
from collections.abc import Sequence

from audioset.errors import InvalidInputError

# Best first. Names are compared in small letters, with "_" for spaces, "-", "." and brackets.
SPEAKER_NAMES = "speaker speaker_id speaker_name spk participant voice who"


def normal_name(name: str) -> str:
    """Give the name of a column as it is compared."""
    return re.sub(r"[^\w]+", "_", name.strip().lower()).strip("_")


def find_column(names: Sequence[str], known: str) -> int | None:
    """Find the first of some known names, between spaces, among the names of columns.

    Raises:
        InvalidInputError: two columns have it.
    """
    return next((place_of(names, name) for name in known.split() if name in names), None)


def place_of(names: Sequence[str], name: str) -> int:
    """Give the place of a name that is there.

    Raises:
        InvalidInputError: two columns have it.
    """
    if names.count(name) > 1:
        raise InvalidInputError(f"has two columns named {name!r}; give one of them another name")
    return names.index(name)
