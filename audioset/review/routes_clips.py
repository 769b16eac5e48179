"""Clips: session, queue, rows, one clip, sources."""

from collections.abc import Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from audioset.curation.review import Review
from audioset.review.answers import Json
from audioset.review.asked import read_object, texts_of, wish_of

_MOST_IDS = 200


def clip_routes(review: Review) -> Sequence[BaseRoute]:
    """Give the routes by which the page learns of clips."""

    async def session(_: Request) -> Response:
        return Json(await run_in_threadpool(review.session))

    async def queue(request: Request) -> Response:
        return Json(await run_in_threadpool(review.queue, wish_of(dict(request.query_params))))

    async def rows(request: Request) -> Response:
        clip_ids = texts_of(await read_object(request), "clip_ids", most=_MOST_IDS)
        return Json({"rows": await run_in_threadpool(review.rows, clip_ids)})

    async def clip(request: Request) -> Response:
        return Json(await run_in_threadpool(review.clip, request.path_params["clip_id"]))

    async def sources(_: Request) -> Response:
        return Json({"sources": await run_in_threadpool(review.sources)})

    async def source(request: Request) -> Response:
        return Json(
            await run_in_threadpool(review.listening.source, request.path_params["source_id"])
        )

    return [
        Route("/api/session", session),
        Route("/api/queue", queue),
        Route("/api/rows", rows, methods=["POST"]),
        Route("/api/clips/{clip_id}", clip),
        Route("/api/sources", sources),
        Route("/api/sources/{source_id}", source),
    ]
