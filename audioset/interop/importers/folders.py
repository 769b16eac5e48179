"""Folders of a corpus, walked in order, and the texts that lie beside its sounds."""

import heapq
import os
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing
from itertools import groupby
from pathlib import Path

from audioset.documents.reading.text_lines import text_lines
from audioset.media.suffixes import MEDIA_SUFFIXES


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


def sounds_in(folder: Path) -> list[Path]:
    """List the media files in a folder, hidden ones left out, in the order of their names."""
    return sorted(each for each in folder.iterdir() if each.name[0] != "." and is_sound(each))


def files_by_stem(folder: Path, suffixes: Collection[str]) -> Iterator[tuple[str, list[Path]]]:
    """Yield the files of each stem, hidden ones left out, both in the order of their names.

    A folder may hold millions: neither names nor their order are held in memory.

    Args:
        folder: that is listed; folders in it are not entered.
        suffixes: of the files that are given, in small letters.
    """
    # Without a name it is a file that nobody sees, and that vanishes with this process.
    with closing(sqlite3.connect("", isolation_level=None, check_same_thread=False)) as database:
        database.execute("PRAGMA synchronous = OFF")
        database.execute(
            "CREATE TABLE files (stem BLOB, name BLOB, PRIMARY KEY (stem, name)) WITHOUT ROWID"
        )
        database.execute("BEGIN")
        rows = (
            (os.fsencode(Path(name).stem), os.fsencode(name)) for name in _names(folder, suffixes)
        )
        database.executemany("INSERT INTO files VALUES (?, ?)", rows)
        found = database.execute("SELECT stem, name FROM files ORDER BY stem, name")
        for stem, some in groupby(found, key=lambda row: bytes(row[0])):
            yield os.fsdecode(stem), [folder / os.fsdecode(name) for _, name in some]


def first_files(folder: Path, suffixes: Collection[str], most: int) -> list[Path]:
    """Give the first files of a folder with such names; see `files_by_stem`."""
    return [folder / name for name in heapq.nsmallest(most, _names(folder, suffixes))]


def _names(folder: Path, suffixes: Collection[str]) -> Iterator[str]:
    with os.scandir(folder) as entries:  # which knows what is a file without a look at each
        for each in entries:
            suffix = os.path.splitext(each.name)[1]  # noqa: PTH122  a Path for each costs more
            if each.name[0] != "." and suffix.lower() in suffixes and each.is_file():
                yield each.name


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
