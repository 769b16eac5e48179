"""Paths that stand in tables of a corpus: followed inside of the folders that the user named."""

import os
import re
from pathlib import Path

from audioset.errors import as_option

_MOST_PARTS = 6  # of a path that are looked for elsewhere
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def find_below(written: str, base: Path, allowed: tuple[Path, ...]) -> Path | str:
    """Find a file that a table names; give its path, or why it cannot be used.

    A path that leads elsewhere is tried inside of the allowed folders by its last parts, as a
    corpus that was moved still names the place where it was made.

    Args:
        written: as it stands in the table.
        base: folder that it is relative to.
        allowed: folders that it may lie in.
    """
    if _SCHEME.match(written):
        return "is an address, and nothing is fetched; download it first"
    if not written.strip() or "\0" in written:
        return "names no file"
    path = Path(os.path.abspath(base / written))  # noqa: PTH100  links are not followed
    inside = any(path.is_relative_to(_absolute(folder)) for folder in allowed)
    if inside and path.is_file():
        return path
    for place, folder in enumerate(allowed):
        if place == 0 and not Path(written).is_absolute():
            continue
        # Beside the table two parts must agree; a folder that the user named may hold the files.
        moved = _by_last_parts(path, _absolute(folder), least=2 if place == 0 else 1)
        if moved is not None:
            return moved
    if not inside:
        named = as_option("audio", str(path.parent))
        return f"lies outside of the corpus ({path}); where that is meant, say so: {named}"
    return f"is not there ({path})"


def _by_last_parts(path: Path, folder: Path, *, least: int) -> Path | None:
    """Find a file by as many of its last parts as are there."""
    parts = path.parts[1:]
    for number in range(min(len(parts), _MOST_PARTS), least - 1, -1):
        found = folder.joinpath(*parts[-number:])
        if found.is_file():
            return found
    return None


def _absolute(folder: Path) -> Path:
    return Path(os.path.abspath(folder))  # noqa: PTH100
