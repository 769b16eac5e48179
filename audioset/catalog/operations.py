"""What is written to the catalog at once: an operation, and one that takes another back."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import Connection, and_, insert, select

from audioset.catalog.decisions import (
    Decision,
    DecisionKey,
    Recorded,
    RecordedDecision,
)
from audioset.catalog.holding import DECIDED, held_of, recorded_rows, require_expected
from audioset.catalog.tables import decisions as table
from audioset.errors import AlreadyExistsError, InvalidInputError, NotFoundError

_ID_LENGTH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What a person does at once: with who, and what they saw.

    Attributes:
        by: who.
        op_id: its name; a new one when None.
        expected: the row that held for each key when the person looked, None where none did.
        review_pass: from 2 on, an opinion that does not hold.
        heard_share: share of the clip that was heard, 0 to 1.

    Raises:
        InvalidInputError: a value out of its range.
    """

    by: str
    op_id: str | None = None
    expected: Mapping[DecisionKey, int | None] | None = None
    review_pass: int | None = None
    heard_share: float | None = None
    name: str = field(init=False)
    at: datetime = field(init=False)

    def __post_init__(self) -> None:
        """Check, and give a name."""
        name = str(uuid4()) if self.op_id is None else self.op_id
        if not (isinstance(name, str) and name.isprintable() and 0 < len(name) <= _ID_LENGTH):
            raise InvalidInputError(
                f"an operation is named by 1 to {_ID_LENGTH} printable characters; got {name!r}"
            )
        if self.review_pass is not None and (
            type(self.review_pass) is not int or self.review_pass < 1
        ):
            raise InvalidInputError(
                f"review_pass is a whole number from 1; got {self.review_pass!r}"
            )
        if self.heard_share is not None and not 0 <= self.heard_share <= 1:
            raise InvalidInputError(f"heard_share is from 0 to 1; got {self.heard_share!r}")
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "at", datetime.now(UTC))


def add_decisions(
    connection: Connection, decisions: Iterable[Decision], operation: Operation
) -> Recorded:
    """Record an operation, or find that it is recorded already. The lock is held.

    Raises:
        DecisionConflict: other rows hold than expected.
        AlreadyExistsError: another operation has its name.
    """
    last = {decision.key: decision for decision in decisions}  # of one key the last one holds
    earlier = _earlier(connection, operation)
    if earlier:
        said = {row.decision.key: row.decision.value for row in earlier if row.retracts is None}
        if not said or any(key not in last or last[key].value != said[key] for key in said):
            raise _taken(operation)
        return _recorded(operation, earlier, repeated=True)
    _require_expected(connection, operation, operation.review_pass, operation.by)
    return _write(connection, [_row(decision, operation) for decision in last.values()], operation)


def add_retraction(connection: Connection, retracts: str, operation: Operation) -> Recorded:
    """Record that an operation holds no more; of a retraction, that what it took back holds again.

    What is retracted already is left as it is. The lock is held.

    Raises:
        DecisionConflict: other rows hold than expected.
        NotFoundError: there is no such operation.
        AlreadyExistsError: another operation has its name.
    """
    of_it = recorded_rows(connection, table.c.op_id == retracts)
    if not of_it:
        raise NotFoundError(f"there is no operation {retracts!r}; history shows those of a clip")
    was_decision = of_it[0].retracts is None
    earlier = _earlier(connection, operation)
    if earlier:
        if earlier[0].retracts != (retracts if was_decision else None):
            raise _taken(operation)
        return _recorded(operation, earlier, repeated=True)
    _require_expected(connection, operation, of_it[0].review_pass, of_it[0].decided_by)
    if was_decision:
        still = recorded_rows(connection, and_(table.c.op_id == retracts, DECIDED))
        rows = [_row(old.decision, operation, of=old) | {"retracts": retracts} for old in still]
    else:
        rows = [
            _row(old.decision, operation, of=old) | {"heard_share": old.heard_share}
            for old in _to_hold_again(connection, of_it)
        ]
    return _write(connection, rows, operation)


def last_operation(connection: Connection, by: str) -> str | None:
    """Give the newest operation of a person that is no retraction, and was not retracted."""
    query = select(table.c.op_id).where(DECIDED, table.c.decided_by == by)
    found: str | None = connection.scalar(query.order_by(table.c.id.desc()).limit(1))
    return found


def named_operations(connection: Connection, start: str) -> list[str]:
    """Give the operations whose names begin so: that of this very name alone, else two at most."""
    begins = table.c.op_id.startswith(start, autoescape=True)
    query = select(table.c.op_id).where(begins).distinct().order_by(table.c.op_id).limit(2)
    found = list(connection.scalars(query))
    return [start] if start in found else found


def _earlier(connection: Connection, operation: Operation) -> list[RecordedDecision]:
    if operation.op_id is None:
        return []
    return recorded_rows(connection, table.c.op_id == operation.op_id)


def _taken(operation: Operation) -> AlreadyExistsError:
    return AlreadyExistsError(
        f"operation {operation.name!r} was recorded already, and did something else; name each "
        "operation anew"
    )


def _require_expected(
    connection: Connection, operation: Operation, review_pass: int | None, by: str
) -> None:
    if operation.expected:
        require_expected(connection, operation.expected, review_pass=review_pass, by=by)


def _to_hold_again(
    connection: Connection, retractions: Sequence[RecordedDecision]
) -> Iterator[RecordedDecision]:
    """Give the rows that a retraction took back, but for those whose value holds again by now."""
    taken_back = {row.decision.key: row for row in retractions}
    for old in recorded_rows(connection, table.c.op_id == retractions[0].retracts):
        kind, subject, _ = key = old.decision.key
        if key not in taken_back:
            continue
        now = held_of(
            connection, kind, [subject], review_pass=old.review_pass, by=old.decided_by
        ).get(key)
        if now is None or (now.value, now.row_id > taken_back[key].row_id) != (
            old.decision.value,
            True,
        ):
            yield old


def _row(
    decision: Decision, operation: Operation, *, of: RecordedDecision | None = None
) -> dict[str, object]:
    """Make a row; one about an earlier row is of the pass of that."""
    return {
        "decided_at": operation.at,
        "decided_by": operation.by,
        "subject_kind": decision.subject_kind,
        "subject_id": decision.subject_id,
        "field": decision.field,
        "value": json.dumps(decision.value, ensure_ascii=False),
        "op_id": operation.name,
        "retracts": None,
        "review_pass": of.review_pass if of else operation.review_pass,
        "heard_share": None if of else operation.heard_share,
    }


def _write(connection: Connection, rows: list[dict[str, object]], operation: Operation) -> Recorded:
    if rows:
        connection.execute(insert(table), rows)
    return _recorded(operation, recorded_rows(connection, table.c.op_id == operation.name))


def _recorded(
    operation: Operation, rows: Iterable[RecordedDecision], *, repeated: bool = False
) -> Recorded:
    return Recorded(operation.name, {row.decision.key: row.row_id for row in rows}, repeated)
