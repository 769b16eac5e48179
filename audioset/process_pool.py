"""Floor 0: processes of this machine that share the items of long work."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Generic

from audioset.errors import AudiosetError
from audioset.outcomes import Item, Outcome, Value, outcome_of, packed_items
from audioset.workers import ItemTold, Worker, packed, take

HANDFULS_PER_WORKER = 4  # that are packed and on their way
_LOOK_UP_SECONDS = 1.0


class Pool(Generic[Item, Value]):
    """Processes that share one queue of handfuls of items, and a thread here for each of them."""

    def __init__(self, function: Callable[[Item], Value], workers: int) -> None:
        self._function = packed(function, getattr(function, "__name__", "the function"))
        self._num_workers = workers
        self._waiting: SimpleQueue[tuple[int, bytes] | None] = SimpleQueue()
        self._answers: SimpleQueue[_Answer] = SimpleQueue()
        self._workers: list[Worker] = []
        self._threads: list[Thread] = []

    def run(self, numbered: Iterator[tuple[int, list[Item]]]) -> Iterator[Outcome[Item, Value]]:
        """Yield the outcomes; whoever stops listening ends the processes at once."""
        handed: dict[int, list[Item]] = {}
        once_more: list[Item] = []
        try:
            self._hand_over(numbered, handed, HANDFULS_PER_WORKER * self._num_workers)
            for _ in range(min(self._num_workers, len(handed))):
                self._start()
            while handed:
                answer = self._next_answer()
                items = handed.pop(answer.number)
                self._hand_over(numbered, handed, 1)
                if answer.died and handed:
                    self._start()
                if len(answer.told) == len(items):
                    yield from map(outcome_of, items, answer.told)
                else:  # one of them took the worker with it, or cannot even be unpacked there
                    once_more += items
            yield from self._one_by_one(once_more)
            self._finish()
        finally:
            self._end()

    def _hand_over(
        self,
        numbered: Iterator[tuple[int, list[Item]]],
        handed: dict[int, list[Item]],
        num_handfuls: int,
    ) -> None:
        for number, items in islice(numbered, num_handfuls):
            handed[number] = items
            self._waiting.put((number, packed_items(items)))

    def _start(self) -> None:
        worker = take(self._function)
        self._workers.append(worker)
        self._threads.append(Thread(target=self._attend, args=(worker,), daemon=True))
        self._threads[-1].start()

    def _attend(self, worker: Worker) -> None:
        """Give one worker handfuls until it is told to end, or died."""
        while (order := self._waiting.get()) is not None:
            number, items = order
            try:
                told = worker.call(items)
            except AudiosetError as error:
                self._answers.put(_Answer(number, unable=error))
                return
            if told is None:
                self._answers.put(_Answer(number, died=True))
                return
            self._answers.put(_Answer(number, told))

    def _next_answer(self) -> "_Answer":
        while True:
            # With a limit: on Windows, Ctrl-C does not reach a thread that waits without one.
            with suppress(Empty):
                answer = self._answers.get(timeout=_LOOK_UP_SECONDS)
                if answer.unable is not None:
                    raise answer.unable
                return answer

    def _one_by_one(self, items: Iterable[Item]) -> Iterator[Outcome[Item, Value]]:
        """Try items that failed together once more, each alone, now that the others are done."""
        worker = None
        for item in items:
            if worker is None:
                worker = Worker(self._function, again=True)
                self._workers.append(worker)
            told = worker.call(packed_items([item]))
            if told is None:
                yield Outcome(item, error=AudiosetError(worker.how_it_ended()))
                worker = None
            else:
                yield outcome_of(item, told[0])

    def _finish(self) -> None:
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join()
        for worker in self._workers:
            worker.finish()

    def _end(self) -> None:
        # Ctrl-C or a caller that stops: tasks write whole files or nothing, so ending them is safe.
        for _ in self._threads:
            self._waiting.put(None)
        for worker in self._workers:
            worker.kill()
        for thread in self._threads:
            thread.join()
        for worker in self._workers:
            worker.close()


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a worker told of a handful, that it died over it, or that it cannot be started."""

    number: int
    told: Sequence[ItemTold] = ()
    died: bool = False
    unable: AudiosetError | None = None
