"""What columns from elsewhere mean: facts under the names that tables commonly have, and files."""

import re
from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING

from audioset.catalog.decisions import Decision, SubjectKind
from audioset.catalog.fields import require_decision
from audioset.documents.decisions import DecidingTable
from audioset.documents.reading.header import normal_name
from audioset.documents.reading.headings import fact_roles
from audioset.documents.reading.sheet import Row
from audioset.errors import InvalidInputError
from audioset.interop.clip_tables.cells import decided_value
from audioset.interop.clip_tables.columns import SUBJECT, kind_of

if TYPE_CHECKING:
    import pyarrow as pa

_BETWEEN_NAMES = re.compile(r"[,;\n]")
_FILES_SHARE = 0.5  # of its cells, and more, name files
# Under these a bare `fiona` is fiona.mp4; under others it may be a person.
_OF_FILES = frozenset("clip clips file files file_name filename film films recording recordings source sources video videos".split())  # noqa: E501, SIM905  # fmt: skip


def read_headings(
    table: DecidingTable, places: Collection[int], taken: Collection[str]
) -> dict[int, str]:
    """Give place -> column of the manifest, by the list of headings that ready clips come in with.

    Args:
        table: that came back.
        places: of the columns that are nothing else.
        taken: columns of the manifest that other columns are already.
    """
    headings = [name if place in places else "" for place, name in enumerate(table.names)]
    roles = fact_roles(headings, set())
    return {
        place: role
        for place, role in roles.items()
        if role not in taken and _can_be(table, place, role)
    }


def kept_fact_notes(name: str, fact: str) -> Iterator[str]:
    """Tell of a fact that clips have, whose name alone would have meant another column."""
    for role in fact_roles([name], set()).values():
        yield (
            f"column {name!r} stays the fact {fact!r}, which clips have already; name the column "
            f"{role} to decide {role}"
        )


def _can_be(table: DecidingTable, place: int, role: str) -> bool:
    """Tell whether some cell is a value of the role, or none is filled."""
    filled = [row for _, row in table.rows if row[place].strip()]
    return not filled or any(_is_value(table, row, place, role) for row in filled)


def _is_value(table: DecidingTable, row: Row, place: int, role: str) -> bool:
    try:
        value = decided_value(role, row[place], kind_of(role))
        kind: SubjectKind = "speaker" if table.subject_kind == "speaker" else "clip"
        require_decision(Decision(kind, table.subject_of(row), role, value))
    except InvalidInputError:
        return False
    return True


def names_files(table: DecidingTable, place: int, files: Collection[str]) -> bool:
    """Tell whether most filled cells of a column name sources or clips, each one or several.

    Args:
        table: that came back.
        place: of the column.
        files: what `names_of_files` gives.
    """
    is_bare = normal_name(table.names[place]) in _OF_FILES
    known = {*files, *map(_without_ending, files)} if is_bare else files
    cells = [row[place] for _, row in table.rows if row[place].strip()]
    named = sum(all(_bare_name(part) in known for part in parts_of(cell)) for cell in cells)
    return named > _FILES_SHARE * len(cells)


def names_of_files(clips: "pa.Table") -> Callable[[], frozenset[str]]:
    """Give what looks up the ids and file names of clips and their sources, in small letters."""

    def look() -> frozenset[str]:
        columns = (clips[name].unique().to_pylist() for name in ("source_name", "source_id"))
        sources = {_bare_name(name) for column in columns for name in column}
        ids = {name.casefold() for name in clips[SUBJECT].to_pylist()}
        return frozenset(sources | ids | {f"{name}.flac" for name in ids})

    return look


def parts_of(cell: str) -> list[str]:
    """Divide a cell that names several files into their names."""
    return [part.strip() for part in _BETWEEN_NAMES.split(cell) if part.strip()]


def _bare_name(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2].strip().casefold()


def _without_ending(name: str) -> str:
    return name.rpartition(".")[0] or name
