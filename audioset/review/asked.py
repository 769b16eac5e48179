"""What a request asks for: its body and its parameters, checked."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from audioset.catalog.decisions import Decision, DecisionValue
from audioset.curation.review import QueueWish, Wanted
from audioset.errors import InvalidInputError

_MOST_CHANGES = 1000
_MOST_TEXT = 10_000
_MOST_OP_ID = 100
_WISHES = ("where", "order", "state", "flag", "speaker", "source_id", "tag", "whose")


async def read_object(request: Request) -> dict[str, Any]:
    """Read the body of a request, an object of JSON.

    Raises:
        InvalidInputError: it is something else.
    """
    body = await request.body()
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidInputError("the body is no JSON that can be read") from error
    if not isinstance(found, dict):
        raise InvalidInputError("the body is an object of JSON")
    return found


def text_of(asked: Mapping[str, Any], name: str, *, most: int = _MOST_TEXT) -> str:
    """Give a text of a body.

    Raises:
        InvalidInputError: it is missing, empty, too long, or no text.
    """
    value = asked.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= most:
        raise InvalidInputError(f"{name} is a text of 1 to {most:,} characters")
    return value


def number_of(asked: Mapping[str, Any], name: str) -> int:
    """Give a whole number of a body or of the parameters.

    Raises:
        InvalidInputError: it is missing, or none from 0 to 2**53.
    """
    value = asked.get(name)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 17:
        value = int(value)
    if type(value) is not int or not 0 <= value < 2**53:
        raise InvalidInputError(f"{name} is a whole number, 0 or more")
    return value


def texts_of(asked: Mapping[str, Any], name: str, *, most: int) -> list[str]:
    """Give a list of texts of a body.

    Raises:
        InvalidInputError: it is missing, too long, or holds something else.
    """
    values = asked.get(name)
    if not isinstance(values, list) or len(values) > most:
        raise InvalidInputError(f"{name} is a list of at most {most:,} texts")
    if not all(isinstance(value, str) for value in values):
        raise InvalidInputError(f"{name} is a list of texts")
    return values


def operation_of(asked: Mapping[str, Any]) -> Wanted:
    """Give the decisions of a body; fields and values are checked when they are recorded.

    Raises:
        InvalidInputError: there is none, there are too many, or one is of another form.
    """
    changes = asked.get("changes")
    if not isinstance(changes, list) or not 0 < len(changes) <= _MOST_CHANGES:
        raise InvalidInputError(f"changes is a list of 1 to {_MOST_CHANGES:,} decisions")
    decisions = [_decision(change) for change in changes]
    return Wanted(
        op_id=op_id_of(asked),
        decisions=decisions,
        expected={
            decision.key: expected_of(change)
            for decision, change in zip(decisions, changes, strict=True)
            if "expected_id" in change
        },
        heard_share=_share_of(asked),
    )


def op_id_of(asked: Mapping[str, Any]) -> str:
    """Give the name that the page gave to an operation.

    Raises:
        InvalidInputError: it has none.
    """
    return text_of(asked, "op_id", most=_MOST_OP_ID)


def expected_of(asked: Mapping[str, Any]) -> int | None:
    """Give the row that held when the person looked; None where nothing held.

    Raises:
        InvalidInputError: it is no number of a row.
    """
    return None if asked.get("expected_id") is None else number_of(asked, "expected_id")


def value_of(asked: Mapping[str, Any]) -> DecisionValue:
    """Give the value of a decision.

    Raises:
        InvalidInputError: it is of a kind that no decision has, or too long.
    """
    value = asked.get("value")
    if not (value is None or isinstance(value, str | bool | int)):
        raise InvalidInputError("the value of a change is a text, a number, true, false or null")
    if isinstance(value, str) and len(value) > _MOST_TEXT:
        raise InvalidInputError(f"the value of a change has at most {_MOST_TEXT:,} characters")
    return value


def wish_of(asked: Mapping[str, Any]) -> QueueWish:
    """Read which clips are wanted; what is empty is as what is not there.

    Raises:
        InvalidInputError: an unknown state or order, or something that is no text.
    """
    given = {name: text_of(asked, name) for name in _WISHES if asked.get(name)}
    return QueueWish(**given)  # type: ignore[arg-type]  # it checks its state itself


def _decision(change: object) -> Decision:
    if not isinstance(change, dict):
        raise InvalidInputError("a change is an object of JSON")
    return Decision(
        text_of(change, "subject_kind"),  # type: ignore[arg-type]  # checked when it is recorded
        text_of(change, "subject_id"),
        text_of(change, "field"),
        value_of(change),
    )


def _share_of(asked: Mapping[str, Any]) -> float | None:
    share = asked.get("heard_share")
    if share is None:
        return None
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        raise InvalidInputError("heard_share is a number from 0 to 1")
    return float(share)
