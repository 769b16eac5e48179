"""Tables of a database of audformat, row by row, with what its header says of them."""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from audioset.documents.reading.text_lines import text_lines
from audioset.errors import InvalidInputError
from audioset.interop.importers.values import as_seconds
from audioset.records.corpus_item import BadItem

_TIME = re.compile(
    r"(?:(?P<days>\d+) days? ?)?(?:\+?(?P<hours>\d+):(?P<minutes>\d+):(?P<seconds>\d+(?:\.\d+)?))?"
)
_INDEX = ("file", "start", "end")
_NS = 1_000_000_000
AudbKey = list[Any] | str  # [file, start, end], or the label of a miscellaneous table


@dataclass(frozen=True, slots=True)
class AudbTable:
    """A table.

    Attributes:
        name, path: of it.
        kind: filewise, segmented or misc.
        split: word for it; None without one.
        labels: of the schemes of its columns: what is said of each value, or the name of the
            miscellaneous table that says it.
        machines: raters of columns that are machines.
    """

    name: str
    path: Path
    kind: str
    split: str | None
    labels: Mapping[str, Any] = field(default_factory=dict)
    machines: Mapping[str, str] = field(default_factory=dict)


def list_tables(path: Path, header: Mapping[str, Any]) -> Iterator[AudbTable | BadItem]:
    """Give the tables that a header names, and those that cannot be read as bad items."""
    for part, kind in (("tables", None), ("misc_tables", "misc")):
        for name, described in _mapping(header, part).items():
            about = described if isinstance(described, dict) else {}
            files = (path / f"db.{name}{suffix}" for suffix in (".parquet", ".csv"))
            file = next((file for file in files if file.is_file()), None)
            if file is None or Path(str(name)).name != str(name):
                why = f"neither db.{name}.parquet nor db.{name}.csv is there"
                yield BadItem(f"table {name}", why, "db.yaml")
                continue
            yield AudbTable(
                str(name),
                file,
                kind or str(about.get("type")),
                _split_of(header, about),
                dict(_of_columns(header, about, "schemes", "scheme_id", "labels")),
                {
                    column: str(_mapping(about, "columns")[column]["rater_id"])
                    for column, what in _of_columns(header, about, "raters", "rater_id", "type")
                    if what == "machine"
                },
            )


def audb_rows(table: AudbTable) -> Iterator[tuple[AudbKey, dict[str, Any]] | BadItem]:
    """Yield key and values of each row; a file without times has None for both.

    Raises:
        InvalidInputError: the table cannot be read any further.
    """
    rows = _parquet(table.path) if table.path.suffix == ".parquet" else _csv(table.path)
    for number, row in enumerate(rows, 1):
        if table.kind == "misc":
            index = next(iter(row), None)
            if index is not None:
                yield str(row.pop(index)), row
            continue
        file, start, end = (row.pop(name, None) for name in _INDEX)
        where = f"{table.path.name}, row {number}"
        if not isinstance(file, str) or not file:
            yield BadItem(where, "names no file", where)
        elif table.kind != "segmented":
            yield [file, None, None], row
        else:
            try:
                yield [file, _seconds(start) or 0.0, _seconds(end)], row
            except InvalidInputError as error:
                yield BadItem(file, str(error), where)


def _parquet(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=1000, use_threads=False):
                plain = [_plain(column) for column in batch.columns]
                yield from pa.RecordBatch.from_arrays(plain, batch.schema.names).to_pylist()
    except (pa.ArrowException, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise InvalidInputError(f"{path.name} is no whole Parquet file: {reason}") from error


def _plain(column: pa.Array) -> pa.Array:
    """Give times in seconds."""
    if not pa.types.is_duration(column.type):
        return column
    return pa.array(
        [None if each is None else each / _NS for each in _nanoseconds(column)], pa.float64()
    )


def _nanoseconds(column: pa.Array) -> list[int | None]:
    numbers: list[int | None] = column.cast(pa.duration("ns")).cast(pa.int64()).to_pylist()
    return numbers


def _csv(path: Path) -> Iterator[dict[str, Any]]:
    lines = (f"{line.text}\n" for line in text_lines(path))
    try:
        for row in csv.DictReader(lines):
            yield {name: value or None for name, value in row.items() if name is not None}
    except csv.Error as error:
        raise InvalidInputError(f"{path.name} is no CSV: {error}") from error


def _seconds(value: Any) -> float | None:
    """Read a time as pandas writes it; None for none at all."""
    if value is None or isinstance(value, int | float):
        return value
    words = str(value).strip()
    found = _TIME.fullmatch(words)
    if not words or found is None or not any(found.groups()):
        seconds = as_seconds(words)
        if seconds is None and words not in ("", "NaT"):
            raise InvalidInputError(f"{words!r} is no time")
        return seconds
    parts = {name: float(number or 0) for name, number in found.groupdict().items()}
    hours = parts["days"] * 24 + parts["hours"]
    return (hours * 60 + parts["minutes"]) * 60 + parts["seconds"]


def _split_of(header: Mapping[str, Any], about: Mapping[str, Any]) -> str | None:
    split = about.get("split_id")
    if split is None:
        return None
    described = _mapping(header, "splits").get(split)
    kind = described.get("type") if isinstance(described, dict) else None
    return str(split if kind in (None, "other") else kind)


def _of_columns(
    header: Mapping[str, Any], about: Mapping[str, Any], part: str, reference: str, wanted: str
) -> Iterator[tuple[str, Any]]:
    """Give, by column, a value of the scheme or rater that it refers to."""
    known = _mapping(header, part)
    for column, described in _mapping(about, "columns").items():
        key = described.get(reference) if isinstance(described, dict) else None
        referred = known.get(key) if key is not None else None
        if isinstance(referred, dict) and referred.get(wanted) is not None:
            yield str(column), referred[wanted]


def _mapping(values: Mapping[str, Any], name: str) -> Mapping[Any, Any]:
    found = values.get(name)
    return found if isinstance(found, dict) else {}
