"""Floor 0: run one function over many items, here or in processes.

The one seam for scale: tasks must be idempotent and name their outputs by content, so that a
repeated task is harmless. An error is returned as that item's result; the other items go on.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Generic, Protocol, TypeVar

from audioset.errors import AudiosetError, InvalidInputError
from audioset.machine import tell_once
from audioset.workers import ItemTold, Worker, can_start, packed

Item = TypeVar("Item")
Value = TypeVar("Value")
Ask = Callable[[str], bool]  # asks a person a question, and tells whether the answer is yes

MAX_PROGRESS_CALLS = 200  # of a Progress, however many items there are
_HANDFULS_PER_WORKER = 4  # that are packed and on their way
_LOOK_UP_SECONDS = 1.0


class Progress(Protocol):
    """Called by long work with how far it is; the command line draws bars from it."""

    def __call__(self, task: str, done: float, total: float | None, unit: str) -> None:
        """Tell that `done` of `total` units (None: unknown) of the named task are done."""


def no_progress(task: str, done: float, total: float | None, unit: str) -> None:
    """Show nothing: the default of every verb that takes a Progress."""


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Item, Value]):
    """What became of one item: exactly one of `value` and `error` is set."""

    item: Item
    value: Value | None = None
    error: Exception | None = None


def map_items(
    function: Callable[[Item], Value],
    items: Iterable[Item],
    *,
    workers: int = 1,
    at_once: int = 1,
    apart: bool = False,
) -> Iterator[Outcome[Item, Value]]:
    """Yield one Outcome per item, in the order they finish.

    No more than some handfuls per worker are taken before their turn, so there may be millions.

    Args:
        function: must be picklable for processes; one that a script defines itself is.
        items: the work; each item picklable for processes.
        workers: 1 runs in this process; more run that many processes (see `audioset.workers`).
        at_once: items that travel to a worker together; more than 1 for items that take
            milliseconds, since sending one costs about as much.
        apart: one worker is a process too, for what may die with an item; not for one handful.

    Raises:
        InvalidInputError: the function, or an item, cannot be sent to another process.
        AudiosetError: no process can be started.
    """
    handfuls = _handfuls(items, at_once)
    in_processes = (apart or workers > 1) and can_start()
    ahead = _HANDFULS_PER_WORKER * workers if in_processes else 0
    first = list(islice(handfuls, ahead))
    if len(first) > 1:
        yield from _Pool(function, workers).run(enumerate(chain(first, handfuls)))
        return
    for item in chain.from_iterable(chain(first, handfuls)):
        yield attempt(function, item)


def _handfuls(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    taken = iter(items)
    while handful := list(islice(taken, size)):
        yield handful


def attempt(function: Callable[[Item], Value], item: Item) -> Outcome[Item, Value]:
    """Run one call inside of the fence: what a stranger's code raises is its outcome."""
    try:
        return Outcome(item, value=function(item))
    except Exception as error:  # noqa: BLE001  the error is the item's result, nothing is lost
        return Outcome(item, error=error)


class _Pool(Generic[Item, Value]):
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
            self._hand_over(numbered, handed, _HANDFULS_PER_WORKER * self._num_workers)
            for _ in range(min(self._num_workers, len(handed))):
                self._start()
            while handed:
                answer = self._next_answer()
                items = handed.pop(answer.number)
                self._hand_over(numbered, handed, 1)
                if answer.died and handed:
                    self._start()
                if len(answer.told) == len(items):
                    yield from map(_outcome, items, answer.told)
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
            self._waiting.put((number, _packed_items(items)))

    def _start(self) -> None:
        worker = Worker(self._function)
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
                worker = Worker(self._function)
                self._workers.append(worker)
            told = worker.call(_packed_items([item]))
            if told is None:
                yield Outcome(item, error=AudiosetError(worker.how_it_ended()))
                worker = None
            else:
                yield _outcome(item, told[0])

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


def _packed_items(items: list[Item]) -> bytes:
    try:
        return packed(items, str(items[0]))
    except InvalidInputError:
        for item in items:  # tells which of them it is
            packed(item, str(item))
        raise


def _outcome(item: Item, told: ItemTold) -> Outcome[Item, Any]:
    value, error, words = told
    for text in words:
        tell_once(text)
    return Outcome(item, value, error)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a worker told of a handful, that it died over it, or that it cannot be started."""

    number: int
    told: Sequence[ItemTold] = ()
    died: bool = False
    unable: AudiosetError | None = None
