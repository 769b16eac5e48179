"""Which column of a table that comes back is which column of clips, whatever it is called now."""

import difflib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from audioset.catalog.fields import NOTE_FIELD
from audioset.documents.decisions import DecidingTable
from audioset.documents.reading.header import normal_name
from audioset.documents.reading.sheet import NumberedRow
from audioset.errors import InvalidInputError
from audioset.interop.clip_tables.base import Cells
from audioset.interop.clip_tables.cells import are_floats, same_cell, without_float
from audioset.interop.clip_tables.columns import EXPORTED, fact_column, is_decidable, kind_of
from audioset.interop.clip_tables.meanings import kept_fact_notes, names_files, read_headings
from audioset.records.manifest import column_names

_SAME_COLUMN = {"license": "licence"}
_OF_PANDAS = ("Unnamed: ", "__index_level_")  # so it calls the numbers of its rows
_RENAMED_SHARE = 0.5  # of its cells say what the column said that is missing now


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of a table: its place, from 0, and the column of clips that it is."""

    place: int
    name: str


def match_columns(
    table: DecidingTable,
    facts: Collection[str],
    before: Mapping[str, Cells],
    files: Callable[[], Collection[str]],
) -> tuple[list[TableColumn], list[str]]:
    """Tell which columns decide what.

    Args:
        table: that came back.
        facts: names of facts that clips have.
        before: what was exported, by clip; empty where that is unknown.
        files: gives names of sources and clips in small letters; asked where a column is unclear.

    Returns:
        The columns but that of the subject, and sentences about what was chosen.

    Raises:
        InvalidInputError: two columns would be the same one.
    """
    exported = set().union(*(cells.keys() for cells in list(before.values())[:1]))
    known = [
        *column_names(),
        NOTE_FIELD,
        *sorted(map(fact_column, facts)),
        *sorted(exported),
        EXPORTED,
    ]
    by_normal = {normal_name(name): name for name in reversed(known)}
    found: list[TableColumn] = []
    unclear: list[tuple[int, str]] = []
    notes: list[str] = []
    for place, name in enumerate(table.names):
        meant = name if name in known else _meant(name, by_normal)
        if place == table.subject_place or meant == EXPORTED:
            continue
        if not name:
            notes += _unnamed_note(place, table.rows)
        elif name.startswith(_OF_PANDAS):
            continue
        elif meant is None:
            unclear.append((place, name))
        else:
            found.append(TableColumn(place, meant))
            if meant != name:
                notes.append(f"column {name!r} is read as {meant}")
            if meant in facts and not before:
                notes += kept_fact_notes(name, meant)
    missing = [name for name in exported if name not in {each.name for each in found}]
    left: list[int] = []
    for place, name in unclear:
        renamed = _renamed_from(table, place, missing, before)
        if renamed is None:
            left.append(place)
            continue
        missing.remove(renamed)
        notes.append(f"column {name!r} is read as {renamed}, whose cells it holds")
        found.append(TableColumn(place, renamed))
    more, told = _from_elsewhere(table, left, [each.name for each in found], known, files)
    found += more
    notes += told
    _require_each_once(found, table)
    return sorted(found, key=lambda each: each.place), notes


def _from_elsewhere(
    table: DecidingTable,
    places: Sequence[int],
    taken: Sequence[str],
    known: Sequence[str],
    files: Callable[[], Collection[str]],
) -> tuple[list[TableColumn], list[str]]:
    """Read columns that neither clips nor an export have: facts, but for those that name files."""
    found: list[TableColumn] = []
    notes: list[str] = []
    roles = read_headings(table, places, {*taken, table.subject_kind})
    names = files() if set(places) - roles.keys() else ()
    for place in places:
        name = table.names[place]
        if place in roles:
            notes.append(f"column {name!r} is read as {roles[place]}")
        elif names_files(table, place, names):
            notes.append(f"column {name!r} names files: it decides nothing")
            continue
        else:
            notes += _new_fact_notes(name, known)
        found.append(TableColumn(place, roles.get(place, name)))
    return found, notes


def _meant(name: str, by_normal: Mapping[str, str]) -> str | None:
    bare = normal_name(name)
    return by_normal.get(_SAME_COLUMN.get(bare, bare))


def _unnamed_note(place: int, rows: Sequence[NumberedRow]) -> Iterator[str]:
    filled = sum(bool(row[place].strip()) for _, row in rows)
    if filled:
        yield f"column {place + 1} has no name: its {filled:,} cells decide nothing"


def _new_fact_notes(name: str, known: Sequence[str]) -> Iterator[str]:
    near = difflib.get_close_matches(name.casefold(), known, 1, 0.75)
    meant = f" (did you mean {near[0]}?)" if near else ""
    yield f"column {name!r} is new: it becomes a fact of its own{meant}"


def _renamed_from(
    table: DecidingTable, place: int, missing: Sequence[str], before: Mapping[str, Cells]
) -> str | None:
    """Find the exported column whose cells stand in a column of another name."""
    for name in missing:
        if not is_decidable(name):
            continue
        pairs = [
            (before[subject].get(name, ""), row[place])
            for _, row in table.rows
            if (subject := table.subject_of(row)) in before and row[place].strip()
        ]
        same = sum(same_cell(base, cell, kind_of(name)) for base, cell in pairs)
        if pairs and same >= _RENAMED_SHARE * len(pairs):
            return name
    return None


def _require_each_once(found: Sequence[TableColumn], table: DecidingTable) -> None:
    places: dict[str, int] = {}
    for column in found:
        if column.name in places:
            first = table.names[places[column.name]]
            raise InvalidInputError(
                f"{table.path}: the columns {first!r} and {table.names[column.place]!r} are both "
                f"read as {column.name}; name each once, and take one of them out"
            )
        places[column.name] = column.place


def cells_of(
    table: DecidingTable, columns: Sequence[TableColumn], before: Mapping[str, Cells]
) -> dict[int, dict[str, str]]:
    """Give the cells of each row, by number of the row; what a program made floats is undone."""
    floats = {column.name for column in columns if _made_floats(table, column, before)}
    return {
        number: {
            column.name: without_float(row[column.place])
            if column.name in floats and row[column.place].strip()
            else row[column.place]
            for column in columns
        }
        for number, row in table.rows
    }


def _made_floats(table: DecidingTable, column: TableColumn, before: Mapping[str, Cells]) -> bool:
    """Tell whether all cells end with `.0`, as pandas writes whole numbers beside empty cells."""
    if kind_of(column.name) != "string":
        return False
    if not are_floats([row[column.place] for _, row in table.rows]):
        return False
    return not any(are_floats([cells.get(column.name, "")]) for cells in before.values())
