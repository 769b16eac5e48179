"""A table about speakers: a row each, without clips; its cells are facts of all their clips."""

from typing import TYPE_CHECKING

from audioset.documents.decisions import DecidingTable
from audioset.errors import NotFoundError
from audioset.interop.clip_tables.agree import fill_each_other, require_agreement
from audioset.interop.clip_tables.columns import fact_keys, show_clips
from audioset.interop.clip_tables.compare import CellJudge, ComparedRow
from audioset.interop.clip_tables.headers import cells_of, match_columns
from audioset.interop.clip_tables.meanings import names_of_files
from audioset.records.clip_table import TableDecisions, UnknownSubject

if TYPE_CHECKING:
    import pyarrow as pa

SPEAKER = "speaker"


def judge_speakers(table: DecidingTable, judge: CellJudge, clips: "pa.Table") -> TableDecisions:
    """Hold the rows against what all clips of each speaker say; see `decide_table`.

    Raises:
        NotFoundError: no speaker of the table has a clip.
        InvalidInputError: two rows say different things of one speaker.
    """
    columns, notes = match_columns(table, fact_keys(clips), {}, names_of_files(clips))
    shown = show_clips(clips, [SPEAKER, *(column.name for column in columns)])
    said: dict[str, list[set[str]]] = {}
    for speaker, *values in shown.cells.values():
        sets = said.setdefault(speaker, [set() for _ in values])
        for seen, value in zip(sets, values, strict=True):
            seen.add(value)
    cells = cells_of(table, columns, {})
    first: dict[str, int] = {}
    unknown = []
    for number, row in table.rows:
        speaker = table.subject_of(row)
        if speaker not in said or not speaker:
            unknown.append(UnknownSubject(row=number, subject_id=speaker))
            continue
        if first.setdefault(speaker, number) != number:
            fill_each_other(cells, first[speaker], number)
            require_agreement(table, speaker, cells, first[speaker], number)
    for speaker, number in first.items():
        # Where clips differ the speaker's word is new to some of them.
        now = {
            column.name: next(iter(seen)) if len(seen) == 1 else ""
            for column, seen in zip(columns, said[speaker], strict=True)
        }
        judge.add(ComparedRow(number, speaker, cells[number], now, None, {}))
    if unknown and not first:
        names = ", ".join(sorted(filter(None, said))) or "not set yet"
        raise NotFoundError(f"{table.path} names no speaker of these clips; speakers are {names}")
    return TableDecisions(
        path=table.path,
        sheet=table.sheet,
        subject_kind="speaker",
        num_rows=len(table.rows),
        changes=tuple(judge.changes),
        untaken=tuple(judge.untaken),
        unknown=tuple(unknown),
        notes=(*table.notes, *notes, *judge.notes(are_known=False)),
    )
