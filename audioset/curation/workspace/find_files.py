"""Which files do the user's words mean: files, folders, globs."""

import glob
from collections.abc import Iterable, Sequence
from pathlib import Path

from audioset.errors import InvalidInputError
from audioset.media.suffixes import MEDIA_SUFFIXES


def find_sources(words: Sequence[str | Path], *, not_below: Iterable[Path] = ()) -> list[Path]:
    """List the files that the words mean, each once, in the order given; folders sorted by name.

    A file that does not exist is listed too, so that it is reported beside the others.

    Args:
        words: files, folders (searched with their subfolders) and globs (`**` too).
        not_below: folders whose files are ours and never sources.

    Raises:
        InvalidInputError: the words mean no file at all.
    """
    ours = [folder.resolve() for folder in not_below]
    found: dict[Path, Path] = {}  # by the file that is really meant
    for word in words:
        for path in _expand(Path(word)):
            if not any(path.resolve().is_relative_to(folder) for folder in ours):
                found.setdefault(path.resolve(), path)
    if not found:
        asked = ", ".join(str(word) for word in words) or "nothing"
        raise InvalidInputError(
            f"no media files in {asked}; name files, a folder that holds media, or a glob"
        )
    return list(found.values())


def _expand(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(
            file
            for file in path.rglob("*")
            if file.suffix.lower() in MEDIA_SUFFIXES
            and file.is_file()
            and not any(part.startswith(".") for part in file.relative_to(path).parts)
        )
    if path.exists() or not glob.has_magic(str(path)):
        return [path]
    matches = (Path(match) for match in sorted(glob.glob(str(path), recursive=True)))  # noqa: PTH207
    return [match for match in matches if match.is_file()]
