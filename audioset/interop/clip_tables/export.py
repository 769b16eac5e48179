"""Working clips as a table: one row each, with what holds now, to be edited and taken back."""

import csv
import io
import os
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from audioset.curation.workspace.effective import find_unsure, read_all_effective
from audioset.curation.workspace.private_words import filter_with_private_words
from audioset.curation.workspace.working import Working
from audioset.documents.reading.text import MAX_BYTES
from audioset.errors import AlreadyExistsError, InvalidInputError, NotFoundError, as_option
from audioset.interop.clip_tables.base import pack, remember, to_enclose
from audioset.interop.clip_tables.book import MOST_LETTERS, MOST_LINKS, make_book
from audioset.interop.clip_tables.columns import (
    EXPORTED,
    SUBJECT,
    ShownClips,
    choose_columns,
    is_decidable,
    show_clips,
)
from audioset.records.clip_table import ExportedTable
from audioset.records.identity import clip_path
from audioset.records.table_cell import to_cell
from audioset.storage.files import write_atomically

_DELIMITERS = {".csv": ",", ".tsv": "\t"}
_BOOK = ".xlsx"


def export_table(
    working: Working,
    path: Path,
    *,
    where: str | None = None,
    columns: Sequence[str] = (),
    overwrite: bool = False,
) -> ExportedTable:
    """Write working clips as a table; see `Workspace.export_table`.

    Raises:
        NotFoundError: nothing was cut yet.
        InvalidInputError: not the name of a table, an unknown column, a condition that is none or
            holds for no clip, or clips that the format cannot hold.
        AlreadyExistsError: there is a file.
        StorageError: the file cannot be written, or the catalog cannot be reached.
    """
    kind = _require_name(path, overwrite=overwrite)
    every = read_all_effective(working)
    rows = filter_with_private_words(every, where, working) if where else every
    if not rows.num_rows:
        raise _no_clips(where, every.num_rows)
    shown = show_clips(rows, choose_columns(columns, every), unsure=find_unsure(working))
    export_id, packed = pack(shown, working.name)
    links = _links(shown, path, working) if kind == _BOOK else {}

    if kind == _BOOK:
        enclosed = to_enclose(packed, MOST_LETTERS)
        data = make_book(shown, export_id=export_id, enclosed=enclosed, links=links)
    else:
        data = _make_text(shown, export_id, _DELIMITERS[kind])
    _require_readable(data, path)
    write_atomically(path, lambda file: file.write(data), exclusive=not overwrite)
    remember(export_id, packed, working.exported_dir)
    return ExportedTable(
        path=path,
        num_clips=rows.num_rows,
        num_others=every.num_rows - rows.num_rows,
        columns=(SUBJECT, *shown.columns, EXPORTED),
        editable=tuple(name for name in shown.columns if is_decidable(name)),
        export_id=export_id,
        num_links=len(links),
    )


def _require_name(path: Path, *, overwrite: bool) -> str:
    kind = path.suffix.lower()
    if kind not in (*_DELIMITERS, _BOOK):
        raise InvalidInputError(
            f"{path} is no name of a table; let it end with {_BOOK}, {' or '.join(_DELIMITERS)}"
        )
    if path.exists() and not overwrite:
        raise AlreadyExistsError(
            f"{path} is there already, maybe with what somebody wrote into it: take that over with "
            f"audioset decide --from {path} (decide_table in Python), name another file, or "
            f"replace it with {as_option('overwrite', 'True')}; nothing was written"
        )
    return kind


def _no_clips(where: str | None, num_clips: int) -> InvalidInputError | NotFoundError:
    if where and num_clips:
        return InvalidInputError(f"the condition {where!r} holds for none of {num_clips:,} clips")
    return NotFoundError("there are no clips yet; start with audioset cut FILE")


def _links(shown: ShownClips, path: Path, working: Working) -> Mapping[str, str]:
    """Give the way from the table to the audio of the clips that is here."""
    try:
        here = {path.name for path in working.clips_dir.iterdir()}
        folder = os.path.relpath(working.clips_dir.resolve(), path.resolve().parent)
        start = quote(Path(folder).as_posix())
    except FileNotFoundError:
        return {}
    except ValueError:  # another drive of Windows, to which no way leads
        start = working.clips_dir.resolve().as_uri()
    names = ((clip_id, clip_path(Path(), clip_id).name) for clip_id in shown.cells)
    found = {clip_id: f"{start}/{name}" for clip_id, name in names if name in here}
    return dict(list(found.items())[:MOST_LINKS])


def _make_text(shown: ShownClips, export_id: str, delimiter: str) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    rows = ([clip_id, *cells, export_id] for clip_id, cells in shown.cells.items())
    for row in ([SUBJECT, *shown.columns, EXPORTED], *rows):
        writer.writerow([to_cell(cell) for cell in row])
    # The mark tells Excel that it is UTF-8.
    return text.getvalue().encode("utf-8-sig")


def _require_readable(data: bytes, path: Path) -> None:
    """Refuse a table that is too large to be taken back."""
    size = len(data)
    if path.suffix.lower() == _BOOK:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(member.file_size for member in archive.infolist())
    if size > MAX_BYTES:
        raise InvalidInputError(
            f"{path} would unpack to {size / 2**20:.0f} MiB, of which audioset could take back "
            f"{MAX_BYTES // 2**20}; choose clips by a condition, or columns; nothing was written"
        )
