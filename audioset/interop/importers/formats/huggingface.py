"""Hugging Face Parquet: files with a column of sounds, `struct<bytes, path>`, as `datasets` writes.

The bytes are decoded by us; `path` is only a name where there are bytes. A split is that of the
file's name (`train-00000-of-00003.parquet`) or of its folder.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from audioset.errors import InvalidInputError, NotFoundError, StorageError
from audioset.interop.importers.corpus.said import short_hash
from audioset.interop.importers.corpus.seen import SeenIds
from audioset.interop.importers.corpus.words import split_word
from audioset.interop.importers.headed import read_headed
from audioset.interop.importers.sound_tables import SoundTable, open_sound_table, parquet_columns
from audioset.records.corpus_item import (
    BadItem,
    CorpusItem,
    HeldBytes,
    ReadingOptions,
    ReadItem,
    WholeFile,
)


class HuggingFace:
    """The format `huggingface`."""

    title = "Hugging Face Parquet"
    layout = "*.parquet with a column struct<bytes, path>, often data/train-00000-of-00001.parquet"
    is_general = False

    def recognise(self, path: Path) -> str | None:
        """Look at the schema of the first file."""
        found = next((found for found in _tables(path) if found[1]), None)
        if found is None:
            return None
        file, column = found
        return f"{file.name}, whose column {column!r} holds sounds"

    def read(self, path: Path, options: ReadingOptions) -> Iterator[ReadItem]:
        """Read one file after the other, some rows at a time."""
        there = list(_tables(path))
        files = [file for file, column in there if column]
        if not files:
            raise InvalidInputError(f"{path} holds no Parquet file with a column of sounds")
        for file, column in there:
            if not column:
                yield BadItem(file.name, "is no Parquet file, or is damaged; fetch it again")
        by_name = _names_tell_apart(files)
        for file in files:
            try:
                yield from _read(file, path, options, by_name=by_name)
            except InvalidInputError as error:
                yield BadItem(file.name, str(error))


def _read(
    file: Path, root: Path, options: ReadingOptions, *, by_name: bool
) -> Iterator[CorpusItem | BadItem]:
    split = split_word(file.stem) or (split_word(file.parent.name) if file != root else None)
    shown = file.name if file == root else file.relative_to(root).as_posix()
    with open_sound_table(file) as table:
        for number, values in enumerate(table.rows()):
            where = f"{shown}, row {number}"
            yield _item(table, values, where, f"{shown}#{number}", split, options, by_name=by_name)


def _item(
    table: SoundTable,
    values: Mapping[str, Any],
    where: str,
    place: str,
    split: str | None,
    options: ReadingOptions,
    *,
    by_name: bool,
) -> CorpusItem | BadItem:
    audio = values[table.column] or {}
    name, data = audio.get("path"), audio.get("bytes")
    origin_id = str(name) if by_name else place
    if data:
        sound: HeldBytes | WholeFile = HeldBytes(Path(name or "sound").name, data)
    elif name:
        found = options.find(name)
        if isinstance(found, str):
            return BadItem(origin_id, found, where)
        sound = WholeFile(found)
    else:
        return BadItem(origin_id, f"its {table.column} is empty", where)
    labels = table.labels
    row = read_headed({k: _labelled(v, labels.get(k)) for k, v in values.items()}, {table.column})
    return CorpusItem(
        origin_id=origin_id,
        sound=sound,
        text=row.text,
        facts=row.facts,
        extra=row.extra,
        split=row.split or split,
        length_seconds=row.length_seconds,
        published=row.published,
        lost=row.lost,
        where=where,
    )


def _labelled(value: Any, names: list[str] | None) -> Any:
    """Give the name of a class that is written as its number."""
    if names is None or not isinstance(value, int):
        return value
    return names[value] if 0 <= value < len(names) else None


def _names_tell_apart(files: list[Path]) -> bool:
    """Tell whether the sounds of all files have names, each another one."""
    seen = SeenIds()
    for file in files:
        try:
            with open_sound_table(file) as table:
                for name in table.names():
                    if not name or not seen.add(short_hash(name)):
                        return False
        except InvalidInputError:
            continue  # told when it is read
    return True


def _tables(path: Path) -> Iterator[tuple[Path, str | None]]:
    """Give the files that hold sounds, and which column does; None for one that is damaged."""
    if path.is_file():
        candidates = [path] if path.suffix == ".parquet" else []
    else:
        candidates = sorted([*path.glob("*.parquet"), *path.glob("*/*.parquet")])
    for file in candidates:
        try:
            with open_sound_table(file) as table:
                yield file, table.column
        except (InvalidInputError, NotFoundError, StorageError):
            if not _is_whole(file):
                yield file, None


def _is_whole(file: Path) -> bool:
    try:
        parquet_columns(file)
    except (InvalidInputError, NotFoundError, StorageError):
        return False
    return True
