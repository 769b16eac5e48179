"""Questions to what may be far away, all at once: nobody waits longer than for the slowest."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from audioset.errors import AudiosetError, StorageError

Answer = TypeVar("Answer")
CHECK_THE_NETWORK = "check the address and the network"


class Question(Generic[Answer]):
    """A question that was asked, and whose answer is waited for only so long."""

    def __init__(
        self,
        question: Callable[[], Answer],
        *,
        seconds: float | None,
        cure: str = CHECK_THE_NETWORK,
    ) -> None:
        """Ask at once, in a thread that never keeps the process alive.

        Args:
            question: gives the answer, or raises.
            seconds: how long to wait for it, from now; None for as long as it takes.
            cure: what to do where it does not come, for the message.
        """
        self._question = question
        self._begun = time.monotonic()
        self._seconds = seconds
        self._cure = cure
        self._answers: list[Answer] = []
        self._errors: list[BaseException] = []
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()

    def answer(self) -> Answer:
        """Wait for the answer.

        Raises:
            AudiosetError: whatever the question raises.
            StorageError: there was no answer in time.
        """
        waited = time.monotonic() - self._begun
        self._thread.join(None if self._seconds is None else max(0.0, self._seconds - waited))
        if self._answers:
            return self._answers[0]
        if self._errors:
            raise self._errors[0]
        raise StorageError(f"no answer within {self._seconds:g} s; {self._cure}")

    def try_answer(self) -> "tuple[Answer | None, AudiosetError | None]":
        """Wait for the answer; give it, or why there is none."""
        try:
            return self.answer(), None
        except AudiosetError as error:
            return None, error

    def _ask(self) -> None:
        try:
            self._answers.append(self._question())
        except BaseException as error:  # noqa: BLE001  it is raised where somebody waits for it
            self._errors.append(error)
