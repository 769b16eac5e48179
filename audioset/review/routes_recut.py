"""Clips cut otherwise: edges, new clips, split, merge."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from audioset.catalog.decisions import DecisionValue
from audioset.curation.review import Review
from audioset.errors import InvalidInputError
from audioset.review.answers import Json
from audioset.review.asked import (
    expected_of,
    number_of,
    op_id_of,
    read_object,
    text_of,
    texts_of,
)

_MOST_MERGED = 100
AskedFor = dict[str, Any]
Do = Callable[[], dict[str, Any]]


def recut_routes(review: Review) -> Sequence[BaseRoute]:
    """Give the routes by which the page has clips cut otherwise."""
    recut = review.recut

    def edges(asked: AskedFor) -> Do:
        clip_id = text_of(asked, "clip_id")
        return partial(
            recut.move_edges,
            op_id_of(asked),
            clip_id,
            number_of(asked, "start_sample"),
            number_of(asked, "end_sample"),
            {("clip", clip_id, "edges"): expected_of(asked)} if "expected_id" in asked else {},
            overlap=asked.get("overlap") is True,
        )

    def make(asked: AskedFor) -> Do:
        return partial(
            recut.make_clip,
            op_id_of(asked),
            text_of(asked, "source_id"),
            number_of(asked, "start_sample"),
            number_of(asked, "end_sample"),
            _said(asked),
        )

    def split(asked: AskedFor) -> Do:
        return partial(
            recut.split_clip,
            op_id_of(asked),
            text_of(asked, "clip_id"),
            number_of(asked, "at_sample"),
            texts_of(asked, "texts", most=2) if "texts" in asked else (),
        )

    def merge(asked: AskedFor) -> Do:
        clip_ids = texts_of(asked, "clip_ids", most=_MOST_MERGED)
        return partial(recut.merge_clips, op_id_of(asked), clip_ids)

    def answering(read: Callable[[AskedFor], Do]) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            return Json(await run_in_threadpool(read(await read_object(request))))

        return answer

    return [
        Route(f"/api/{name}", answering(read), methods=["POST"])
        for name, read in (("edges", edges), ("clips", make), ("split", split), ("merge", merge))
    ]


def _said(asked: AskedFor) -> dict[str, DecisionValue]:
    """Give what is said of a new clip."""
    said: dict[str, DecisionValue] = {}
    if asked.get("text") is not None:
        said["text"] = text_of(asked, "text")
    for name in ("line", "take"):
        if asked.get(name) is not None:
            said[name] = number_of(asked, name)
            if said[name] == 0:
                raise InvalidInputError(f"{name} is a whole number from 1")
    return said
