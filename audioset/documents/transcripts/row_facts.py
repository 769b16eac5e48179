"""Facts in the columns of a table of lines: who speaks is of what age and from where, row by row.

They are found by the names that `import folder` knows as well. The language stays out: it chooses
the voice that says the lines, and is asked for by an option.
"""

from collections.abc import Collection, Mapping, Sequence

from audioset.documents.reading.cell import LOST, made_of
from audioset.documents.reading.headings import fact_roles
from audioset.documents.reading.sheet import NumberedRow
from audioset.documents.reading.text import shown
from audioset.records.manifest import FACT_COLUMNS

_READ_ELSEWHERE = ("speaker", "language")
_MOST_NAMED = 6


def find_fact_columns(header: Sequence[str], taken: Collection[int | None]) -> dict[int, str]:
    """Give place -> manifest column, of the columns that say facts.

    Args:
        header: names of the columns.
        taken: places of columns that say something else.
    """
    places = {place for place in taken if place is not None}
    found = fact_roles(header, places).items()
    return {
        place: fact for place, fact in found if fact in FACT_COLUMNS and fact not in _READ_ELSEWHERE
    }


def facts_of_row(row: Sequence[str], columns: Mapping[int, str]) -> tuple[tuple[str, str], ...]:
    """Give (manifest column, value) of the cells that say something, by column."""
    cells = {fact: row[place] for place, fact in columns.items() if place < len(row)}
    return tuple(
        (fact, " ".join(cell.split()))
        for fact, cell in sorted(cells.items())
        if cell.strip() and made_of(cell) not in LOST
    )


def tell_columns(
    header: Sequence[str],
    rows: Sequence[NumberedRow],
    facts: Mapping[int, str],
    taken: Collection[int | None],
) -> list[str]:
    """Say which columns are taken as facts, and which are not read; counts of lines are no loss.

    Args:
        header: names of the columns.
        rows: below it.
        facts: place -> manifest column.
        taken: places of columns that say something else.
    """
    told = []
    if facts:
        named = ", ".join(
            shown(header[place])
            if header[place].strip().lower() == fact
            else f"{shown(header[place])} as {fact}"
            for place, fact in sorted(facts.items())
        )
        told.append(f"taken as facts: {named}")
    unread = [
        shown(name)
        for place, name in enumerate(header)
        if name.strip()
        and place not in facts
        and place not in taken
        # A second column of a fact is told of even where it holds numbers.
        and (_says(rows, place) or (find_fact_columns([name], ()) and _is_filled(rows, place)))
    ]
    if unread:
        more = f" and {len(unread) - _MOST_NAMED} more" if len(unread) > _MOST_NAMED else ""
        told.append(
            f"not read: {', '.join(unread[:_MOST_NAMED])}{more} (a column named as a fact is taken "
            "as one: age, accent, location, ...)"
        )
    return told


def _says(rows: Sequence[NumberedRow], place: int) -> bool:
    """Tell whether something other than numbers stands in a column."""
    cells = (row[place] for _, row in rows if place < len(row))
    return any(any(map(str.isalpha, cell)) for cell in cells)


def _is_filled(rows: Sequence[NumberedRow], place: int) -> bool:
    return any(row[place].strip() for _, row in rows if place < len(row))
