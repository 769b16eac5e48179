"""The helper process of `audioset.media.apart.ask`, seen from inside: orders in, answers out."""

import mmap
import os
import pickle
import sys
from collections.abc import Iterator
from itertools import islice
from pkgutil import resolve_name
from select import select
from threading import Timer
from typing import Any, BinaryIO

from audioset.errors import AudiosetError

SLOT_BYTES = 384 * 1024  # of the shared memory: one second at up to 96 kHz
NUM_SLOTS = 40  # the detector speaks every 16 s: meanwhile neither process waits for the other
LENGTH_BYTES = 8  # of the number before an order
_ON_ONE_JOURNEY = 8  # answers: each journey wakes two processes
_SMALL_BYTES = 4096  # goes with the rest of the answer
_IDLE_SECONDS = 60.0  # then a helper that nobody asks ends itself


def serve() -> None:
    """Be a helper."""
    orders, answers = os.dup(0), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)  # what a library prints is no answer
    shelf = _Shelf(orders, int(sys.argv[1]) if len(sys.argv) > 1 else None)
    try:
        while order := _read_order(orders):
            coming = _answers_to(order)
            number = 1  # some ask for the first one only, which says what is there
            while some := list(islice(coming, number)):
                shelf.send(some, answers)
                number = _ON_ONE_JOURNEY
            shelf.collect()
            os.chdir(os.sep)  # to keep no folder from being deleted
    except BrokenPipeError:
        pass  # nobody listens any more
    os._exit(0)


def get_ready(name: str) -> Iterator[Any]:
    """Call a function that loads what later orders take, and say nothing."""
    resolve_name(name)()
    yield from ()


def _read_order(orders: int) -> bytes:
    """Wait for an order; empty when there will be none."""
    if os.name == "nt":  # select waits for sockets only there
        patience = Timer(_IDLE_SECONDS, os._exit, (0,))
        patience.daemon = True
        patience.start()
        length = _read(orders, LENGTH_BYTES)
        patience.cancel()
    else:  # a thread for each order would be 4 % of importing a clip of half a second
        if not select([orders], [], [], _IDLE_SECONDS)[0]:
            os._exit(0)
        length = _read(orders, LENGTH_BYTES)
    return _read(orders, int.from_bytes(length, "big")) if length else b""


def _read(pipe: int, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = os.read(pipe, size - len(data))
        if not more:
            return b""
        data += more
    return data


def _answers_to(order: bytes) -> Iterator[tuple[str, Any]]:
    try:
        folder, function, arguments = pickle.loads(order)  # noqa: S301  our own
        if folder is not None:
            os.chdir(folder)
        for value in function(*arguments):
            yield "said", value
    except AudiosetError as error:
        yield "error", error
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001  it is the answer, whatever it is
        yield "error", AudiosetError(f"{type(error).__name__}: {error}")
    else:
        yield "end", None


class _Shelf:
    """Puts sound into free slots of the shared memory; waits when all are full."""

    def __init__(self, free: int, memory: int | None) -> None:
        self._now_free = free  # a byte comes for each slot that was read
        self._slots = None if memory is None else mmap.mmap(memory, NUM_SLOTS * SLOT_BYTES)
        self._num_free, self._next = NUM_SLOTS, 0

    def send(self, some: list[tuple[str, Any]], pipe: BinaryIO) -> None:
        """Send answers, their large arrays through slots where they have room."""
        large: list[memoryview] = []

        def keep(buffer: pickle.PickleBuffer) -> bool:
            content = buffer.raw()
            if content.nbytes >= _SMALL_BYTES:
                large.append(content)
            return content.nbytes < _SMALL_BYTES

        data = pickle.dumps(some, protocol=5, buffer_callback=keep)
        fits = self._slots is not None and len(large) <= NUM_SLOTS  # all must find room at once
        places = [self._put(each) if fits else None for each in large]
        pickle.dump((data, places, [each.nbytes for each in large]), pipe)
        for place, content in zip(places, large, strict=True):
            if place is None:
                pipe.write(content)
        pipe.flush()

    def _put(self, content: memoryview) -> int | None:
        if self._slots is None or content.nbytes > SLOT_BYTES:
            return None
        if self._num_free == 0:
            self._wait()
        slot, self._next = self._next, (self._next + 1) % NUM_SLOTS
        self._num_free -= 1
        start = slot * SLOT_BYTES
        memoryview(self._slots)[start : start + content.nbytes] = content
        return slot

    def _wait(self) -> None:
        # No more than what is owed: the next order comes by the same pipe.
        read = os.read(self._now_free, NUM_SLOTS - self._num_free)
        if not read:
            raise BrokenPipeError
        self._num_free += len(read)

    def collect(self) -> None:
        """Wait until all was read."""
        while self._num_free < NUM_SLOTS:
            self._wait()
