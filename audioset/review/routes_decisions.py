"""Decisions, and what a reviewer chose on the page."""

from collections.abc import Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from audioset.curation.review import Review
from audioset.review.answers import Json, refuse
from audioset.review.asked import decisions_of, read_object, text_of

_LATER = ("undo", "edges", "clips", "split", "merge", "bulk")


def decision_routes(review: Review) -> Sequence[BaseRoute]:
    """Give the routes by which the page changes something."""

    async def decide(request: Request) -> Response:
        asked = await read_object(request)
        op_id = text_of(asked, "op_id", most=100)
        answer = await run_in_threadpool(review.decide, decisions_of(asked))
        return Json({"op_id": op_id, "row_ids": [], **answer})

    async def not_yet(_: Request) -> Response:
        return refuse(501, "not_yet", "this audioset cannot do that on the page yet")

    async def keep_settings(request: Request) -> Response:
        return Json(await run_in_threadpool(review.keep, "settings", await read_object(request)))

    async def keep_filters(request: Request) -> Response:
        filters = (await read_object(request)).get("filters")
        return Json(await run_in_threadpool(review.keep, "filters", filters))

    async def changes(_: Request) -> Response:
        changed = await run_in_threadpool(review.refresh)
        session = await run_in_threadpool(review.session)
        return Json(
            {
                "last_row_id": session["last_row_id"],
                "generation": session["generation"],
                "clips_changed": changed,
                "rows": [],
                "news": [],
            }
        )

    return [
        Route("/api/decisions", decide, methods=["POST"]),
        Route("/api/settings", keep_settings, methods=["PUT"]),
        Route("/api/filters", keep_filters, methods=["PUT"]),
        Route("/api/changes", changes),
        *(Route(f"/api/{name}", not_yet, methods=["POST"]) for name in _LATER),
        Route("/api/agreement", not_yet),
    ]
