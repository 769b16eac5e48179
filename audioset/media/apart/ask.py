"""Run what reads strangers' files in a process of its own, which may die with the file.

Decoders are written in C, and a damaged file can crash them. One helper process reads file after
file; when it dies, that is an error of the file at hand, and the next file gets a new helper. It
also goes on beside the rest of the work: threads would not do, as decoding takes Python's lock for
each of 43 packets a second of sound, and threads that all want it get little done.

A helper is started by a command of its own, so that no line of the user's script runs in it. Orders
and answers are pickles through its standard input and output; sound goes through shared memory that
can hold some seconds, where the system has it, so that neither process waits for the other at every
block.
"""

import atexit
import mmap
import os
import pickle
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO, cast

from audioset.errors import AudiosetError, MediaError
from audioset.media.apart.helper import LENGTH_BYTES, NUM_SLOTS, SLOT_BYTES, get_ready
from audioset.media.apart.here import answers_here, reads_here
from audioset.workers import can_start, ending_of

_SERVE = (
    "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); "  # Ctrl-C is for who asked
    "from audioset.media.apart.helper import serve; serve()"
)


class _HelperDiedError(Exception):
    """The process ended instead of answering."""


def begin(ready: str) -> None:
    """Start a helper that loads what it will need, while nobody has a file for it yet.

    Nothing is done where one waits to be asked.
    Where that goes wrong nothing is lost: who asks later starts another one, and hears of it.

    Args:
        ready: name of a function that loads it, as "package.module:function": who begins need not
            load that module.
    """
    with _lock:
        is_there = any(helper.can_be_asked for helper in _idle)
    if is_there or not can_start():
        return
    with suppress(AudiosetError, _HelperDiedError):
        helper = Helper()
        helper.get_ready(ready)
        _give_back(helper)


@contextmanager
def apart(
    path: Path, function: Callable[..., Iterator[Any]], *order: object
) -> Iterator[Iterator[Any]]:
    """Run a generator in the helper process, and give what it yields.

    It runs here in a worker that has no helper (`no_helper`), and where no process can be started,
    because Python is part of a frozen program.

    Args:
        path: of the file that is read; for messages.
        function: of the top level of a module; what it takes, yields and raises can be pickled.
        order: its arguments.

    Raises:
        MediaError: the helper died; also while its answers are read.
        AudiosetError: what the function raises; also while its answers are read.
    """
    if reads_here() or not can_start():
        with closing(answers_here(function, order)) as answers:
            yield answers
        return
    asked = _Asked(path, function, order)
    try:
        yield asked
    finally:
        asked.close()


class _Asked:
    """The answers to one order."""

    def __init__(
        self, path: Path, function: Callable[..., Iterator[Any]], order: tuple[object, ...]
    ) -> None:
        self._path = path
        self._order = pickle.dumps((_here(), function, order))
        self._helper, self._begun, self._ended = _take_idle(), False, False
        self._heard: deque[tuple[str, Any]] = deque()  # and not given yet
        with suppress(_HelperDiedError):  # heard of when its answer is missing
            self._helper.say(self._order)

    def __iter__(self) -> "_Asked":
        return self

    def __next__(self) -> Any:
        if self._ended:
            raise StopIteration
        try:
            kind, value = self._next()
        except _HelperDiedError:
            self._ended = True
            raise MediaError(f"{self._path}: {self._helper.how_it_ended()}") from None
        self._begun = True
        if kind == "said":
            return value
        self._ended = True
        helper, self._helper = self._helper, _NOBODY
        _give_back(helper)
        if kind == "error":
            raise value
        raise StopIteration

    def _next(self) -> tuple[str, Any]:
        if not self._heard:
            self._heard.extend(self._hear())
        return self._heard.popleft()

    def _hear(self) -> list[tuple[str, Any]]:
        try:
            return self._helper.hear()
        except _HelperDiedError:
            if self._begun or not self._helper.was_idle:
                raise
            # It may have ended while it was idle: that is no fault of this file.
            self._helper.kill()
            self._helper = Helper()
            self._helper.say(self._order)
            return self._helper.hear()

    def close(self) -> None:
        """End a helper that has not said all; it is of no use to others."""
        self._helper.kill()


def _here() -> str | None:
    """Give the folder that relative paths are meant from."""
    try:
        return os.getcwd()  # noqa: PTH109  Path would make it of a string again
    except OSError:
        return None  # it was deleted: no relative path means anything


class Helper:
    """A process that runs one order after another, seen from here.

    Attributes:
        was_idle: whether it did something before.
    """

    def __init__(self) -> None:
        self.was_idle = False
        self._gets_ready = False
        self._owner = os.getpid()
        self._slots: mmap.mmap | None = None
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        command = [sys.executable, "-P", "-c", _SERVE]
        if os.name == "nt":  # no file descriptors are handed on there
            self._process = _start(command, environment)
        else:
            memory = _shared_memory()
            try:
                self._slots = mmap.mmap(memory, NUM_SLOTS * SLOT_BYTES)
                self._process = _start([*command, str(memory)], environment, memory)
            finally:
                os.close(memory)
        self._orders = cast(BinaryIO, self._process.stdin)
        self._answers = cast(BinaryIO, self._process.stdout)

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    @property
    def can_be_asked(self) -> bool:
        """Whether it lives, and is that of this process, not of the one that this is a fork of."""
        return self._owner == os.getpid() and self._process.poll() is None

    def say(self, order: bytes) -> None:
        """Hand over an order."""
        try:
            self._orders.write(len(order).to_bytes(LENGTH_BYTES, "big") + order)
            self._orders.flush()
        except OSError as error:
            raise _HelperDiedError from error

    def get_ready(self, ready: str) -> None:
        """Let it call a function by its name; the next answer is awaited behind that."""
        self.say(pickle.dumps((_here(), get_ready, (ready,))))
        self._gets_ready = True

    def hear(self) -> list[tuple[str, Any]]:
        """Wait for answers, at least one."""
        if self._gets_ready:
            self._gets_ready = False
            self.hear()  # that it is ready; what it cannot load it says when it is asked for it
        try:
            data, places, sizes = pickle.load(self._answers)  # noqa: S301  our own
            buffers = [self._content(*each) for each in zip(places, sizes, strict=True)]
            self._give_slots_back(sum(place is not None for place in places))
        except (EOFError, OSError, pickle.UnpicklingError, ValueError) as error:
            raise _HelperDiedError from error
        return list(pickle.loads(data, buffers=buffers))  # noqa: S301  our own

    def _content(self, slot: int | None, size: int) -> bytearray:
        if slot is not None and self._slots is not None:
            start = slot * SLOT_BYTES
            return bytearray(memoryview(self._slots)[start : start + size])
        content = bytearray(size)
        if self._answers.readinto(content) != size:  # type: ignore[attr-defined]  # buffered
            raise EOFError
        return content

    def _give_slots_back(self, number: int) -> None:
        if number:
            with suppress(BrokenPipeError):  # it has said all and ended
                self._orders.write(bytes(number))
                self._orders.flush()

    def how_it_ended(self) -> str:
        """Say how it died, in words of the file that it read."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=1)
        self.kill()
        name, crashed = ending_of(self._process.returncode)
        if crashed:
            return (
                f"the decoder crashed on it ({name}), so the file is damaged; convert it with "
                "another program, or leave it out"
            )
        if name == "SIGKILL":
            return (
                "the decoder was killed while it read the file (SIGKILL), perhaps for lack of "
                "memory; try it with fewer workers"
            )
        return f"the decoder ended while it read the file ({name})"

    def kill(self) -> None:
        """End it at once."""
        if self._owner != os.getpid():
            return
        with suppress(OSError):
            self._process.kill()
        self._close()

    def finish(self) -> None:
        """Let it end by itself; at once, where it still loads what nobody came to need."""
        if self._gets_ready:
            self.kill()
        elif self._owner == os.getpid():
            self._close()

    def _close(self) -> None:
        for pipe in (self._orders, self._answers):
            with suppress(OSError):
                pipe.close()
        self._process.wait()
        if self._slots is not None:
            self._slots.close()


def _start(
    command: list[str], environment: dict[str, str], *files: int
) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(
            command,
            pass_fds=files,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
    except OSError as error:
        raise AudiosetError(
            f"no process can be started to read media ({error.strerror or error})"
        ) from error


def _shared_memory() -> int:
    """Give a file descriptor of memory that vanishes with its last user, even a killed one."""
    if sys.platform == "linux" and hasattr(os, "memfd_create"):
        memory = os.memfd_create("audioset")
    else:
        with tempfile.TemporaryFile() as file:
            memory = os.dup(file.fileno())
    os.ftruncate(memory, NUM_SLOTS * SLOT_BYTES)
    return memory


_idle: list[Helper] = []
_lock = Lock()


def _take_idle() -> Helper:
    with _lock:
        while _idle:
            helper = _idle.pop()
            if helper.can_be_asked:
                helper.was_idle = True
                return helper
            helper.finish()
    return Helper()


def _give_back(helper: Helper) -> None:
    with _lock:
        _idle.append(helper)


@atexit.register
def end_helpers() -> None:
    """End the helpers that nobody asks now."""
    with _lock:
        while _idle:
            _idle.pop().finish()


class _Nobody:
    """In the place of a helper that was given back."""

    was_idle = False

    def kill(self) -> None:
        """Leave it alone."""


_NOBODY = cast(Helper, _Nobody())
