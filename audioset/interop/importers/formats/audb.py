"""audb: `db.yaml`, and tables `db.<name>.parquet` or `db.<name>.csv`, as audformat writes them.

A table of segments gives spans, and one of files what is said of whole files, which holds for their
spans too. Schemes with labels say more about a value, such as who a speaker is. Read without that
library: it holds tables as a whole.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from audioset.errors import InvalidInputError, NotFoundError
from audioset.interop.importers.audb_tables import AudbTable, audb_rows, list_tables
from audioset.interop.importers.corpus.own_rows import is_own
from audioset.interop.importers.corpus.said import short_hash
from audioset.interop.importers.corpus.seen import SeenIds
from audioset.interop.importers.headed import read_headed
from audioset.interop.importers.keyed import KeyedValues, keyed_values
from audioset.records.corpus_item import (
    BadItem,
    CorpusItem,
    FileSpan,
    ReadingOptions,
    ReadItem,
    WholeFile,
)
from audioset.records.manifest import MODEL_WRITER, TEXT_SOURCES

_HEADER = "db.yaml"
_WRITER = "text_source"
_MOST_HEADER_BYTES = 64 * 1024 * 1024


class Audb:
    """The format `audb`."""

    title = "audb or audformat"
    layout = "db.yaml, db.<table>.parquet or db.<table>.csv, and the sounds that they name"
    is_general = False

    def recognise(self, path: Path) -> str | None:
        """Look for the header."""
        return (
            f"{_HEADER} with tables" if (path / _HEADER).is_file() and _has_tables(path) else None
        )

    def read(self, path: Path, options: ReadingOptions) -> Iterator[ReadItem]:
        """Put tables beside each other, then read segments, and files that have none."""
        header = _header(path / _HEADER)
        with keyed_values() as held:
            tables = []
            for table in list_tables(path, header):
                if isinstance(table, BadItem):
                    yield table
                    continue
                tables.append(table)
                bad: list[BadItem] = []
                twice = held.fill(table.name, _pairs(table, bad))
                yield from bad
                if twice:
                    why = f"{twice} rows of it stand twice; the first of each holds"
                    yield BadItem(table.path.name, why)
            database = _AudbTables(header, tables, held, options)
            yield from database.items()


class _AudbTables:
    """The tables of a database, by file and segment."""

    def __init__(
        self,
        header: Mapping[str, Any],
        tables: list[AudbTable],
        held: KeyedValues,
        options: ReadingOptions,
    ) -> None:
        self._header = header
        self._held = held
        self._options = options
        self._of_files = [table for table in tables if table.kind == "filewise"]
        self._of_segments = [table for table in tables if table.kind == "segmented"]
        self._misc = {table.name for table in tables if table.kind == "misc"}
        self._seen = SeenIds()
        self._divided = SeenIds()  # files that have segments

    def items(self) -> Iterator[CorpusItem | BadItem]:
        """Give an item for each segment, and for each file without one."""
        for table in (*self._of_segments, *self._of_files):
            for key in self._held.keys(table.name):
                if self._seen.add(short_hash(key)):
                    item = self._item(key, table)
                    if item is not None:
                        yield item

    def _item(self, key: str, table: AudbTable) -> CorpusItem | BadItem | None:
        file, start, end = json.loads(key)
        if table.kind == "segmented":
            self._divided.add(short_hash(file))
        elif short_hash(file) in self._divided:
            return None
        where = f"{table.path.name}, {file}"
        origin_id = (
            file if start is None else f"{file}@{start:g}-{'' if end is None else f'{end:g}'}"
        )
        found = self._options.find(file)
        if isinstance(found, str):
            return BadItem(origin_id, found, where)
        own = self._of_segments if table.kind == "segmented" else []
        values, writers, split = self._merged(key, own, json.dumps([file, None, None]))
        row = read_headed(values, () if is_own(values) else {_WRITER})
        text, extra = row.text, dict(row.extra)
        if own:  # what is said in all of a file is not said in each of its segments
            text = read_headed(self._merged(key, own, "")[0], {_WRITER}).text
            extra |= {"text_of_file": row.text or ""} if text != row.text else {}
        facts, usage = dict(row.facts), {}
        if not row.published:  # of a database of ours each clip says it itself
            licence = str(self._header.get("license") or "")
            facts = {"language": self._language(), "licence": licence, **facts}
            usage = {"usage": str(self._header.get("usage") or "")}
        return CorpusItem(
            origin_id=origin_id,
            sound=WholeFile(found) if start is None else FileSpan(found, start, end),
            text=text,
            text_source=self._writer(values, text, writers),
            facts=facts,
            extra={**usage, **extra},
            split=row.split or split,
            length_seconds=row.length_seconds if start is None else None,
            published=row.published,
            lost=row.lost,
            where=where,
        )

    def _merged(
        self, key: str, own: list[AudbTable], of_file: str
    ) -> tuple[dict[str, Any], dict[str, str], str | None]:
        """Give what all tables say: values, who wrote each, and the split; segments go first."""
        values: dict[str, Any] = {}
        writers: dict[str, str] = {}
        split = None
        for table, at in (*((t, key) for t in own), *((t, of_file) for t in self._of_files)):
            held = self._held.get(table.name, at)
            if held is None:
                continue
            split = split or table.split
            row = json.loads(held)
            for name, value in row.items():
                if value is not None and name not in values:
                    values[name] = value
                    writers[name] = table.machines.get(name, "")
                    # A row of ours says all of its clip, and nothing that only others say.
                    for also, said in (
                        {} if is_own(row) else self._labels(table, name, value).items()
                    ):
                        values.setdefault(also, said)
        return values, writers, split

    def _labels(self, table: AudbTable, column: str, value: Any) -> Mapping[str, Any]:
        """Give what the scheme of a column says of a value."""
        labels = table.labels.get(column)
        if isinstance(labels, str) and labels in self._misc:
            row = json.loads(self._held.get(labels, json.dumps(str(value))) or "{}")
            return row if isinstance(row, dict) else {}
        said = labels.get(value) if isinstance(labels, dict) else None
        return said if isinstance(said, dict) else {}

    def _writer(self, values: Mapping[str, Any], text: str | None, writers: dict[str, str]) -> str:
        told = str(values.get(_WRITER) or "")
        if told in TEXT_SOURCES or MODEL_WRITER.fullmatch(told):
            return told
        machine = next((writers[n] for n, v in values.items() if v == text and writers.get(n)), "")
        return f"model:{machine}@unknown" if machine else "human"

    def _language(self) -> str:
        languages = self._header.get("languages")
        return str(languages[0]) if isinstance(languages, list) and len(languages) == 1 else ""


def _pairs(table: AudbTable, bad: list[BadItem]) -> Iterator[tuple[str, str]]:
    """Give the rows of a table as they are held; notes those that are none."""
    try:
        for row in audb_rows(table):
            if isinstance(row, BadItem):
                bad.append(row)
            else:
                yield json.dumps(row[0]), json.dumps(row[1], ensure_ascii=False, default=str)
    except (InvalidInputError, NotFoundError) as error:
        bad.append(BadItem(table.path.name, f"{error}; rows before that are read"))


def _has_tables(path: Path) -> bool:
    return any(path.glob("db.*.csv")) or any(path.glob("db.*.parquet"))


def _header(path: Path) -> Mapping[str, Any]:
    try:
        if path.stat().st_size > _MOST_HEADER_BYTES:
            raise InvalidInputError(f"{path} has more than 64 MB: it is no header")
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        value = yaml.load(path.read_bytes(), loader)  # noqa: S506  both are safe
    except (OSError, yaml.YAMLError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise InvalidInputError(f"{path} cannot be read ({reason})") from error
    if not isinstance(value, dict) or not isinstance(value.get("tables"), dict):
        raise InvalidInputError(f"{path} is no header of audformat: it has no tables")
    return value
