"""The report of `audioset diff` as one HTML file, to read or to hand to a reviewer.

The file loads nothing from elsewhere, and shows at most 500 entries of each kind, so that it opens
whatever the dataset.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from types import MappingProxyType

from audioset.pages.html import cut, render, write_page
from audioset.records.version_diff import VersionDiff

ENTRIES_PER_KIND = 500
NO_REVIEWS: Mapping[str, str] = MappingProxyType({})
_GROUPS_SHOWN = 50
_WORDS = re.compile(r"\s+|\S+")


@dataclass(frozen=True, slots=True)
class SideReviews:
    """Addresses of the reviews that have the clips of a side; "" where none has.

    Attributes:
        before, after: of the two sides.
    """

    before: str = ""
    after: str = ""

    @property
    def any(self) -> str:
        """Of clips that both sides have."""
        return self.after or self.before


def write_diff_page(
    diff: VersionDiff, path: Path, *, reviews: Mapping[str, str] = NO_REVIEWS
) -> Path:
    """Write the report as an HTML file, and return `path`.

    Args:
        path: replaced when it exists.
        reviews: addresses of the reviews into which ids lead, by the name of the side.

    Raises:
        StorageError: the file cannot be written.
    """
    page = render(
        "diff.html",
        title=f"{cut(diff.before.name)} → {cut(diff.after.name)}",
        diff=diff,
        reviews=SideReviews(*(reviews.get(side.name, "") for side in (diff.before, diff.after))),
        kinds=changes_of_kinds(diff),
        marked=mark_words,
        entries_shown=ENTRIES_PER_KIND,
        groups_shown=_GROUPS_SHOWN,
    )
    return write_page(path, page)


def changes_of_kinds(diff: VersionDiff) -> Sequence[tuple[str, int, bool]]:
    """Give each kind of change, its number, and whether the page lists its entries."""
    return [(kind, n, kind not in ("remeasured", "unchanged")) for kind, n in diff.kinds.items()]


def mark_words(before: str | None, after: str | None) -> Sequence[Sequence[tuple[str, str]]]:
    """Mark the words that went ("del") and those that came ("ins") in the two texts."""
    old, new = _WORDS.findall(cut(before or "")), _WORDS.findall(cut(after or ""))
    gone, came = [], []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        is_equal = kind == "equal"
        gone.append(("" if is_equal else "del", "".join(old[a:b])))
        came.append(("" if is_equal else "ins", "".join(new[c:d])))
    return [[part for part in parts if part[1]] for parts in (gone, came)]
