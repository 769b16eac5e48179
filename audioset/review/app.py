"""The app: which address is answered by what."""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute

from audioset.curation.review import Review
from audioset.errors import AudiosetError
from audioset.review.answers import Refusal, answer_error
from audioset.review.routes_clips import clip_routes
from audioset.review.routes_decisions import decision_routes
from audioset.review.routes_page import page_routes
from audioset.review.routes_recut import recut_routes
from audioset.review.routes_sound import sound_routes
from audioset.review.security import Door, Guarded


def make_app(review: Review, door: Door) -> Guarded:
    """Make the app of one review, behind its door."""
    routes: Sequence[BaseRoute] = [
        *page_routes(),
        *clip_routes(review),
        *decision_routes(review),
        *sound_routes(review),
        *recut_routes(review),
    ]
    errors = (AudiosetError, Refusal, HTTPException, Exception)
    return Guarded(
        Starlette(routes=routes, exception_handlers=dict.fromkeys(errors, answer_error)), door
    )
