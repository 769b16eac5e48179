"""Two rows about one speaker or source: one where they agree, refused where they do not.

An empty cell says nothing: where cells are merged, say, the other row says it.
"""

from collections.abc import Mapping, MutableMapping

from audioset.documents.decisions import DecidingTable
from audioset.errors import NAMES_SHOWN, InvalidInputError
from audioset.interop.clip_tables.cells import same_cell
from audioset.interop.clip_tables.columns import is_decidable, kind_of
from audioset.wording import some_of


def require_agreement(
    table: DecidingTable, subject_id: str, cells: Mapping[int, Mapping[str, str]], *numbers: int
) -> None:
    """Require that two rows say the same, but in columns that decide nothing, as of lengths.

    Args:
        table: in which they stand.
        subject_id: what both are about.
        cells: of each row, by its number.
        numbers: of the two rows.

    Raises:
        InvalidInputError: they differ; the text names the columns.
    """
    one, other = (cells[number] for number in numbers)
    differ = [
        repr(name)
        for name in one
        if is_decidable(name) and not same_cell(one[name], other[name], kind_of(name))
    ]
    if differ:
        kind = table.subject_kind
        raise InvalidInputError(
            f"{table.path}: rows {numbers[0]} and {numbers[1]} are both about {kind} {subject_id}, "
            f"and say different things of {some_of(differ, NAMES_SHOWN)}; take one of them out, or "
            f"the columns that are no facts of a {kind}; nothing was recorded"
        )


def fill_each_other(cells: MutableMapping[int, dict[str, str]], one: int, other: int) -> None:
    """Let each of two rows about the same say in its empty cells what the other says.

    Args:
        cells: of each row, by its number; those of the two are replaced.
        one, other: numbers of the two rows.
    """
    mine, others = cells[one], cells[other]
    cells[one] = {name: cell if cell.strip() else others[name] for name, cell in mine.items()}
    cells[other] = {name: cell if cell.strip() else mine[name] for name, cell in others.items()}
