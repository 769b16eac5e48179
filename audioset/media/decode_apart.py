"""Decode in a process of its own, so that it runs beside the rest of the work.

A thread would not do: decoding takes Python's lock for each of 43 packets a second of sound, and
two threads that both want it all the time get little done. The samples come through a pipe, and
are the same. A file that crashes the decoder takes down that process only.
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

from audioset.errors import AudiosetError, MediaError
from audioset.media.decode import OpenAudio, open_audio

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PIPE_BYTES = 1024 * 1024  # the most that a user may ask for
_SERVE = "from audioset.media.decode_apart import serve; serve()"
_FACTS = ("container", "codec", "sampling_rate", "channels", "num_outputs", "bit_depth",
          "declared_seconds", "start_seconds")  # fmt: skip


@dataclass(slots=True, kw_only=True)
class ApartReader:
    """An `AudioReader` in another process, seen from here; the same attributes and methods."""

    container: str
    codec: str
    sampling_rate: int
    channels: int
    num_outputs: int
    bit_depth: int
    declared_seconds: float | None
    start_seconds: float
    num_samples: int = 0
    position_bytes: int = 0
    _answers: "_Answers" = field(repr=False)
    _warnings: tuple[str, ...] = ()

    def blocks(self) -> "Iterator[NDArray[np.float32]]":
        """Yield the samples; see `AudioReader.blocks`.

        Raises:
            MediaError: as there, or the decoder crashed.
        """
        while True:
            kind, *values = self._answers.next()
            if kind == "end":
                self._warnings = values[0]
                return
            self.num_samples, self.position_bytes, shape = values
            block = np.empty(shape, np.float32)
            self._answers.fill(block)
            yield block

    def warnings(self) -> tuple[str, ...]:
        """Say what was wrong, after the last block, although the file could be used."""
        return self._warnings


@contextmanager
def open_audio_apart(path: Path, *, track: int = 1, channels: str = "mix") -> Iterator[OpenAudio]:
    """Open an audio track as `open_audio` does, decoded by a process of its own.

    Raises:
        NotFoundError: no such file.
        MediaError: as `open_audio`, or the decoder crashed.
    """
    reading, writing = Pipe(duplex=False)
    if hasattr(fcntl, "F_SETPIPE_SZ"):  # Linux: room for a few blocks, so that it can be ahead
        with suppress(OSError):
            fcntl.fcntl(writing.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    order = {"path": str(path), "track": track, "channels": channels, "pipe": writing.fileno()}
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", _SERVE, json.dumps(order)],
        pass_fds=[writing.fileno()], env=environment, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    writing.close()
    try:
        answers = _Answers(path, reading, process)
        _, facts = answers.next()
        yield ApartReader(**facts, _answers=answers)
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

    def fill(self, block: "NDArray[np.float32]") -> None:
        try:
            self.pipe.recv_bytes_into(block.view(np.uint8).data.cast("B"))
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
    """Run the decoder: the order is the first argument, answers go to the pipe that it names."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asked
    order = json.loads(sys.argv[1])
    pipe = Connection(order["pipe"], readable=False)
    try:
        _decode(order, pipe)
    except AudiosetError as error:
        pipe.send(error)
    except BrokenPipeError:
        pass  # nobody reads on


def _decode(order: dict[str, Any], pipe: Connection) -> None:
    path = Path(order["path"])
    with open_audio(path, track=order["track"], channels=order["channels"]) as audio:
        pipe.send(("opened", {name: getattr(audio, name) for name in _FACTS}))
        for block in audio.blocks():
            pipe.send(("block", audio.num_samples, audio.position_bytes, block.shape))
            pipe.send_bytes(np.ascontiguousarray(block).view(np.uint8).data.cast("B"))
        pipe.send(("end", audio.warnings()))
