"""Folders of a corpus, walked in order, and the texts that lie beside its sounds."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from audioset.documents.reading.text_lines import text_lines
from audioset.interop.importers.corpus.words import split_of
from audioset.media.suffixes import MEDIA_SUFFIXES
from audioset.records.export_contracts import NO_SPLIT


def folders_in(path: Path) -> list[Path]:
    """List the folders in a folder, hidden ones left out, in the order of their names."""
    if not path.is_dir():
        return []
    with os.scandir(path) as entries:  # which knows what is a folder without a look at each file
        return sorted(path / each.name for each in entries if each.name[0] != "." and each.is_dir())


def folders_down_to(path: Path, depth: int) -> Iterator[Path]:
    """Yield a folder and those in it, at most so many levels deep, parents first."""
    yield path
    for folder in folders_in(path) if depth else ():
        yield from folders_down_to(folder, depth - 1)


def folders_of_splits(path: Path, holds: Callable[[Path], bool]) -> list[Path]:
    """List the folders in a folder that are the splits of one corpus.

    Args:
        path: of the folder.
        holds: tells a folder that holds a part of a corpus.

    Returns:
        Those that hold one; none where any of them is named otherwise than a split is, such as
        `train_sp` beside `train`: it may be the same once more.
    """
    found = [folder for folder in folders_in(path) if holds(folder)]
    names = {folder.name for folder in found} - {NO_SPLIT}
    return found if all(name.isalpha() and split_of(name) for name in names) else []


def sounds_in(folder: Path) -> list[Path]:
    """List the media files in a folder, hidden ones left out, in the order of their names."""
    return sorted(each for each in folder.iterdir() if each.name[0] != "." and is_sound(each))


def is_sound(path: Path) -> bool:
    """Tell a media file by its name."""
    return path.suffix.lower() in MEDIA_SUFFIXES and path.is_file()


def whole_text(path: Path) -> str | None:
    """Give what a text file says, on one line; None where it says nothing or is not there.

    Raises:
        InvalidInputError: it cannot be read, or is no text.
    """
    if not path.is_file():
        return None
    return " ".join(" ".join(line.text for line in text_lines(path)).split()) or None
