"""Floor 0: run one function over many items, here or in processes.

The one seam for scale: tasks must be idempotent and name their outputs by content, so that a
repeated task is harmless. An error is returned as that item's result; the other items go on.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, Protocol

from audioset.errors import AudiosetError
from audioset.outcomes import Item, Outcome, Value, outcome_of, packed_items
from audioset.process_pool import HANDFULS_PER_WORKER, Pool
from audioset.workers import ItemTold, can_start, packed

Ask = Callable[[str], bool]  # asks a person a question, and tells whether the answer is yes

MAX_PROGRESS_CALLS = 200  # of a Progress, however many items there are
_ITEMS_PER_THREAD = 2  # that are made, or wait for it


class Progress(Protocol):
    """Called by long work with how far it is; the command line draws bars from it."""

    def __call__(self, task: str, done: float, total: float | None, unit: str) -> None:
        """Tell that `done` of `total` units (None: unknown) of the named task are done."""


def no_progress(task: str, done: float, total: float | None, unit: str) -> None:
    """Show nothing: the default of what verbs are made of; theirs is `notebook_progress`."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What one worker takes of a machine, so that no more of them are put there than fit.

    Attributes:
        memory_bytes: of its process, the weights of its models included; 0 where nobody knows.
        num_gpus: graphics cards; a half is shared by two.
    """

    memory_bytes: int = 0
    num_gpus: float = 0.0


_NO_NEEDS = Needs()


class Engine(Protocol):
    """Where handfuls of items run instead of here: `audioset.ray_engine` has one."""

    def run(
        self, function: bytes, handfuls: Iterable[bytes], needs: Needs, *, in_order: bool = False
    ) -> Iterator[tuple[int, list[ItemTold] | None, str]]:
        """Yield the number of each handful, what was told of its items, and why nothing was.

        They come as they end, or in the order in which they were given.
        """


_in_use: ContextVar[Engine | None] = ContextVar("engine", default=None)


@contextmanager
def in_use(engine: Engine) -> Iterator[None]:
    """Let `map_items` hand its items to an engine inside of this block."""
    before = _in_use.set(engine)
    try:
        yield
    finally:
        _in_use.reset(before)


def runs_elsewhere(workers: int) -> bool:
    """Tell whether `map_items` runs in other processes, which do not tell how far they are."""
    return workers > 1 or _in_use.get() is not None


def map_items(
    function: Callable[[Item], Value],
    items: Iterable[Item],
    *,
    workers: int = 1,
    at_once: int = 1,
    apart: bool = False,
    needs: Needs = _NO_NEEDS,
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
        needs: of one item at a time, for an engine that shares out machines.

    Raises:
        InvalidInputError: the function, or an item, cannot be sent to another process.
        AudiosetError: no process can be started.
    """
    handfuls = _handfuls(items, at_once)
    engine = _in_use.get()
    if engine is not None:
        yield from _elsewhere(engine, function, handfuls, needs)
        return
    in_processes = (apart or workers > 1) and can_start()
    ahead = HANDFULS_PER_WORKER * workers if in_processes else 0
    first = list(islice(handfuls, ahead))
    if len(first) > 1:
        yield from Pool(function, workers).run(enumerate(chain(first, handfuls)))
        return
    for item in chain.from_iterable(chain(first, handfuls)):
        yield attempt(function, item)


def map_in_order(
    function: Callable[[Item], Value],
    items: Iterable[Item],
    *,
    threads: int = 1,
    needs: Needs = _NO_NEEDS,
) -> Generator[Outcome[Item, Value]]:
    """Yield one Outcome per item, in the order of the items; some are made ahead.

    For work that waits, or happens outside of Python, so that threads of this process suffice. No
    more than some items are taken before their turn, in the thread of whoever listens.

    Args:
        function: is called in several threads, or on an engine, and then picklable.
        items: the work; picklable for an engine.
        threads: 1 makes nothing ahead.
        needs: of one item at a time, for an engine that shares out machines.

    Raises:
        InvalidInputError: the function, or an item, cannot be sent to an engine.
    """
    engine = _in_use.get()
    if engine is not None:
        yield from _elsewhere(engine, function, _handfuls(items, 1), needs, in_order=True)
        return
    if threads <= 1:
        yield from (attempt(function, item) for item in items)
        return
    from concurrent.futures import Future, ThreadPoolExecutor  # late: few need it

    under_way: deque[Future[Outcome[Item, Value]]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for item in items:
                under_way.append(pool.submit(attempt, function, item))
                if len(under_way) > _ITEMS_PER_THREAD * threads:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:  # also when the listener stops early
            pool.shutdown(wait=False, cancel_futures=True)


def _elsewhere(
    engine: Engine,
    function: Callable[[Item], Value],
    handfuls: Iterator[list[Item]],
    needs: Needs,
    *,
    in_order: bool = False,
) -> Iterator[Outcome[Item, Value]]:
    """Yield outcomes of an engine; what died with its handful is tried again item by item."""
    handed: dict[int, list[Item]] = {}
    once_more: list[Item] = []
    given = packed(function, getattr(function, "__name__", "the function"))

    def pack(numbered: Iterable[tuple[int, list[Item]]]) -> Iterator[bytes]:
        for number, items in numbered:
            handed[number] = items
            yield packed_items(items)

    packs = pack(enumerate(handfuls))
    for number, told, why in engine.run(given, packs, needs, in_order=in_order):
        items = handed.pop(number)
        if told is not None and len(told) == len(items):
            yield from map(outcome_of, items, told)
        elif len(items) > 1:
            once_more += items
        else:
            yield from _lost(items, told, why)
    alone = enumerate([item] for item in once_more)
    for number, told, why in engine.run(given, pack(alone), needs) if once_more else ():
        (item,) = handed.pop(number)
        if told is not None:
            yield outcome_of(item, told[0])
        else:
            yield from _lost([item], told, why)


def _lost(
    items: list[Item], told: Sequence[ItemTold] | None, why: str
) -> Iterator[Outcome[Item, Any]]:
    for item in items:
        error = told[0][1] if told else None
        yield Outcome(item, error=error or AudiosetError(why))


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
