"""What a new clip has of others: of its parts, or of those beside it in its source."""

from collections.abc import Mapping, Sequence

from audioset.catalog.decisions import DecisionValue
from audioset.curation.workspace.laid_over import Decisions
from audioset.errors import InvalidInputError
from audioset.records.manifest import FACT_COLUMNS, Clip


def inherited(
    rows: Sequence[Clip], given: Mapping[str, str], decisions: Decisions
) -> dict[str, DecisionValue]:
    """Give what is to be decided for a clip that is made of others.

    The side is that of its parts: what was trained on may not be tested on.

    Args:
        rows: of the parts, with what was decided about them.
        given: facts that every clip of their source has.
        decisions: those that hold.

    Raises:
        InvalidInputError: its parts are on different sides.
    """
    sides = {row.split for row in rows if row.split}
    if len(sides) > 1:
        raise InvalidInputError(
            f"the clips are in {' and '.join(sorted(sides))}: nobody can be trained and tested on "
            "one clip; decide their split first"
        )
    facts = shared_facts(rows, given, decisions)
    return {**facts, **({"split": sides.pop()} if sides else {})}


def shared_facts(
    rows: Sequence[Clip], given: Mapping[str, str], decisions: Decisions
) -> dict[str, DecisionValue]:
    """Give the facts that are the same in all rows, and that a clip beside them has not by itself.

    By itself it has what was given for its source, and what was said of its speaker.

    Args:
        rows, given, decisions: as of `inherited`; no row, no fact.
    """
    facts = [_facts_of(row) for row in rows]
    first = facts[0] if facts else {}
    return {
        name: value
        for name, value in first.items()
        if all(other.get(name) == value for other in facts)
        and given.get(name) != value
        and decisions.get(("speaker", first.get("speaker", ""), name), (None,))[0] != value
    }


def _facts_of(row: Clip) -> dict[str, str]:
    columns = {name: getattr(row, name) for name in FACT_COLUMNS}
    return {**{name: value for name, value in columns.items() if value}, **row.extra}


def not_shared(rows: Sequence[Clip]) -> tuple[str, ...]:
    """Name the facts that differ between clips."""
    facts = [_facts_of(row) for row in rows]
    names = sorted({name for each in facts for name in each})
    return tuple(name for name in names if len({each.get(name) for each in facts}) > 1)


def joined_text(rows: Sequence[Clip]) -> str | None:
    """Join the texts of clips in order of time; None where one has none."""
    texts = [row.text.strip() for row in rows if row.text and row.text.strip()]
    return " ".join(texts) if len(texts) == len(rows) else None
