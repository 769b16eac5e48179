"""A table that comes back: what somebody changed in it becomes decisions."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from audioset.catalog.decisions import SubjectKind
from audioset.catalog.fields import is_private
from audioset.curation.removed import read_removed
from audioset.curation.workspace.effective import (
    find_unsure,
    read_all_effective,
    read_decisions,
    record_decisions,
)
from audioset.curation.workspace.working import Working
from audioset.documents.decisions import DecidingTable, read_deciding_table
from audioset.errors import InvalidInputError, NotFoundError
from audioset.interop.clip_tables.base import Cells, is_export_id, remember_taken
from audioset.interop.clip_tables.cells import same_cell, show_cell
from audioset.interop.clip_tables.columns import (
    EXPORTED,
    fact_keys,
    is_decidable,
    kind_of,
    show_clips,
)
from audioset.interop.clip_tables.compare import CellJudge, ComparedRow
from audioset.interop.clip_tables.exports import Exports, find_exports
from audioset.interop.clip_tables.headers import cells_of, match_columns
from audioset.interop.clip_tables.meanings import names_of_files
from audioset.interop.clip_tables.rescue import (
    base_of_parquet,
    is_broken_manifest,
    rescue_manifest,
)
from audioset.interop.clip_tables.sources import find_source_rows, judge_sources
from audioset.interop.clip_tables.speakers import judge_speakers
from audioset.interop.clip_tables.unknown import find_unknown
from audioset.records.clip_table import TableDecisions

_ERRORS_TOLD = 3


def decide_table(
    working: Working,
    path: Path,
    *,
    sheet: str | None = None,
    overwrite: bool = False,
    dry_run: bool = False,
    by: str | None = None,
) -> TableDecisions:
    """Record what somebody changed in a table; see `Workspace.decide_table`.

    Raises:
        NotFoundError: no such table, or no clip, speaker or source of it is here.
        InvalidInputError: not a table, a value that its field cannot have, or rows about one clip
            that say different things.
        StorageError: the catalog cannot be reached or refused.
    """
    told: list[str] = []
    if is_broken_manifest(path, working):
        path, told = rescue_manifest(path, working, dry_run=dry_run)
    table = read_deciding_table(path, sheet=sheet, hidden_sheet=EXPORTED)
    kind: SubjectKind = "speaker" if table.subject_kind == "speaker" else "clip"
    judge = CellJudge(str(path), kind, overwrite, read_decisions(working))
    exports = find_exports(table, working, base_of_parquet(path))
    if table.subject_kind == "clip":
        found = _judge_clips(table, judge, exports, working)
    else:
        clips = read_all_effective(working)
        rows = find_source_rows(table, clips, working)
        found = (
            judge_speakers(table, judge, clips)
            if rows is None
            else judge_sources(rows, clips, judge, working)
        )
    found = replace(found, dry_run=dry_run, notes=(*told, *found.notes))
    if judge.errors:
        more = len(judge.errors) - _ERRORS_TOLD
        others = f"; and {more:,} more" if more > 0 else ""
        raise InvalidInputError(f"{'; '.join(judge.errors[:_ERRORS_TOLD])}{others}")
    if judge.decisions and not dry_run:
        record_decisions(judge.decisions, working, by=by)
        for export_id in filter(is_export_id, exports.found):
            changes = [each for each in found.changes if exports.by_row.get(each.row) == export_id]
            with suppress(OSError):  # without it a later change of the same cell is asked about
                remember_taken(export_id, path, changes, working.exported_dir)
    return found


def _judge_clips(
    table: DecidingTable, judge: CellJudge, exports: Exports, working: Working
) -> TableDecisions:
    every = read_all_effective(working)
    before = exports.clips()
    columns, notes = match_columns(table, fact_keys(every), before, names_of_files(every))
    names = [column.name for column in columns]
    shown = show_clips(every, names, unsure=find_unsure(working, judge.decided))
    now = {clip: dict(zip(shown.columns, row, strict=True)) for clip, row in shown.cells.items()}
    for (kind, subject, field), (value, _) in judge.decided.items():
        if kind == "clip" and field in names and is_private(field) and subject in now:
            now[subject][field] = show_cell(value)
    cells = cells_of(table, columns, before or now)
    subjects = {number: table.subject_of(row) for number, row in table.rows}
    unknown = find_unknown(subjects, cells, now, before, judge.decided, read_removed(working))
    rows = {number: clip for number, clip in subjects.items() if clip in now}
    if unknown and not rows:
        first = unknown[0]
        meant = f"; did you mean {first.nearest}?" if first.nearest else ""
        if first.removed:
            meant = f", which was removed; audioset remove --undo {first.removed} --yes undoes it"
        raise NotFoundError(
            f"{table.path} names no clip of {working.folder}: row {first.row} says "
            f"{first.subject_id or 'nothing'!r}{meant}"
        )
    mine = dict(_each_once(rows, cells, table.path))
    exports.recall_given({rows[number]: row for number, row in mine.items()}, table.path, working)
    for number, row in mine.items():
        clip = rows[number]
        base = exports.base_of(number, clip)
        judge.add(ComparedRow(number, clip, row, now[clip], base, exports.given_of(number)))
    expected = now.keys() & before.keys() if before else now.keys()
    return TableDecisions(
        path=table.path,
        sheet=table.sheet,
        subject_kind="clip",
        num_rows=len(subjects),
        num_missing=len(expected - set(rows.values())),
        changes=tuple(judge.changes),
        untaken=tuple(judge.untaken),
        unknown=unknown,
        num_theirs=judge.num_theirs,
        notes=(*table.notes, *notes, *exports.notes(working), *judge.notes(exports.are_known)),
    )


def _each_once(
    rows: Mapping[int, str], cells: Mapping[int, Cells], path: Path
) -> Iterator[tuple[int, Cells]]:
    """Give the first row of each clip.

    Raises:
        InvalidInputError: a later one says something else.
    """
    first: dict[str, int] = {}
    for number, clip in rows.items():
        if clip not in first:
            first[clip] = number
            yield number, cells[number]
            continue
        for column, cell in cells[first[clip]].items():
            other = cells[number][column]
            if is_decidable(column) and not same_cell(cell, other, kind_of(column)):
                raise InvalidInputError(
                    f"{path}: rows {first[clip]} and {number} are both about clip {clip}, and say "
                    f"different things of {column!r}: {cell!r} and {other!r}; take one of them "
                    "out; nothing was recorded"
                )
