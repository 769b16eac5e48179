"""The texts of sources as lines files: a table for each, to be corrected and to be cut by.

One row per line in order of time, with the texts that hold now and who wrote them; lines that no
clip is of stand where they belong, and facts that lines said have columns. What stands in them is
read by `documents/transcripts/table.py` and `documents/transcripts/writer.py`.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from audioset.curation.workspace.effective import scan_effective_files
from audioset.curation.workspace.working import Working
from audioset.documents.transcripts import read_table
from audioset.errors import (
    NAMES_SHOWN,
    AlreadyExistsError,
    InvalidInputError,
    NotFoundError,
    as_option,
)
from audioset.interop.exporters.asked_lines import AskedLines
from audioset.near_names import ask_whether
from audioset.records.lines import WRITER_COLUMNS, Line, Writer
from audioset.records.manifest import SOURCE_KEY, Clip, clips_from_table
from audioset.records.table_cell import to_book_cell, to_cell
from audioset.storage.files import write_atomically
from audioset.storage.tables import read_manifest_metadata

if TYPE_CHECKING:
    from typing import BinaryIO

HEADER = ("text", "speaker", "takes", *WRITER_COLUMNS)
FOLDER = "lines"  # of the workspace, where files go that nobody named
_SUFFIX = ".lines.csv"

LineCells = tuple[str, ...]  # cells of HEADER, and of facts behind them


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedLines:
    """The lines file of one source.

    Attributes:
        path: of the file.
        source_id: of the source.
        source_name: its file name.
        status: "written", "unchanged" (the file said just this already), or "empty" (no clip has a
            text, and no file was written).
        num_lines: rows, the header not counted.
        num_clips: that they stand for, all takes together.
        num_missing: rows of lines that no clip is of, so that the next cut looks for them again.
        text_sources: how many lines each writer wrote, most first.
        num_without_text: clips that are left out because they have no text.
        num_rejected: clips with a text that a person rejected: they are no lines of their own.
        source_url: where the source was fetched from; None for a local file, of which only the name
            is kept with its clips.
        source_path: where it lay on this machine when it was last read; None when not known.
    """

    path: Path
    source_id: str
    source_name: str
    status: str
    num_lines: int
    num_clips: int
    text_sources: Mapping[str, int]
    num_missing: int = 0
    num_without_text: int = 0
    num_rejected: int = 0
    source_url: str | None = None
    source_path: str | None = None


def export_lines(
    working: Working,
    path: Path | None = None,
    *,
    source: str | None = None,
    overwrite: bool = False,
) -> tuple[ExportedLines, ...]:
    """Write the texts of sources that were cut; see `Workspace.export_lines`.

    Raises:
        NotFoundError: nothing was cut, or no such source.
        InvalidInputError: several sources for one file, a name that fits several sources, or an
            ending that is none of a table.
        AlreadyExistsError: a file says something else, which a person may have written.
        StorageError: the file cannot be written, or the catalog cannot be reached.
    """
    names = _find_sources(working, source)
    files = _place(names, path, working)
    if not overwrite and any(file.exists() for file in files.values()):
        for clips, asked in _each_source(working, files):
            _require_same(files[clips[0].source_id], _table_of(clips, asked))
    exported = tuple(
        replace(
            _export(clips, asked, files[clips[0].source_id], overwrite=overwrite),
            source_url=_url_of(clips[0].source_id, working),
        )
        for clips, asked in _each_source(working, files)
    )
    if not any(each.num_lines for each in exported):
        raise NotFoundError(
            f"no clip of {source or 'any source'} has a text; audioset transcribe or audioset "
            "decide writes some"
        )
    return exported


def _find_sources(working: Working, source: str | None) -> dict[str, str]:
    """Give id and name of the sources that were cut, or of the one that is meant."""
    names: dict[str, str] = {}
    for path, batch in scan_effective_files(working, ("source_id", "source_name")):
        if batch.num_rows and _was_cut(path):
            row = batch.slice(0, 1).to_pylist()[0]
            names[row["source_id"]] = row["source_name"]
    if source is not None:
        names = _chosen(names, source)
    if not names:
        raise NotFoundError("no source was cut here, so none has lines; start with audioset cut")
    return names


def _url_of(source_id: str, working: Working) -> str | None:
    manifest = working.manifests_dir / f"{source_id}.parquet"
    if not manifest.exists():
        return None
    told: dict[str, Any] = json.loads(read_manifest_metadata(manifest)[SOURCE_KEY])
    return told.get("url")


def _was_cut(manifest: Path) -> bool:
    """Tell a manifest of one source that was cut from one of clips that were imported."""
    return SOURCE_KEY in read_manifest_metadata(manifest)


def _chosen(names: Mapping[str, str], source: str) -> dict[str, str]:
    fitting = {
        key: name for key, name in names.items() if source == key or Path(source).name == name
    }
    if not fitting:
        known = sorted(set(names.values()))
        hint = f"sources are {', '.join(known[:NAMES_SHOWN]) or 'none'}"
        hint = ask_whether(source, [*known, *sorted(names)]) or hint
        raise NotFoundError(f"no source {source!r} was cut here; {hint}")
    if len(fitting) > 1:
        raise InvalidInputError(
            f"several sources are called {source}; name one by its id: {', '.join(sorted(fitting))}"
        )
    return fitting


def _place(names: Mapping[str, str], path: Path | None, working: Working) -> dict[str, Path]:
    """Give each source a file of its own."""
    if path is not None and not path.is_dir() and path.suffix:
        if path.suffix.lower() not in (".csv", ".xlsx"):
            raise InvalidInputError(f"{path} is neither a .csv nor a .xlsx file")
        if len(names) > 1:
            raise InvalidInputError(
                f"{path} is one file for {len(names)} sources; name a folder, or one source with "
                f"{as_option('source')}: {', '.join(sorted(names.values())[:NAMES_SHOWN])}"
            )
        return dict.fromkeys(names, path)
    folder = path if path is not None else working.folder / FOLDER
    stems = {key: Path(name).stem for key, name in names.items()}
    often = Counter(stem.casefold() for stem in stems.values())
    return {
        key: folder / f"{stem if often[stem.casefold()] == 1 else key}{_SUFFIX}"
        for key, stem in stems.items()
    }


def _each_source(
    working: Working, wanted: Collection[str]
) -> Iterator[tuple[list[Clip], AskedLines]]:
    """Give the clips of one source after the other, in order of time, and what it was cut by."""
    for path, batches in groupby(scan_effective_files(working), key=itemgetter(0)):
        if not _was_cut(path):
            continue
        clips = [
            clip
            for _, batch in batches
            for clip in clips_from_table(batch)
            if clip.source_id in wanted
        ]
        if clips:
            clips.sort(key=lambda clip: (clip.start_sample, clip.end_sample, clip.clip_id))
            yield clips, AskedLines.read(path, clips)


def _require_same(path: Path, table: Sequence[LineCells]) -> None:
    if len(table) > 1 and _is_there(path, table) is False:
        raise AlreadyExistsError(
            f"{path} says something else than the clips do, maybe by a person: cut by it, name "
            f"another file, or replace it with {as_option('overwrite', 'True')}; nothing was "
            "written"
        )


def _export(
    clips: Sequence[Clip], asked: AskedLines, path: Path, *, overwrite: bool
) -> ExportedLines:
    table = _table_of(clips, asked)
    rows = table[1:]
    status = "unchanged" if _is_there(path, table) else "written" if rows else "empty"
    if status == "written":
        _write(path, table, exclusive=not overwrite)
    with_text = [clip for clip in clips if _flat(clip.text)]
    writers = Counter(row[HEADER.index("text_source")] for row in rows)
    return ExportedLines(
        path=path,
        source_id=clips[0].source_id,
        source_name=clips[0].source_name,
        status=status,
        num_lines=len(rows),
        num_clips=sum(len(takes) for takes in _lines(clips)),
        num_missing=len(rows) - sum(1 for _ in _lines(clips)),
        text_sources=dict(writers.most_common()),
        num_without_text=len(clips) - len(with_text),
        num_rejected=sum(clip.accepted is False for clip in with_text),
    )


def _table_of(clips: Sequence[Clip], asked: AskedLines) -> list[LineCells]:
    """Give the header and the rows; only the header where no clip has a text."""
    lines = list(_lines(clips))
    rows = [_row(takes, asked.facts) for takes in lines]
    missing = list(asked.places([takes[0].line for takes in lines])) if rows else []
    for place, some in reversed(missing):
        rows[place:place] = [_row_without_clips(line, asked.facts) for line in some]
    return [(*HEADER, *asked.facts), *rows]


def _lines(clips: Sequence[Clip]) -> Iterator[list[Clip]]:
    """Give the clips of each line: the takes that follow each other with one text.

    A rejected take is said all the same, so it counts where its line has another one.
    """
    with_text = (clip for clip in clips if _flat(clip.text))
    for key, group in groupby(with_text, key=_line_of):
        takes = list(group)
        for line in [takes] if key[0] is not None else [[clip] for clip in takes]:
            if any(clip.accepted is not False for clip in line):
                yield line


def _line_of(clip: Clip) -> tuple[int | None, str, str | None]:
    return clip.line, _flat(clip.text), clip.speaker


def _row_without_clips(line: Line, facts: Sequence[str]) -> LineCells:
    writer = line.writer or Writer(text_source="transcript")
    said = dict(line.facts)
    return (
        _flat(line.text),
        line.speaker or "",
        "" if line.takes is None else str(line.takes),
        writer.text_source,
        _shortest(writer.text_score),
        _flat(writer.hypothesis),
        writer.hypothesis_source or "",
        *(said.get(name, "") for name in facts),
    )


def _row(takes: Sequence[Clip], facts: Sequence[str]) -> LineCells:
    kept = [clip for clip in takes if clip.accepted is not False]
    # One text for all takes: where a person stands for it on one, it is that person's.
    clip = next((clip for clip in kept if clip.text_source == "human"), kept[0])
    text, source = _flat(clip.text), clip.text_source or ""
    hypothesis, model = clip.hypothesis, clip.hypothesis_source
    if source == "subtitles" or (hypothesis is None and source.startswith("model:")):
        # What a changed text is held against.
        hypothesis, model = text, None
    # That of other texts tells how well an aligner found them, which the next cut does anew.
    score = _shortest(clip.text_score) if source.startswith("model:") else ""
    return (
        text,
        clip.speaker or "",
        str(len(takes)),
        source,
        score,
        _flat(hypothesis),
        model or "",
        *(_flat(getattr(clip, name)) for name in facts),
    )


def _shortest(score: float | None) -> str:
    """Write a score with as few digits as give the same float32."""
    return "" if score is None else np.format_float_positional(np.float32(score), trim="-")


def _flat(text: str | None) -> str:
    return " ".join((text or "").split())


def _is_there(path: Path, expected: Sequence[LineCells]) -> bool | None:
    """Tell whether a file holds this table already; None where there is no file."""
    if not path.exists():
        return None
    try:
        table = read_table(path)
    except InvalidInputError:
        return False
    width = len(expected[0])
    padded = [tuple([*row, *[""] * width])[: max(width, len(row))] for row in table]
    return padded == list(expected)


def _write(path: Path, table: Sequence[LineCells], *, exclusive: bool) -> None:
    fill = _fill_book if path.suffix.lower() == ".xlsx" else _fill_csv
    write_atomically(path, lambda file: fill(file, table), exclusive=exclusive)


def _fill_csv(file: "BinaryIO", table: Sequence[LineCells]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([to_cell(cell) for cell in row] for row in table)
    # The mark tells Excel that it is UTF-8.
    file.write(text.getvalue().encode("utf-8-sig"))


def _fill_book(file: "BinaryIO", table: Sequence[LineCells]) -> None:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    numbers = {HEADER.index("takes"), HEADER.index("text_score")}
    book = Workbook(write_only=True)
    page = book.create_sheet("lines")
    page.freeze_panes = "A2"
    page.column_dimensions["A"].width = 80

    def cell(column: int, value: str) -> Any:
        if column in numbers and value and value != HEADER[column]:
            return float(value)
        made = WriteOnlyCell(page, to_book_cell(ILLEGAL_CHARACTERS_RE.sub("", value)))
        made.data_type = "s"  # what begins with = is a text too, no formula
        made.quotePrefix = True  # and stays one when somebody edits it
        return made

    for row in table:
        page.append([cell(column, value) for column, value in enumerate(row)])
    book.save(file)
