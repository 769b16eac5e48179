"""Decisions, and what a reviewer chose on the page."""

from collections.abc import Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from audioset.curation.review import Review
from audioset.errors import InvalidInputError
from audioset.review.answers import Json
from audioset.review.asked import (
    number_of,
    op_id_of,
    operation_of,
    read_object,
    text_of,
    value_of,
    wish_of,
)


def decision_routes(review: Review) -> Sequence[BaseRoute]:
    """Give the routes by which the page changes something."""

    async def decide(request: Request) -> Response:
        wanted = operation_of(await read_object(request))
        return Json(await run_in_threadpool(review.decide, wanted))

    async def undo(request: Request) -> Response:
        asked = await read_object(request)
        undoes = text_of(asked, "undoes")
        return Json(await run_in_threadpool(review.undo, op_id_of(asked), undoes))

    async def bulk(request: Request) -> Response:
        asked = await read_object(request)
        dry_run = asked.get("dry_run", True)
        if not isinstance(dry_run, bool):
            raise InvalidInputError("dry_run is true or false")
        count = None if dry_run else number_of(asked, "count")
        wish, field, value = wish_of(asked), text_of(asked, "field"), value_of(asked)

        def run() -> object:
            return review.bulk(op_id_of(asked), wish, field, value, count=count)

        return Json(await run_in_threadpool(run))

    async def changes(request: Request) -> Response:
        since = number_of(dict(request.query_params), "since")
        return Json(await run_in_threadpool(review.changes, since))

    async def keep_settings(request: Request) -> Response:
        return Json(await run_in_threadpool(review.keep, "settings", await read_object(request)))

    async def keep_filters(request: Request) -> Response:
        filters = (await read_object(request)).get("filters")
        return Json(await run_in_threadpool(review.keep, "filters", filters))

    async def agreement(_: Request) -> Response:
        return Json((await run_in_threadpool(review.shared.agreement)).to_json_dict())

    return [
        Route("/api/decisions", decide, methods=["POST"]),
        Route("/api/undo", undo, methods=["POST"]),
        Route("/api/bulk", bulk, methods=["POST"]),
        Route("/api/changes", changes),
        Route("/api/settings", keep_settings, methods=["PUT"]),
        Route("/api/filters", keep_filters, methods=["PUT"]),
        Route("/api/agreement", agreement),
    ]
