"""What was exported, cell by cell: what a table that comes back is held against.

Every row of a table carries the name of its export, which is the hash of its cells. What these said
lies in the workspace, and in a hidden sheet of a workbook, for machines that have another one. Both
are hints: where neither is there, a table is held against what holds now.
"""

import base64
import gzip
import hashlib
import io
import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audioset.interop.clip_tables.columns import ShownClips
from audioset.records.clip_table import CellChange
from audioset.storage.files import write_atomically
from audioset.storage.locks import locked

_ID = re.compile(r"[a-z0-9-]{1,100}-[0-9a-f]{12}")
_MOST_BYTES = 2**28  # of what a stranger's workbook unpacks to
_TAKEN = ".taken.jsonl"

Cells = Mapping[str, str]  # by column
GivenCells = dict[tuple[str, str], str]  # by clip and column


@dataclass(frozen=True, slots=True)
class Exported:
    """One export: its cells, by clip id and column."""

    export_id: str
    clips: Mapping[str, Cells]


def pack(shown: ShownClips, dataset: str) -> tuple[str, bytes]:
    """Give the name of an export, and all of it as bytes; equal cells give equal ones."""
    rows = [[clip_id, *cells] for clip_id, cells in shown.cells.items()]
    data = json.dumps([dataset, shown.columns, rows], ensure_ascii=False).encode()
    return _name(data, dataset), gzip.compress(data, 6, mtime=0)


def _name(data: bytes, dataset: str) -> str:
    return f"{dataset}-{hashlib.sha256(data).hexdigest()[:12]}"


def unpack(packed: bytes) -> Exported | None:
    """Read what `pack` gave; None where it is anything else."""
    try:
        with gzip.open(io.BytesIO(packed)) as file:
            data = file.read(_MOST_BYTES)
        dataset, columns, rows = json.loads(data)
        clips = {clip_id: dict(zip(columns, cells, strict=True)) for clip_id, *cells in rows}
        return Exported(_name(data, dataset), clips)
    except (OSError, EOFError, ValueError, TypeError, zlib.error):
        return None


def remember(export_id: str, packed: bytes, folder: Path) -> None:
    """Keep what was exported in the workspace.

    Raises:
        StorageError: the disk is full, or the folder cannot be written.
    """
    path = _place(export_id, folder)
    if not path.exists():
        write_atomically(path, lambda file: file.write(packed))


def is_export_id(text: str) -> bool:
    """Tell whether a text can be the name of an export."""
    return _ID.fullmatch(text) is not None


def recall(export_id: str, folder: Path, enclosed: Callable[[], Sequence[str]]) -> Exported | None:
    """Find what was exported: as the workspace remembers it, or as it came with the table.

    Args:
        export_id: as a row of the table says.
        folder: of what was exported from the workspace that the table decides about.
        enclosed: reads the hidden sheet of the workbook, as `to_enclose` gave its cells.
    """
    with suppress(OSError):
        found = unpack(_place(export_id, folder).read_bytes())
        if found is not None and found.export_id == export_id:
            return found
    with suppress(ValueError):
        found = unpack(base64.b64decode("".join(enclosed())))
        if found is not None and found.export_id == export_id:
            return found
    return None


def to_enclose(packed: bytes, cell_length: int) -> list[str]:
    """Give what was exported as texts for cells, none of which a program takes for a number."""
    text = base64.b64encode(packed).decode()
    return [text[start : start + cell_length] for start in range(0, len(text), cell_length)]


def remember_taken(
    export_id: str, table: Path, changes: Iterable[CellChange], folder: Path
) -> None:
    """Keep which cells a table decided, so that it can be edited further and decide again.

    Raises:
        OSError: the folder cannot be written.
    """
    cells = [[change.subject_id, change.field, change.after] for change in changes]
    path = _place(export_id, folder).with_name(export_id + _TAKEN)
    path.parent.mkdir(exist_ok=True)
    line = json.dumps({"table": str(table.resolve()), "cells": cells}, ensure_ascii=False)
    with locked(path.with_suffix(".lock")), path.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


def given_before(
    export: Exported, table: Path, rows: Mapping[str, Cells], folder: Path
) -> GivenCells:
    """Give the cells that this very table decided earlier: its own word is nobody else's.

    Another copy of the same export, which somebody else edits, has the same name. A table goes on
    from what was taken if more of these cells still say so than say what was exported; as many will
    do where the file is the same.
    """
    given: GivenCells = {}
    for place, cells in _read_taken(export.export_id, folder):
        kept = back = 0
        for clip_id, column, value in cells:
            now = rows.get(clip_id, {}).get(column)
            kept += now == value
            back += now == export.clips.get(clip_id, {}).get(column)
        if kept > back or (kept == back and place == str(table.resolve())):
            given |= {(clip_id, column): value for clip_id, column, value in cells}
    return given


def _read_taken(export_id: str, folder: Path) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    try:
        text = _place(export_id, folder).with_name(export_id + _TAKEN).read_text("utf-8")
    except (OSError, ValueError):
        return
    for line in text.splitlines():
        with suppress(ValueError, KeyError, TypeError):
            said: dict[str, Any] = json.loads(line)
            yield str(said["table"]), [(str(a), str(b), str(c)) for a, b, c in said["cells"]]


def _place(export_id: str, folder: Path) -> Path:
    return folder / f"{export_id}.json.gz"
