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
        InvalidInputError: the words mean no file at all, or one is no path.
    """
    for word in words:
        if not isinstance(word, str | Path):
            raise InvalidInputError(f"{word!r} is no path; name files and folders as text or Path")
    if not words:
        raise InvalidInputError("no file was named; name files, a folder of media, or a glob")
    found: dict[Path, Path] = {}  # by the file that is really meant
    for word in words:
        for path in _without_ours(_expand(Path(word)), not_below):
            found.setdefault(path.resolve(), path)
    if not found:
        asked = ", ".join(str(word) for word in words)
        raise InvalidInputError(
            f"no media files in {asked}; name files, a folder that holds media, or a glob"
        )
    return list(found.values())


def media_below(folder: Path, *, not_below: Iterable[Path] = ()) -> list[Path]:
    """List the media of a folder and its subfolders, sorted; of one that is gone none."""
    return _without_ours(_expand(folder), not_below) if folder.is_dir() else []


def is_media(path: Path) -> bool:
    """Tell whether a path is a file whose name ends as those of media do."""
    return path.suffix.lower() in MEDIA_SUFFIXES and path.is_file()


def _without_ours(paths: Iterable[Path], not_below: Iterable[Path]) -> list[Path]:
    ours = [folder.resolve() for folder in not_below]
    return [p for p in paths if not any(p.resolve().is_relative_to(folder) for folder in ours)]


def _expand(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(
            file
            for file in path.rglob("*")
            if is_media(file)
            and not any(part.startswith(".") for part in file.relative_to(path).parts)
        )
    if path.exists() or not glob.has_magic(str(path)):
        return [path]
    matches = (Path(match) for match in sorted(glob.glob(str(path), recursive=True)))  # noqa: PTH207
    return [match for match in matches if match.is_file()]
