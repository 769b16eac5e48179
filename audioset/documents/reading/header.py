"""The first row of a table: names of columns as people write them."""

import re
from collections.abc import Sequence

# Best first. Names are compared in small letters, with "_" for spaces, "-", "." and brackets.
SPEAKER_NAMES = "speaker speaker_id speaker_name spk participant voice who"


def normal_name(name: str) -> str:
    """Give the name of a column as it is compared."""
    return re.sub(r"[^\w]+", "_", name.strip().lower()).strip("_")


def find_column(names: Sequence[str], known: str) -> int | None:
    """Find the first of some known names, between spaces, among the names of columns."""
    return next((names.index(name) for name in known.split() if name in names), None)
