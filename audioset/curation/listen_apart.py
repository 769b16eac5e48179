"""Listen to a source in a process of its own, so that it goes on beside the rest of the work.

Threads would not do: decoding takes Python's lock for each of 43 packets a second of sound, and
threads that all want it get little done. Sound and frames come through a pipe, and are the same. A
file that crashes the decoder takes down that process only.
"""

import fcntl
import json
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from audioset.curation.listen import Listening, Piece, listen
from audioset.errors import AudiosetError, MediaError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PIPE_BYTES = 1024 * 1024  # the most that a user may ask for
_SERVE = "from audioset.curation.listen_apart import serve; serve()"
_FACTS = ("container", "codec", "sampling_rate", "channels", "bit_depth", "declared_seconds",
          "start_seconds")  # fmt: skip


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
            yield [Piece(self._answers.sound(size), frames) for size, frames in told]


@contextmanager
def listen_apart(
    path: Path, *, track: int = 1, channels: str = "mix", sampling_rate: int | None = None
) -> Iterator[Listening]:
    """Listen to a source as `listen` does, in a process of its own.

    Raises:
        NotFoundError: no such file.
        MediaError: as `listen`, or the decoder crashed.
    """
    reading, writing = Pipe(duplex=False)
    if hasattr(fcntl, "F_SETPIPE_SZ"):  # Linux: room for a few blocks, so that it can be ahead
        with suppress(OSError):
            fcntl.fcntl(writing.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    order = {"pipe": writing.fileno(), "path": str(path), "track": track, "channels": channels,
             "sampling_rate": sampling_rate}  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", _SERVE, json.dumps(order)],
        pass_fds=[writing.fileno()], env=environment, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    writing.close()
    try:
        answers = _Answers(path, reading, process)
        facts, rate, num_outputs = answers.next()
        yield ApartListener(ApartFacts(**facts), rate, num_outputs, answers)
    finally:
        reading.close()  # ends the process when it wants to write more
        process.kill()
        process.wait()


@dataclass(frozen=True, slots=True)
class _Answers:
    """What the process says: a tuple each, and bytes after a tuple that announces them."""

    path: Path
    pipe: Connection
    process: "subprocess.Popen[bytes]"

    def next(self) -> Any:
        try:
            answer = self.pipe.recv()
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            raise self._crashed() from error
        if isinstance(answer, AudiosetError):
            raise answer
        return answer

    def sound(self, size: int) -> "NDArray[np.float32]":
        samples = np.empty(size, np.float32)
        if size:
            try:
                self.pipe.recv_bytes_into(samples.view(np.uint8).data)
            except (EOFError, OSError) as error:
                raise self._crashed() from error
        return samples

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
    pipe = Connection(order.pop("pipe"), readable=False)
    try:
        _listen(order, pipe)
    except AudiosetError as error:
        pipe.send(error)
    except BrokenPipeError:
        pass  # nobody reads on


def _listen(order: dict[str, Any], pipe: Connection) -> None:
    path = Path(order.pop("path"))
    with listen(path, **order) as listening:
        audio = listening.audio
        facts = {name: getattr(audio, name) for name in _FACTS}
        pipe.send((facts, listening.rate, listening.num_outputs))
        for pieces in listening.pieces():
            told = [(piece.sound.size, piece.frames) for piece in pieces]
            pipe.send(("pieces", audio.num_samples, audio.position_bytes, told))
            for piece in pieces:
                if piece.sound.size:
                    pipe.send_bytes(np.ascontiguousarray(piece.sound).view(np.uint8).data)
        pipe.send(("end", audio.num_samples, audio.position_bytes, audio.warnings()))
