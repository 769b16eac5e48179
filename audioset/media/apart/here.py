"""Read media in a worker itself, which has a core of its own and may die with a file.

A helper beside each worker is worth its start and its memory where cores are left for it. Where
they are not, what it would do is done here, with the same answers and the same errors.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from audioset.errors import AudiosetError
from audioset.workers import may_die

_no_helper: ContextVar[bool] = ContextVar("no_helper", default=False)


@contextmanager
def no_helper() -> Iterator[None]:
    """Let `apart` read in this process inside of the block, if that is one that may die."""
    before = _no_helper.set(True)
    try:
        yield
    finally:
        _no_helper.reset(before)


def reads_here() -> bool:
    """Tell whether `apart` shall read in this process."""
    return _no_helper.get() and may_die()


def answers_here(
    function: Callable[..., Iterator[Any]], order: tuple[object, ...]
) -> Generator[Any]:
    """Yield what a helper would answer.

    Raises:
        AudiosetError: what the function raises, in the words of a helper.
    """
    try:
        yield from function(*order)
    except AudiosetError:
        raise
    except Exception as error:
        raise AudiosetError(f"{type(error).__name__}: {error}") from error
