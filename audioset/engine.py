"""Floor 0: run one function over many items, here or in processes.

The one seam for scale: tasks must be idempotent and name their outputs by content, so that a
repeated task is harmless. An error is returned as that item's result; the other items go on.
"""

import multiprocessing
import os
import pickle
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import wait
from threading import Thread
from typing import Generic, Protocol, TypeVar

from audioset.errors import AudiosetError

Item = TypeVar("Item")
Value = TypeVar("Value")

MAX_PROGRESS_CALLS = 200  # of a Progress, however many items there are


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
    function: Callable[[Item], Value], items: Sequence[Item], *, workers: int = 1
) -> Iterator[Outcome[Item, Value]]:
    """Yield one Outcome per item, in the order they finish.

    Args:
        function: must be picklable (a module-level function or a partial of one) for workers > 1.
        items: the work; each item picklable for workers > 1.
        workers: 1 runs in this process; more run that many processes.
    """
    if workers <= 1 or len(items) <= 1:
        for item in items:
            yield attempt(function, item)
        return
    waiting = dict(enumerate(items))
    for number, outcome in _run_pool(function, waiting, workers):
        del waiting[number]
        yield outcome
    # A worker that was killed took its pool with it: what is left runs again one by one, each in
    # a pool of its own, so that only the item that kills fails.
    for number, item in list(waiting.items()):
        outcomes = [outcome for _, outcome in _run_pool(function, {number: item}, 1)]
        yield outcomes[0] if outcomes else Outcome(item, error=AudiosetError(_KILLED))


def attempt(function: Callable[[Item], Value], item: Item) -> Outcome[Item, Value]:
    """Run one call inside of the fence: what a stranger's code raises is its outcome."""
    try:
        return Outcome(item, value=function(item))
    except Exception as error:  # noqa: BLE001  the error is the item's result, nothing is lost
        return Outcome(item, error=error)


_KILLED = "the worker process was killed, perhaps for lack of memory; try fewer workers"


def _run_pool(
    function: Callable[[Item], Value], items: Mapping[int, Item], workers: int
) -> "Iterator[tuple[int, Outcome[Item, Value]]]":
    """Run numbered items in processes; those that a killed worker took with it are left out."""
    # "spawn" gives workers no inherited threads, locks or open files.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(
        min(workers, len(items)), mp_context=context, initializer=_start_worker
    )
    others = set(multiprocessing.active_children())
    try:
        futures = {pool.submit(_fenced_far, function, item): n for n, item in items.items()}
        for future in as_completed(futures):
            number = futures[future]
            with suppress(BrokenProcessPool):
                value, error = future.result()
                yield number, Outcome(items[number], value=value, error=error)
    except BrokenProcessPool:  # already while the items were handed over
        pass
    except BaseException:
        # Ctrl-C or a caller that stops: tasks write whole files or nothing, so ending them is safe.
        for worker in set(multiprocessing.active_children()) - others:
            worker.terminate()
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


def _start_worker() -> None:
    """Leave Ctrl-C to the parent, and end with it even when it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


def _fenced_far(
    function: Callable[[Item], Value], item: Item
) -> tuple[Value | None, Exception | None]:
    """The fence in a worker: what cannot travel back is told instead of breaking the pool."""
    outcome = attempt(function, item)
    try:
        pickle.loads(pickle.dumps((outcome.value, outcome.error)))  # noqa: S301  our own
    except Exception as error:  # noqa: BLE001  any class may fail in its own way
        told = outcome.error or error
        return None, AudiosetError(f"{type(told).__name__}: {told}")
    return outcome.value, outcome.error
