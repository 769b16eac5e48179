"""Answers: values as JSON, errors as one line with a kind."""

import json
import logging
import math
from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from audioset.catalog.decisions import DecisionConflict, HeldInstead
from audioset.errors import (
    AlreadyExistsError,
    AudiosetError,
    ConflictError,
    IntegrityError,
    InvalidInputError,
    MediaError,
    NotFoundError,
    StorageError,
    TrackingError,
    one_line,
)
from audioset.records.reshaping import SharedSpeech

_STATUS: Mapping[type[AudiosetError], int] = {
    InvalidInputError: 400,
    NotFoundError: 404,
    AlreadyExistsError: 409,
    ConflictError: 409,
    MediaError: 422,
    IntegrityError: 500,
    StorageError: 503,
    TrackingError: 503,
}
_KINDS = {404: "not_found", 405: "method"}


class Json(Response):
    """A value as JSON: what is no number in it is null, and no script can be read out of it."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Encode a value."""
        try:
            text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        except ValueError:
            text = json.dumps(_finite(content), ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "replace")


class Refusal(Exception):  # noqa: N818  no fault of ours
    """A request that is not answered; it becomes an answer with an error."""

    def __init__(self, status: int, kind: str, text: str) -> None:
        super().__init__(text)
        self.status, self.kind = status, kind


def refuse(status: int, kind: str, text: str) -> Response:
    """Make the answer that says no."""
    return Json({"error": text, "kind": kind}, status)


def answer_error(_: Request, error: Exception) -> Response:
    """Make the answer of an error of ours, or of a request that fits nothing."""
    if isinstance(error, Refusal):
        return refuse(error.status, error.kind, str(error))
    if isinstance(error, HTTPException):
        kind = _KINDS.get(error.status_code, "request")
        answer = refuse(error.status_code, kind, error.detail.lower())
        answer.headers.update(error.headers or {})
        return answer
    if isinstance(error, DecisionConflict):
        told = {"error": one_line(error), "kind": error.kind}
        return Json({**told, "conflicts": [_conflict(each) for each in error.conflicts]}, 409)
    if isinstance(error, SharedSpeech):
        told = {"error": one_line(error), "kind": error.kind}
        return Json({**told, "overlap": _overlap(error)}, 400)
    if isinstance(error, AudiosetError):
        status = next((code for cls, code in _STATUS.items() if isinstance(error, cls)), 500)
        return refuse(status, error.kind, one_line(error))
    logging.getLogger("audioset.review").error("a request failed", exc_info=error)
    return refuse(
        500, "fault", f"the server failed ({type(error).__name__}); its terminal says more"
    )


def _conflict(found: HeldInstead) -> dict[str, Any]:
    kind, subject_id, field = found.key
    return {
        "subject_kind": kind,
        "subject_id": subject_id,
        "field": field,
        "value": found.value,
        "by": found.by,
        "at": found.at.isoformat() if found.at else None,
        "row_id": found.row_id,
    }


def _overlap(error: SharedSpeech) -> dict[str, Any]:
    names = ("clip_id", "shared_seconds", "num_more")
    return {name: getattr(error, name) for name in names}


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return value
