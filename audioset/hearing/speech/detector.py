"""Speech detection: the Silero network over whole stretches of audio at once. Needs no torch.

The published step-by-step model calls the runtime once per 32 ms; here its weights are put into a
graph that takes any number of frames per call (`detector_graph.py`).

Source: Silero VAD 6.2, https://github.com/snakers4/silero-vad (MIT).
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from audioset.hearing.speech.detector_graph import (
    CONTEXT_SAMPLES,
    FRAME_SAMPLES,
    HIDDEN,
    magnitudes_of,
    sequence_model,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

DETECTOR_RATE = 16_000  # Hz; what the network was trained on
FRAME_SECONDS = FRAME_SAMPLES / DETECTOR_RATE  # 0.032
SPEECH_PROBABILITY = 0.5  # a frame with so much of it is speech
# Frames per call: fixed, so that a source gives the same probabilities however it was decoded.
# The network's matrices take fewer of them at a higher cost each.
BLOCK_FRAMES = 512
INAUDIBLE_DB = -65.0  # dBFS; a quiet room recorded at a sensible level lies above
_SILENCE_POWER = 1e-12


@dataclass(frozen=True, slots=True)
class Frames:
    """Consecutive frames of 32 ms.

    Attributes:
        probabilities: of speech, float32, shape (n,), range [0, 1].
        levels_db: mean power relative to full scale, float32, shape (n,), at least -120.
    """

    probabilities: "NDArray[np.float32]"
    levels_db: "NDArray[np.float32]"

    def __len__(self) -> int:
        return self.probabilities.size

    def __getitem__(self, part: slice) -> "Frames":
        return Frames(self.probabilities[part], self.levels_db[part])

    @classmethod
    def join(cls, parts: "Sequence[Frames]") -> "Frames":
        """Put frames behind each other."""
        if not parts:
            return NO_FRAMES
        return cls(
            np.concatenate([part.probabilities for part in parts]),
            np.concatenate([part.levels_db for part in parts]),
        )


NO_FRAMES = Frames(np.empty(0, np.float32), np.empty(0, np.float32))


@dataclass(frozen=True, slots=True)
class DetectorState:
    """Where a detector is in a source, behind whole blocks: what it has to know to go on.

    Attributes:
        num_frames: that it gave.
        memory: what the network remembers, float32.
    """

    num_frames: int
    memory: bytes


class SpeechDetector:
    """Speech probabilities of one source, fed piece by piece from its start."""

    def __init__(self, after: DetectorState | None = None) -> None:
        """Begin, or go on after what an earlier one heard of the same source.

        Args:
            after: what that one gave is not given again. It is fed from the start all the same.
        """
        self._session = _session()
        self._num_frames, self._to_skip = 0, 0
        if after is None:
            self._h, self._c = _state_after_silence()
            self._context = np.zeros(CONTEXT_SAMPLES, np.float32)
        else:
            self._h, self._c, self._context = _recalled(after.memory)
            self._num_frames, self._to_skip = after.num_frames, after.num_frames * FRAME_SAMPLES
        self._waiting: list[NDArray[np.float32]] = []
        self._num_waiting = 0

    @property
    def state(self) -> DetectorState:
        """Where it is; not after the last samples, which end in no whole block."""
        parts = (self._h, self._c, self._context)
        return DetectorState(self._num_frames, b"".join(part.tobytes() for part in parts))

    def push(self, samples: "NDArray[np.float32]", *, last: bool) -> Frames:
        """Take samples at 16 kHz, give the frames that are ready.

        Args:
            samples: float32, shape (n,), range [-1, 1].
            last: no more will come; the rest is filled up with silence to a whole frame.
        """
        skipped = min(self._to_skip, samples.size)
        self._to_skip -= skipped
        samples = samples[skipped:]
        self._waiting.append(samples)
        self._num_waiting += samples.size
        block = BLOCK_FRAMES * FRAME_SAMPLES
        if self._num_waiting < block and not last:
            return NO_FRAMES
        audio = np.concatenate(self._waiting)
        whole = audio.size if last else audio.size // block * block
        self._waiting, self._num_waiting = [audio[whole:]], audio.size - whole
        return Frames.join([self._run(audio[i : i + block]) for i in range(0, whole, block)])

    def _run(self, audio: "NDArray[np.float32]") -> Frames:
        count = -(-audio.size // FRAME_SAMPLES)
        sound = np.zeros(CONTEXT_SAMPLES + count * FRAME_SAMPLES, np.float32)
        sound[:CONTEXT_SAMPLES] = self._context
        sound[CONTEXT_SAMPLES : CONTEXT_SAMPLES + audio.size] = audio
        self._context = sound[-CONTEXT_SAMPLES:].copy()
        self._num_frames += count
        probabilities, self._h, self._c = self._session.run(
            None, {"encoded_0": magnitudes_of(sound), "h": self._h, "c": self._c}
        )
        frames = sound[CONTEXT_SAMPLES:].reshape(count, FRAME_SAMPLES)
        # Around the frame's own mean: a DC offset is no sound.
        power = np.einsum("ij,ij->i", frames, frames) / FRAME_SAMPLES - frames.mean(axis=1) ** 2
        levels_db = 10 * np.log10(np.maximum(power, _SILENCE_POWER))
        # The network hears speech at any level; what nobody can hear is not speech to us.
        audible = np.where(levels_db >= INAUDIBLE_DB, probabilities, np.float32(0))
        return Frames(audible, levels_db)


@cache
def _state_after_silence() -> "tuple[NDArray[np.float32], NDArray[np.float32]]":
    """Give the network's state after a second of silence.

    From its own start it takes a second to believe in speech: a word at the very beginning of a
    source would be lost.
    """
    nothing = np.zeros(CONTEXT_SAMPLES + round(1 / FRAME_SECONDS) * FRAME_SAMPLES, np.float32)
    state = np.zeros((1, 1, HIDDEN), np.float32)
    _, h, c = _session().run(None, {"encoded_0": magnitudes_of(nothing), "h": state, "c": state})
    return h, c


def _recalled(memory: bytes) -> "tuple[NDArray[np.float32], ...]":
    h, c, context = np.split(np.frombuffer(memory, np.float32), (HIDDEN, 2 * HIDDEN))
    return h.reshape(1, 1, HIDDEN), c.reshape(1, 1, HIDDEN), context


@cache
def _session() -> Any:
    """Open the network once per process."""
    # The runtime keeps usage records below the home folder unless it is told before its import.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # One thread: sources run in parallel by processes, and spinning threads burn CPU for nothing.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # it would keep the most that was ever needed
    return onnxruntime.InferenceSession(
        sequence_model().SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
