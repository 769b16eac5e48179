"""Ask MLflow without loading it where that can be, and by its own client where it cannot."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from typing import Any

from audioset.tracking.client.client import (
    backend_is_missing,
    mlflow_call,
    open_client,
    tell_not_copied,
)
from audioset.tracking.client.tracking import Tracking
from audioset.tracking.light import CannotAnswerError, LightClient, open_light
from audioset.tracking.moves import follow_move, note_home


@contextmanager
def mlflow_questions(tracking: Tracking) -> Iterator[Any]:
    """Give what answers as an MlflowClient would, for questions alone.

    The light client is asked first. What it does not know, or cannot get, MLflow's own is asked
    again: that tries longer, and says what is wrong.

    Raises:
        TrackingError: MLflow did not answer inside of the block.
    """
    with ExitStack() as stack:
        yield _Answers(tracking, stack)


class _Answers:
    """A light client with MLflow's own behind it."""

    def __init__(self, tracking: Tracking, stack: ExitStack) -> None:
        self.tracking_uri = tracking.uri
        self._tracking = tracking
        self._stack = stack
        self._own: Any = None
        self._light = _open(tracking, stack)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        light = getattr(self._light, name, None)

        def ask(*values: Any, **named: Any) -> Any:
            if light is not None and self._own is None:
                with suppress(CannotAnswerError):
                    return light(*values, **named)
            return getattr(self._mlflow(), name)(*values, **named)

        return ask

    def _mlflow(self) -> Any:
        if self._own is None:
            self._stack.enter_context(mlflow_call(self._tracking))
            self._own = open_client(self._tracking)
        return self._own


def _open(tracking: Tracking, stack: ExitStack) -> "LightClient | None":
    if backend_is_missing(tracking):
        return None
    follow_move(tracking.uri, tracking.folder)
    try:
        client = stack.enter_context(closing(open_light(tracking.uri)))
    except CannotAnswerError:
        return None
    note_home(tracking.uri, tracking.folder)
    tell_not_copied(tracking, client)
    return client
