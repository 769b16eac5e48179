"""Which row holds: the newest that is a decision, was not retracted and is no blind opinion."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    Select,
    and_,
    exists,
    func,
    or_,
    select,
    tuple_,
)

from audioset.catalog.connection import utc
from audioset.catalog.decisions import (
    Decision,
    DecisionConflict,
    DecisionKey,
    HeldDecision,
    HeldInstead,
    RecordedDecision,
    SubjectKind,
)
from audioset.catalog.held_columns import HeldColumns
from audioset.catalog.tables import decisions as table

_ROWS_AT_ONCE = 4096
IDS_AT_ONCE = 500  # databases limit how many values one statement may have

_later = table.alias("later")
_IS_RETRACTED = exists().where(
    _later.c.retracts == table.c.op_id,
    _later.c.subject_kind == table.c.subject_kind,
    _later.c.subject_id == table.c.subject_id,
    _later.c.field == table.c.field,
)
DECIDED = and_(table.c.retracts.is_(None), ~_IS_RETRACTED)
KEY = (table.c.subject_kind, table.c.subject_id, table.c.field)


def live(review_pass: int | None = None, by: str | None = None) -> Any:
    """Give the condition of rows of which the newest holds.

    Args:
        review_pass: 1 or None is the word that holds for all; from 2 on, the opinion of `by`.
    """
    return and_(DECIDED, _in_pass(review_pass, by))


def _in_pass(review_pass: int | None, by: str | None) -> Any:
    if review_pass in (None, 1):
        return or_(table.c.review_pass.is_(None), table.c.review_pass == 1)
    return and_(table.c.review_pass == review_pass, table.c.decided_by == by)


def holding(condition: Any) -> Select[Any]:
    """Ask for the rows that hold, of those for which a condition is true."""
    return _newest(
        condition, table.c.value, table.c.decided_by, table.c.decided_at, table.c.id, table.c.op_id
    )


def _newest(condition: Any, *columns: ColumnElement[Any]) -> Select[Any]:
    newest = select(func.max(table.c.id)).where(condition).group_by(*KEY)
    return select(*KEY, *columns).where(table.c.id.in_(newest))


def values_with_author(
    connection: Connection, fields: Collection[str] | None = None
) -> HeldColumns:
    """Give for each key the value that holds, and whose it is: all that most readers need.

    Args:
        fields: which to give; all when None.
    """
    condition = live() if fields is None else and_(live(), table.c.field.in_(sorted(fields)))
    query = _newest(condition, table.c.value, table.c.decided_by)
    return HeldColumns.of_rows(_plain_rows(connection.execute(query)))


def _plain_rows(result: CursorResult[Any]) -> Iterator[Any]:
    """Give rows as the driver has them, which takes half the time."""
    cursor = result.cursor
    while cursor is not None and (some := cursor.fetchmany(_ROWS_AT_ONCE)):
        yield from some
    result.close()


def read_held(connection: Connection, query: Select[Any]) -> dict[DecisionKey, HeldDecision]:
    """Give what holds, as `holding` asks for it."""
    return {
        (kind, subject, field): HeldDecision(json.loads(value), by, utc(at), row_id, op_id)
        for kind, subject, field, value, by, at, row_id, op_id in connection.execute(query)
    }


def held_of(
    connection: Connection,
    subject_kind: SubjectKind,
    subject_ids: Iterable[str],
    *,
    review_pass: int | None = None,
    by: str | None = None,
) -> dict[DecisionKey, HeldDecision]:
    """Give what holds about some subjects."""
    held: dict[DecisionKey, HeldDecision] = {}
    for some in in_parts(subject_ids):
        about = and_(table.c.subject_kind == subject_kind, table.c.subject_id.in_(some))
        held |= read_held(connection, holding(and_(about, live(review_pass, by))))
    return held


def require_expected(
    connection: Connection,
    expected: Mapping[DecisionKey, int | None],
    *,
    review_pass: int | None,
    by: str,
) -> None:
    """Require that the rows hold that a person saw.

    Raises:
        DecisionConflict: others do.
    """
    held: dict[DecisionKey, HeldDecision] = {}
    for kind in {key[0] for key in expected}:
        ids = dict.fromkeys(key[1] for key in expected if key[0] == kind)
        held |= held_of(connection, kind, ids, review_pass=review_pass, by=by)
    changed = [
        key for key, row in expected.items() if row != (held[key].row_id if key in held else None)
    ]
    if changed:
        of_pass = _in_pass(review_pass, by)
        raise DecisionConflict(
            tuple(_instead(connection, key, held.get(key), of_pass) for key in changed)
        )


def _instead(
    connection: Connection, key: DecisionKey, held: HeldDecision | None, of_pass: Any
) -> HeldInstead:
    if held:
        return HeldInstead(key, held.value, held.by, held.at, held.row_id)
    gone = connection.execute(
        select(table.c.decided_by, table.c.decided_at)
        .where(tuple_(*KEY) == tuple_(*key), table.c.retracts.is_not(None), of_pass)
        .order_by(table.c.id.desc())
        .limit(1)
    ).first()
    return HeldInstead(key, None, gone[0] if gone else None, utc(gone[1]) if gone else None, None)


def recorded_rows(connection: Connection, condition: Any) -> list[RecordedDecision]:
    """Give all rows for which a condition is true, in their order."""
    columns = (
        table.c.decided_by, table.c.decided_at, table.c.id, table.c.op_id, table.c.retracts,
        table.c.review_pass, table.c.heard_share,
    )  # fmt: skip
    query = select(*KEY, table.c.value, *columns).where(condition).order_by(table.c.id)
    return [
        RecordedDecision(Decision(kind, subject, field, json.loads(value)), by, utc(at), *rest)
        for kind, subject, field, value, by, at, *rest in connection.execute(query)
    ]


def in_parts(ids: Iterable[str]) -> Iterator[list[str]]:
    """Divide ids into as many as one statement may have."""
    every = list(ids)
    for start in range(0, len(every), IDS_AT_ONCE):
        yield every[start : start + IDS_AT_ONCE]
