"""A table about sources: a row for each video or recording, whose cells hold for all of its clips.

A speaker is decided for each clip. Another fact is one of the speaker, where all rows of a speaker
say the same of it and the table has all of the speaker's recordings; else it too is decided for
each clip.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from audioset.catalog.decisions import Decision
from audioset.catalog.fields import is_of_speakers
from audioset.curation.sources import SourcePlaces
from audioset.curation.workspace.working import Working
from audioset.documents.decisions import SUBJECT_COLUMNS, DecidingTable
from audioset.documents.facts import NamedFiles
from audioset.documents.reading.header import normal_name
from audioset.errors import NAMES_SHOWN, NotFoundError
from audioset.interop.clip_tables.agree import fill_each_other, require_agreement
from audioset.interop.clip_tables.columns import fact_keys, show_clips
from audioset.interop.clip_tables.compare import CellJudge, ComparedRow
from audioset.interop.clip_tables.headers import cells_of, match_columns
from audioset.interop.clip_tables.meanings import names_files, names_of_files, parts_of
from audioset.interop.clip_tables.speakers import SPEAKER
from audioset.records.clip_table import CellConflict, TableDecisions, UnknownSubject
from audioset.wording import count, some_of

if TYPE_CHECKING:
    import pyarrow as pa

_Clips = Mapping[str, Mapping[str, str]]  # cells of each clip of one source, by column


@dataclass(frozen=True, slots=True)
class SourceRows:
    """Which rows are about which sources.

    Attributes:
        table: with the column of the sources as its subject.
        sources: ids of the sources of each row, by its number; empty where none is found.
    """

    table: DecidingTable
    sources: Mapping[int, tuple[str, ...]]


def find_source_rows(
    table: DecidingTable, clips: "pa.Table", working: Working
) -> SourceRows | None:
    """Give which rows are about which sources; None where they are about speakers.

    That is so where no column names sources, and where two rows name the same one, as where two
    people speak in it.

    Args:
        table: without a column of clips.
        clips: all of the workspace.
    """
    names = _names_of_sources(clips, working)
    files = NamedFiles(names)
    known = {PurePath(name).name.casefold() for name in names}
    of_sources = table.subject_kind == "source"
    places = [table.subject_place] if of_sources else range(len(table.names))
    for place in places:
        is_called_so = SUBJECT_COLUMNS.get(normal_name(table.names[place])) == "source"
        if not is_called_so and not names_files(table, place, known):
            continue
        sources = {number: _find(row[place], files, names) for number, row in table.rows}
        once = Counter(source for found in sources.values() for source in found)
        if of_sources or set(once.values()) == {1}:
            about = replace(table, subject_kind="source", subject_place=place)
            return SourceRows(about, sources)
    return None


def _names_of_sources(clips: "pa.Table", working: Working) -> dict[str, set[str]]:
    """Give the ids of the sources of each name: their own, that of the first cut, and today's."""
    here = SourcePlaces.read(working.folder).by_sha256
    found: defaultdict[str, set[str]] = defaultdict(set)
    columns = ["source_id", "source_name", "source_sha256"]
    for row in clips.select(columns).group_by(columns).aggregate([]).to_pylist():
        place = here.get(row["source_sha256"])
        today = PurePath(place.path).name if place else row["source_name"]
        for name in (row["source_id"], row["source_name"], today):
            found[name].add(row["source_id"])
    return dict(found)


def _find(cell: str, files: NamedFiles, names: Mapping[str, set[str]]) -> tuple[str, ...]:
    """Give the ids of the sources that a cell names, one or several; a name of two is of none."""
    for parts in ([cell], parts_of(cell)):
        found = [files.find(part).file for part in parts if part.strip()]
        ids = [names[name] for name in found if name]
        if ids and len(ids) == len(found) and all(len(each) == 1 for each in ids):
            return tuple(dict.fromkeys(source for each in ids for source in each))
    return ()


def judge_sources(
    rows: SourceRows, clips: "pa.Table", judge: CellJudge, working: Working
) -> TableDecisions:
    """Hold the rows against what all clips of each source say; see `decide_table`.

    Raises:
        NotFoundError: no row names a source.
        InvalidInputError: two rows say different things of one source.
    """
    table = rows.table
    if not any(rows.sources.values()):
        names = some_of(sorted(set(clips["source_name"].to_pylist())), NAMES_SHOWN)
        raise NotFoundError(f"{table.path} names no source of {working.folder}; there are {names}")
    columns, notes = match_columns(table, fact_keys(clips), {}, names_of_files(clips))
    wanted = [*dict.fromkeys([SPEAKER, *(column.name for column in columns)])]
    shown = show_clips(clips, wanted)
    of_source: defaultdict[str, dict[str, Mapping[str, str]]] = defaultdict(dict)
    for (clip, values), source in zip(
        shown.cells.items(), clips["source_id"].to_pylist(), strict=True
    ):
        of_source[source][clip] = dict(zip(wanted, values, strict=True))
    cells = cells_of(table, columns, {})
    once = _once_each(rows, cells)
    about: dict[int, _Clips] = {}
    judge.subject_kind = "clip"
    for number, row in table.rows:
        every = {c: v for source in once[number] for c, v in of_source[source].items()}
        name, mine = table.subject_of(row), cells[number]
        its = _meant(number, name, mine, every, judge)
        if its:
            about[number] = its
            now = {column.name: _shared(its, column.name) for column in columns}
            judge.add(ComparedRow(number, name, mine, now, None, {}))
    judge.decisions = [*_spread(judge, about, cells, of_source)]
    return TableDecisions(
        path=table.path,
        sheet=table.sheet,
        subject_kind="source",
        num_rows=len(table.rows),
        changes=tuple(judge.changes),
        untaken=tuple(judge.untaken),
        unknown=tuple(
            UnknownSubject(row=number, subject_id=table.subject_of(row))
            for number, row in table.rows
            if not rows.sources[number]
        ),
        notes=(
            *table.notes,
            f"by its column {table.names[table.subject_place]!r} rows are about sources: "
            f"{count(len(about), 'row')} for {count(sum(map(len, about.values())), 'clip')}, "
            "all of each source",
            *notes,
            *judge.notes(are_known=False),
        ),
    )


def _once_each(
    rows: SourceRows, cells: MutableMapping[int, dict[str, str]]
) -> dict[int, tuple[str, ...]]:
    """Give the sources of each row that no row above is about; one that is says the same."""
    first: dict[str, int] = {}
    for number, sources in rows.sources.items():
        for source in sources:
            if first.setdefault(source, number) != number:
                if sources == rows.sources[first[source]]:
                    fill_each_other(cells, first[source], number)
                require_agreement(rows.table, source, cells, first[source], number)
    return {
        number: tuple(source for source in sources if first[source] == number)
        for number, sources in rows.sources.items()
    }


def _meant(
    number: int, name: str, mine: Mapping[str, str], clips: _Clips, judge: CellJudge
) -> _Clips:
    """Give the clips that a row is about; where speakers were told apart, those of its own.

    A clip of which nobody said who speaks, as one that was made by hand, is of the only speaker.
    None, and the row is left, where it names another than these.
    """
    said, speakers = mine.get(SPEAKER, "").strip(), {cells[SPEAKER] for cells in clips.values()}
    if not said or judge.overwrite or len(speakers) <= 1 or speakers == {said, ""}:
        return clips
    if said in speakers:
        return {clip: cells for clip, cells in clips.items() if cells[SPEAKER] == said}
    judge.untaken.append(
        CellConflict(
            row=number,
            subject_id=name,
            field=SPEAKER,
            kind="conflict",
            base="",
            theirs=some_of(sorted(one or "nobody" for one in speakers), NAMES_SHOWN),
            mine=said,
        )
    )
    return {}


def _shared(clips: _Clips, column: str) -> str:
    """Give what all clips say; where they differ the row's word is new to some of them."""
    values = {cells[column] for cells in clips.values()}
    return next(iter(values)) if len(values) == 1 else ""


def _spread(
    judge: CellJudge,
    about: Mapping[int, _Clips],
    cells: Mapping[int, Mapping[str, str]],
    of_source: Mapping[str, _Clips],
) -> Iterator[Decision]:
    """Make what was decided of sources decisions about speakers, or about each of the clips."""
    speakers = {
        number: cells[number].get(SPEAKER, "").strip() or _shared(clips, SPEAKER)
        for number, clips in about.items()
    }
    here = {clip for clips in about.values() for clip in clips}
    elsewhere = {
        each[SPEAKER]
        for clips in of_source.values()
        for clip, each in clips.items()
        if clip not in here
    }
    said: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for number, speaker in speakers.items():
        for column in cells[number]:
            said[speaker, column].add(cells[number][column].strip())
    done: set[Any] = set()
    pairs: Sequence[tuple[Decision, Any]] = list(zip(judge.decisions, judge.changes, strict=True))
    for decision, change in pairs:
        speaker, field = speakers[change.row], decision.field
        is_theirs = (
            is_of_speakers(field)
            and speaker
            and speaker not in elsewhere
            and len(said[speaker, field]) == 1
        )
        for clip in about[change.row]:  # what was decided of one clip goes before its speaker's
            if not is_theirs or ("clip", clip, field) in judge.decided:
                yield replace(decision, subject_id=clip)
        if is_theirs and (speaker, field) not in done:
            done.add((speaker, field))
            yield Decision("speaker", speaker, field, decision.value)
