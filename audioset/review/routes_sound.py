"""Sound: of clips by the hash of their bytes, of sources by stretches; nothing by a path."""

from collections.abc import Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from audioset.curation.review import Review
from audioset.review.asked import number_of
from audioset.review.ranges import answer_bytes

# What has one address never changes; a day, because a recording may be withdrawn.
_KEPT = {"Cache-Control": "private, max-age=86400, immutable"}
_FLAC = "audio/flac"


def sound_routes(review: Review) -> Sequence[BaseRoute]:
    """Give the routes of sound."""

    async def audio(request: Request) -> Response:
        flac = await run_in_threadpool(review.listening.audio, request.path_params["audio_sha256"])
        return answer_bytes(request, flac, _FLAC, _KEPT)

    async def peaks(request: Request) -> Response:
        sound = await run_in_threadpool(review.listening.whole, request.path_params["source_id"])
        headers = {
            **_KEPT,
            "X-Peaks-Per-Second": str(sound.peaks_per_second),
            "X-Sampling-Rate": str(sound.sampling_rate),
            "X-Num-Samples": str(sound.num_samples),
        }
        return Response(sound.peaks, 200, headers, "application/octet-stream")

    async def stretch(request: Request) -> Response:
        start, end = (number_of(dict(request.query_params), name) for name in ("start", "end"))
        source_id = request.path_params["source_id"]
        flac = await run_in_threadpool(review.listening.stretch, source_id, start, end)
        return answer_bytes(request, flac, _FLAC, _KEPT)

    return [
        Route("/audio/{audio_sha256}", audio),
        Route("/source/{source_id}/peaks", peaks),
        Route("/source/{source_id}/sound", stretch),
    ]
