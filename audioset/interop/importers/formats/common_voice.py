"""Common Voice: one folder per language, tables of tabs in it, and `clips/*.mp3`.

Nothing is quoted in these tables: a sentence may begin with a quote that nobody closes. Only where
all quotes inside of a cell are doubled did a program quote it. A clip stands in several tables:
`validated.tsv` has more than train, dev and test together, and each clip is taken once, with what
the first of them says.
"""

from collections.abc import Iterator
from pathlib import Path

from audioset.documents.reading.text_lines import TextLine, text_lines
from audioset.errors import InvalidInputError, NotFoundError
from audioset.interop.importers.corpus.said import short_hash
from audioset.interop.importers.corpus.seen import SeenIds
from audioset.interop.importers.folders import folders_in
from audioset.interop.importers.keyed import KeyedValues, keyed_values
from audioset.interop.importers.values import as_seconds, lines_or_bad, side_lines
from audioset.records.corpus_item import (
    BadItem,
    CorpusItem,
    ReadingOptions,
    ReadItem,
    Remark,
    WholeFile,
)

# In the order in which they are read, with the split that they are.
_TABLES = {"train": "train", "dev": "dev", "test": "test"}
_OTHER_TABLES = ("validated", "invalidated", "other")
_LENGTHS = "clip_durations.tsv"
_HEADINGS = frozenset({"client_id", "path", "sentence"})
_FACTS = {
    "client_id": "speaker",
    "gender": "gender",
    "age": "age",
    "accents": "accent",
    "accent": "accent",
    "locale": "language",
}
_LICENCE = "CC0-1.0"  # of every release


class CommonVoice:
    """The format `common-voice`."""

    title = "Common Voice"
    layout = (
        "train.tsv, dev.tsv, test.tsv, validated.tsv, … with client_id, path and sentence; clips/"
    )
    is_general = False

    def recognise(self, path: Path) -> str | None:
        """Look at the headings of the tables."""
        tables = _tables(path)
        if not tables:
            return None
        return f"{tables[0].name} with the columns client_id, path and sentence"

    def read(self, path: Path, options: ReadingOptions) -> Iterator[ReadItem]:
        """Read table after table of each language."""
        tables = _tables(path)
        if not tables:
            raise InvalidInputError(
                f"{path} holds no table of Common Voice: train.tsv and others, with client_id, "
                "path and sentence"
            )
        for folder in dict.fromkeys(table.parent for table in tables):
            own = [table for table in tables if table.parent == folder]
            yield Remark(f"read of {folder.name}: {', '.join(table.name for table in own)}")
            yield from _unread(folder, own)
            with keyed_values() as lengths:
                told: list[BadItem] = []
                lengths.fill(_LENGTHS, _read_lengths(folder / _LENGTHS, told))
                yield from told
                yield from _Language(folder, options, lengths).read(own)


class _Language:
    """The folder of one language."""

    def __init__(self, folder: Path, options: ReadingOptions, lengths: KeyedValues) -> None:
        self._clips = folder / "clips"
        self._options = options
        self._lengths = lengths
        self._before = SeenIds()  # of the tables before

    def read(self, tables: list[Path]) -> Iterator[ReadItem]:
        """Give each clip once."""
        for table in tables:
            here: list[int] = []
            for item in self._read(table):
                if isinstance(item, CorpusItem):
                    number = short_hash(item.origin_id)
                    if number in self._before:
                        continue
                    here.append(number)
                yield item
            self._before.add_all(here)

    def _read(self, table: Path) -> Iterator[CorpusItem | BadItem]:
        lines = lines_or_bad(table)
        first = next(lines, None)
        headings = first.text.split("\t") if isinstance(first, TextLine) else []
        for line in lines:
            if isinstance(line, BadItem):
                yield line
                continue
            if not line.text.strip():
                continue
            where = f"{table.name}, line {line.number}"
            cells = line.text.split("\t")
            if len(cells) > len(headings):
                why = f"has {len(cells)} cells, and the table {len(headings)} columns"
                yield BadItem(cells[1] or where, why, where)
                continue
            row = dict(zip(headings, map(_unquoted, cells), strict=False))
            yield self._item(row, table.stem, where)

    def _item(self, row: dict[str, str], table: str, where: str) -> CorpusItem | BadItem:
        written = row.get("path", "").strip()
        if "sentence" not in row or not written:
            return BadItem(written or where, "the line ends before its sentence", where)
        name = written if Path(written).suffix else f"{written}.mp3"
        found = self._options.find(name, base=self._clips)
        if isinstance(found, str):
            return BadItem(written, found, where)
        length = as_seconds(self._lengths.get(_LENGTHS, written))
        facts = {fact: row[name] for name, fact in _FACTS.items() if row.get(name)}
        used = {*_FACTS, "path", "sentence"}
        return CorpusItem(
            origin_id=written,
            sound=WholeFile(found),
            text=row["sentence"],
            facts={**facts, "licence": _LICENCE},
            extra={**{k: v for k, v in row.items() if k not in used}, "table": table},
            split=_TABLES.get(table),
            accepted=False if table == "invalidated" else None,
            length_seconds=None if length is None else length / 1000,
            where=where,
        )


def _unquoted(cell: str) -> str:
    inner = cell[1:-1]
    was_quoted = cell[:1] == cell[-1:] == '"' and len(cell) > 1
    if was_quoted and '"' in inner and '"' not in inner.replace('""', ""):
        return inner.replace('""', '"')
    return cell


def _read_lengths(path: Path, told: list[BadItem]) -> Iterator[tuple[str, str]]:
    """Give the lengths in ms of files; none where there is no table of them."""
    for line in side_lines(path, told):
        name, _, milliseconds = line.text.partition("\t")
        yield name, milliseconds


def _tables(path: Path) -> list[Path]:
    """List the tables of a file, of the folder of a language, or of a folder of such."""
    if path.is_file():
        return [path] if path.suffix == ".tsv" and _has_headings(path) else []
    folders = [path, *folders_in(path)] if path.is_dir() else []
    candidates = [
        folder / f"{name}.tsv" for folder in folders for name in (*_TABLES, *_OTHER_TABLES)
    ]
    return [table for table in candidates if table.is_file() and _has_headings(table)]


def _unread(folder: Path, read: list[Path]) -> Iterator[BadItem]:
    """Tell tables that have the name of one of Common Voice, and cannot be read as one."""
    for name in (*_TABLES, *_OTHER_TABLES):
        table = folder / f"{name}.tsv"
        if not table.is_file() or table in read or table.stat().st_size == 0:
            continue
        told: list[BadItem] = []
        if next(side_lines(table, told), None) is not None:
            why = "has no columns client_id, path and sentence; nothing of it was taken"
            yield BadItem(table.name, why, table.name)
        yield from told


def _has_headings(table: Path) -> bool:
    try:
        first = next(iter(text_lines(table)), None)
    except (InvalidInputError, NotFoundError):
        return False
    return first is not None and set(first.text.split("\t")) >= _HEADINGS
