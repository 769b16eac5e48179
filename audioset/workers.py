"""Floor 0: Python processes that do one call after the other, and what they are told.

A worker is started by nothing but its own command, so that no line of the user's script runs in it:
a script needs no `if __name__ == "__main__":`, and a notebook or `python -` needs no file. Orders
and answers are pickles through its standard input and output, as every system has them. What a
script defines itself travels by value. A worker ends with the process that started it, however that
ends.
"""

import json
import os
import pickle
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from importlib import import_module
from queue import SimpleQueue
from threading import Thread
from typing import Any, BinaryIO, cast

from audioset.errors import AudiosetError, InvalidInputError

_SERVE = (
    "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); "  # Ctrl-C is for the starter
    "import json, sys; sys.path[:] = json.loads(sys.argv.pop()); "
    "from audioset.workers import serve; serve(sys.argv.pop(), again=sys.argv.pop() == 'again')"
)
_READY = b"ready to work for audioset\n"
_CRASHES = ("SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGABRT", "SIGTRAP")
_FIRST_CRASH_OF_WINDOWS = 0xC0000000  # an exit status from here on is an exception of the system

_is_worker = False  # set once, at the start of a worker
_runs_again = False  # whether its items died with another one before; set with it
_begun: "list[Worker]" = []  # that nobody took yet

ItemTold = tuple[Any, Exception | None, tuple[str, ...]]  # of one item: value, error, warnings


@contextmanager
def begun(number: int, ahead: str) -> Iterator[None]:
    """Start workers while it is still made ready what they shall do; `take` gives them out.

    Those that nobody took by the end of the block are ended.

    Args:
        number: how many.
        ahead: name of a module that they load meanwhile.
    """
    mine: list[Worker] = []
    try:
        with suppress(OSError):  # who needs one later hears of it
            for _ in range(number if can_start() else 0):
                mine.append(Worker(ahead=ahead))
                _begun.append(mine[-1])
        yield
    finally:
        for worker in mine:
            if worker in _begun:
                _begun.remove(worker)
                worker.kill()
                worker.close()


def take(function: bytes) -> "Worker":
    """Give a worker for a function, packed: one that was begun, where there is such a one."""
    if not _begun:
        return Worker(function)
    worker = _begun.pop()
    worker.give(function)
    return worker


def ending_of(status: int) -> tuple[str, bool]:
    """Name an exit status of a process, and tell whether it is that of a crash."""
    names = {-each: each.name for each in signal.Signals}
    name = names.get(status, f"status {status}")
    return name, name in _CRASHES or status >= _FIRST_CRASH_OF_WINDOWS


def can_start() -> bool:
    """Tell whether Python can be started here; a program that was frozen into one file cannot."""
    return bool(sys.executable) and not getattr(sys, "frozen", False)


def is_worker() -> bool:
    """Tell whether this process is a worker: one that dies with an item costs that item alone."""
    return _is_worker


def may_die() -> bool:
    """Tell whether this is a worker that may die with an item, since that is then tried again."""
    return _is_worker and not _runs_again


def packed(value: object, name: str) -> bytes:
    """Pack what a worker is to be given.

    Args:
        value: anything that can be pickled; what `__main__` defines goes along as a whole.
        name: of it, for the message.

    Raises:
        InvalidInputError: it cannot be sent to another process.
    """
    import cloudpickle

    try:
        return bytes(cloudpickle.dumps(value))
    except Exception as error:
        raise InvalidInputError(
            f"{name} cannot be sent to another process ({error}); define what it needs in a module "
            "of its own, or use one worker"
        ) from error


class Worker:
    """One process that runs one function, item after item, and is given some at once.

    Attributes:
        process: the process; its status says how it ended.
    """

    def __init__(
        self, function: bytes | None = None, *, ahead: str = "", again: bool = False
    ) -> None:
        """Start it.

        Args:
            function: as `packed` gives it; None where it comes later (`give`).
            ahead: name of a module that it loads while it waits for that.
            again: its items died with another worker, and nobody tries them a third time.
        """
        utf8 = ["-X", "utf8"] if sys.flags.utf8_mode else []
        found = [os.path.abspath(part) for part in sys.path if isinstance(part, str)]  # noqa: PTH100
        self.process = subprocess.Popen(
            [
                *(sys.executable, *utf8, "-P", "-c", _SERVE),
                *("again" if again else "first", ahead, json.dumps(found)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._orders = cast(BinaryIO, self.process.stdin)
        self._answers = cast(BinaryIO, self.process.stdout)
        self._function = function

    def give(self, function: bytes) -> None:
        """Say what it is to run, before the first call."""
        self._function = function

    def call(self, items: bytes) -> list[ItemTold] | None:
        """Run the function on items; give what it told of each, or None when it died.

        Args:
            items: a list of them, as `packed` gives it.

        Returns:
            One error alone where the worker cannot unpack the function or the items.

        Raises:
            AudiosetError: it did not even start.
        """
        try:
            if self._function is not None:
                self._start(self._function)
                self._function = None
            self._say(items)
            answers = self._hear()
        except (EOFError, OSError, ValueError, pickle.UnpicklingError):
            self.kill()
            return None
        return [unpacked(answer) for answer in answers]

    def finish(self) -> None:
        """Let it end by itself, when it has answered; comes back when it has ended."""
        with suppress(OSError, ValueError):
            self._say(b"")
        self.process.wait()
        self.close()

    def kill(self) -> None:
        """End it at once. Harmless where its function writes whole files or nothing."""
        with suppress(OSError):
            self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """Give back its pipes, when it has ended and nobody listens to it any more."""
        for pipe in (self._orders, self._answers):
            with suppress(OSError):  # what it did not read is lost with it
                pipe.close()

    def how_it_ended(self) -> str:
        """Say how a worker died, in one line."""
        name, crashed = ending_of(self.process.wait())
        if crashed:
            return f"the worker process crashed ({name}); a damaged file can do that to a library"
        return (
            f"the worker process was killed ({name}), perhaps for lack of memory; try fewer workers"
        )

    def _start(self, function: bytes) -> None:
        line = b"-"
        while line and line != _READY:  # a site may say something at the start of every Python
            line = self._answers.readline()
        if not line:
            self.kill()
            raise AudiosetError(
                f"no worker process starts ({sys.executable} ended with status "
                f"{self.process.returncode}); use one worker"
            )
        self._say(function)

    def _say(self, message: bytes) -> None:
        pickle.dump(message, self._orders)
        self._orders.flush()

    def _hear(self) -> list[bytes]:
        return list(pickle.load(self._answers))  # noqa: S301  our own


def unpacked(answer: bytes) -> ItemTold:
    """Give what a worker told of one item."""
    try:
        value, error, words = pickle.loads(answer)  # noqa: S301  our own
    except Exception as error:  # noqa: BLE001  a class that is known there only
        return None, AudiosetError(f"{type(error).__name__}: {error}"), ()
    return value, error, words


def serve(ahead: str = "", *, again: bool = False) -> None:
    """Be a worker: the function comes first, then lists of items, then an empty message.

    Args:
        ahead: name of a module that is loaded while nothing came yet.
        again: the items died with another worker before.
    """
    # What this process is, for as long as it lives.
    global _is_worker, _runs_again
    _is_worker, _runs_again = True, again
    orders, answers = _take_pipes()
    waiting: SimpleQueue[bytes] = SimpleQueue()
    Thread(target=_read_orders, args=(orders, waiting), daemon=True).start()
    try:
        answers.write(_READY)
        answers.flush()
        if ahead:
            with suppress(Exception):  # the function needs it too, and tells what is wrong
                import_module(ahead)
        first = waiting.get()  # empty where there was nothing to do in the end
        function = _Function(first)
        while first and (order := waiting.get()):
            _answer(function.run(order), answers)
    except BrokenPipeError:
        os._exit(1)  # nobody listens any more


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keep the pipes for ourselves: what a library prints goes to stderr, and it reads nothing."""
    orders, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return orders, answers


def _read_orders(orders: BinaryIO, waiting: "SimpleQueue[bytes]") -> None:
    """Hand on what comes; end this process, whatever it is at, when its starter is gone."""
    order = b"-"
    while order:
        try:
            order = pickle.load(orders)  # noqa: S301  our own
        except (EOFError, OSError, pickle.UnpicklingError):
            os._exit(1)
        waiting.put(order)


def _answer(each: list[bytes], answers: BinaryIO) -> None:
    pickle.dump(each, answers)
    answers.flush()


def run_packed(function: bytes, items: bytes) -> list[bytes]:
    """Be a worker for one handful, in a process that somebody else started.

    Args:
        function, items: as `packed` gives them.

    Returns:
        What is told of each item, for `unpacked`.
    """
    return _held(function).run(items)


@lru_cache(maxsize=1)  # the next handful is most often for the same one, with what it has loaded
def _held(function: bytes) -> "_Function":
    return _Function(function)


class _Function:
    """The function of a worker, inside of a fence that lets nothing through but answers."""

    def __init__(self, packed_function: bytes) -> None:
        self._packed = packed_function
        self._function: Callable[[Any], Any] | None = None

    def run(self, order: bytes) -> list[bytes]:
        with warnings.catch_warnings(record=True) as heard:
            try:
                if self._function is None:
                    self._function = pickle.loads(self._packed)  # noqa: S301  our own
                items = pickle.loads(order)  # noqa: S301  our own
            except Exception as error:  # noqa: BLE001  whatever a stranger's class does
                return [_packed_answer(None, error, heard)]
            return [self._run(self._function, item, heard) for item in items]

    def _run(
        self, function: Callable[[Any], Any], item: Any, heard: list[warnings.WarningMessage]
    ) -> bytes:
        value, told = None, None
        heard.clear()
        try:
            value = function(item)
        except Exception as error:  # noqa: BLE001  the error is the item's result
            told = error
        return _packed_answer(value, told, heard)


def _packed_answer(
    value: Any, told: Exception | None, heard: list[warnings.WarningMessage]
) -> bytes:
    words = tuple(str(warning.message) for warning in heard)
    try:
        answer = pickle.dumps((value, told, words))
        pickle.loads(answer)  # noqa: S301  our own
    except Exception as error:  # noqa: BLE001  any class may fail in its own way
        said = told or error
        return pickle.dumps((None, AudiosetError(f"{type(said).__name__}: {said}"), words))
    return answer
