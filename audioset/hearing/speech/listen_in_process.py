"""Listen to a source in a process of its own, so that it goes on beside the rest of the work.

Threads would not do: decoding takes Python's lock for each of 43 packets a second of sound, and
threads that all want it get little done. Frames come through a pipe and sound through shared memory
that can hold some seconds, so that neither process waits for the other at every block. A file that
crashes the decoder takes down that process only.
"""

import json
import mmap
import os
import pickle
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from audioset.errors import AudiosetError, MediaError
from audioset.hearing.speech.listen import Listening, Piece, listen
from audioset.workers import can_start

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SLOT_BYTES = 384 * 1024  # one second at up to 96 kHz
_NUM_SLOTS = 16
_SERVE = "from audioset.hearing.speech.listen_in_process import serve; serve()"
_FACTS = (
    "container",
    "codec",
    "sampling_rate",
    "channels",
    "bit_depth",
    "declared_seconds",
    "start_seconds",
)


@dataclass(slots=True, kw_only=True)
class ApartFacts:
    """`AudioFacts` of a track that is open in another process."""

    container: str
    codec: str
    sampling_rate: int
    channels: int
    bit_depth: int
    declared_seconds: float | None
    start_seconds: float
    num_samples: int = 0
    position_bytes: int = 0
    said: tuple[str, ...] = ()

    def warnings(self) -> tuple[str, ...]:
        """Say what was wrong, after the last block."""
        return self.said


@dataclass(slots=True)
class ApartListener:
    """A `Listener` in another process, seen from here."""

    audio: ApartFacts
    rate: int
    num_outputs: int
    _answers: "_Answers" = field(repr=False)

    def pieces(self) -> Iterator[list[Piece]]:
        """Yield what comes next, one piece per output; see `Listening`.

        Raises:
            MediaError: as there, or the decoder crashed.
        """
        while True:
            kind, num_samples, position_bytes, told = self._answers.next()
            self.audio.num_samples, self.audio.position_bytes = num_samples, position_bytes
            if kind == "end":
                self.audio.said = told
                return
            yield [Piece(self._answers.sound(size, slot), frames) for size, slot, frames in told]


def can_listen_apart() -> bool:
    """Tell whether a process can be started here that is given pipes and memory by number."""
    return can_start() and sys.platform != "win32"


@contextmanager
def listen_apart(
    path: Path, *, track: int = 1, channels: str = "mix", sampling_rate: int | None = None
) -> Iterator[Listening]:
    """Listen to a source as `listen` does, in a process of its own.

    Raises:
        NotFoundError: no such file.
        MediaError: as `listen`, or the decoder crashed.
    """
    answers_here, answers_there = Pipe(duplex=False)
    free_there, free_here = Pipe(duplex=False)
    with _shared_memory() as memory, mmap.mmap(memory, _NUM_SLOTS * _SLOT_BYTES) as slots:
        files = {"answers": answers_there.fileno(), "free": free_there.fileno(), "memory": memory}
        order = {
            **files,
            "path": str(path),
            "track": track,
            "channels": channels,
            "sampling_rate": sampling_rate,
        }
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", _SERVE, json.dumps(order)],
            pass_fds=[*files.values()],
            env=environment,
            stdin=subprocess.DEVNULL,
        )
        answers_there.close()
        free_there.close()
        try:
            answers = _Answers(path, answers_here, free_here, slots, process)
            facts, rate, num_outputs = answers.next()
            yield ApartListener(ApartFacts(**facts), rate, num_outputs, answers)
        finally:
            answers_here.close()  # ends the process when it wants to say more
            free_here.close()
            process.kill()
            process.wait()


@contextmanager
def _shared_memory() -> Iterator[int]:
    """Give a file descriptor of memory that vanishes with its last user, even a killed one."""
    if sys.platform == "linux":
        memory = os.memfd_create("audioset")
    else:
        with tempfile.TemporaryFile() as file:
            memory = os.dup(file.fileno())
    try:
        os.ftruncate(memory, _NUM_SLOTS * _SLOT_BYTES)
        yield memory
    finally:
        os.close(memory)


@dataclass(frozen=True, slots=True)
class _Answers:
    """What the process says: a tuple each, and bytes after a tuple that announces them."""

    path: Path
    pipe: Any  # a Connection, as systems have it
    free: Any  # tells which slots were read
    slots: mmap.mmap
    process: "subprocess.Popen[bytes]"

    def next(self) -> Any:
        try:
            answer = self.pipe.recv()
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            raise self._crashed() from error
        if isinstance(answer, AudiosetError):
            raise answer
        return answer

    def sound(self, size: int, slot: int | None) -> "NDArray[np.float32]":
        if slot is None:
            return np.frombuffer(self._bytes() if size else b"", np.float32)
        sound = np.frombuffer(self.slots, np.float32, size, slot * _SLOT_BYTES).copy()
        with suppress(BrokenPipeError):  # it has said all and ended
            self.free.send_bytes(bytes([slot]))
        return sound

    def _bytes(self) -> bytes:
        try:
            return bytes(self.pipe.recv_bytes())
        except (EOFError, OSError) as error:
            raise self._crashed() from error

    def _crashed(self) -> MediaError:
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=1)
        self.process.kill()
        code = self.process.wait()
        return MediaError(
            f"{self.path}: the decoder ended with status {code}; the file is damaged, or memory "
            "ran out"
        )


def serve() -> None:
    """Run the listener: the order is the first argument, answers go to the pipe that it names."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asked
    order = json.loads(sys.argv[1])
    answers = Connection(order.pop("answers"), readable=False)
    free = Connection(order.pop("free"), writable=False)
    slots = mmap.mmap(order.pop("memory"), _NUM_SLOTS * _SLOT_BYTES)
    try:
        _listen(order, answers, _Shelf(free, slots))
    except AudiosetError as error:
        answers.send(error)
    except (BrokenPipeError, EOFError):
        pass  # nobody reads on


class _Shelf:
    """Puts sound into free slots; waits when all are full."""

    def __init__(self, free: Connection, slots: mmap.mmap) -> None:
        self._now_free, self._slots = free, slots
        self._free = list(range(_NUM_SLOTS))

    def put(self, sound: "NDArray[np.float32]", *, of: int) -> int | None:
        """Give the slot that holds the sound now; None when there cannot be one for it.

        Args:
            of: how many are put before the reader hears of them; all must find room at once.
        """
        if not 0 < sound.nbytes <= _SLOT_BYTES or of > _NUM_SLOTS:
            return None
        while not self._free or self._now_free.poll():
            self._free.append(self._now_free.recv_bytes()[0])
        slot = self._free.pop()
        np.frombuffer(self._slots, np.float32, sound.size, slot * _SLOT_BYTES)[:] = sound
        return slot


def _listen(order: dict[str, Any], answers: Connection, shelf: _Shelf) -> None:
    path = Path(order.pop("path"))
    with listen(path, **order) as listening:
        audio = listening.audio
        facts = {name: getattr(audio, name) for name in _FACTS}
        answers.send((facts, listening.rate, listening.num_outputs))
        for pieces in listening.pieces():
            told = [(p.sound.size, shelf.put(p.sound, of=len(pieces)), p.frames) for p in pieces]
            answers.send(("pieces", audio.num_samples, audio.position_bytes, told))
            for piece, (size, slot, _) in zip(pieces, told, strict=True):
                if size and slot is None:
                    answers.send_bytes(np.ascontiguousarray(piece.sound).view(np.uint8).data)
        answers.send(("end", audio.num_samples, audio.position_bytes, audio.warnings()))
