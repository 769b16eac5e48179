"""Folders of a corpus, walked in order, and the texts that lie beside its sounds."""

import os
from collections.abc import Callable, Container, Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from audioset.documents.reading.text_lines import text_lines
from audioset.interop.importers.corpus.words import split_of
from audioset.interop.importers.keyed import sorted_pairs
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


def files_in(folder: Path, suffixes: Container[str]) -> Iterator[Path]:
    """Yield files by their suffix, in small letters and with its dot, as they come.

    Hidden ones are left out.
    """
    with os.scandir(folder) as entries:
        for entry in entries:
            suffix = os.path.splitext(entry.name)[1]  # noqa: PTH122  a Path of each is slow
            if suffix.lower() in suffixes and entry.name[0] != "." and entry.is_file():
                yield folder / entry.name


def files_by_stem(folder: Path, suffixes: Container[str]) -> Iterator[tuple[str, list[Path]]]:
    """Yield the files of a folder that have one name but for its suffix, in the order of names.

    There may be a million: no more are held than those of one name.
    """
    pairs = ((os.fsencode(f.stem), os.fsencode(f.name)) for f in files_in(folder, suffixes))
    for stem, group in groupby(sorted_pairs(pairs), key=itemgetter(0)):
        yield os.fsdecode(stem), [folder / os.fsdecode(name) for _, name in group]


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
