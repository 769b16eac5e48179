"""The ways that aligners are compared with; each is a function (sound, lines, voice) -> Alignment.

- `chars`: the speech, shared out by the number of characters.
- `aeneas`: its method, one global DTW of MFCC against speech of espeak-ng within a stripe of 60 s
  (its defaults: windows of 100 ms every 40 ms, cosine distance); `aeneas+snap` moves the edges of
  the same path out of pauses, or to the edges of speech near them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import librosa
import numba
import numpy as np
from align_speech import SPEECH_RATE, speak

from audioset.hearing.speech.detector import FRAME_SECONDS
from audioset.records.lines import Alignment, Line, LineSpan

RATE = 16_000
_HOP_SECONDS, _WINDOW_SECONDS, _MARGIN_SECONDS = 0.040, 0.100, 60.0
_SNAP_SECONDS = 0.35
_LONGEST_DIP_FRAMES = 4  # shorter pauses are inside words
_DIAGONAL, _UP, _LEFT = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Sound:
    """What an aligner is given: samples at 16 kHz and speech probabilities per 32 ms."""

    samples: np.ndarray
    probabilities: np.ndarray

    @property
    def length_seconds(self) -> float:
        """Length of the sound."""
        return self.samples.size / RATE

    def islands(self) -> list[tuple[float, float]]:
        """Give the stretches of speech, in seconds; short dips are speech."""
        speech = self.probabilities >= 0.5
        changes = np.flatnonzero(np.diff(np.concatenate([[0], speech.view(np.int8), [0]])))
        runs: list[list[int]] = []
        for first, after in changes.reshape(-1, 2).tolist():
            if runs and first - runs[-1][1] <= _LONGEST_DIP_FRAMES:
                runs[-1][1] = after
            else:
                runs.append([first, after])
        return [(first * FRAME_SECONDS, after * FRAME_SECONDS) for first, after in runs]


Way = Callable[[Sound, Sequence[Line], str], Alignment]


def chars(sound: Sound, lines: Sequence[Line], voice: str) -> Alignment:
    del voice
    said = _spoken(lines)
    islands = np.array(sound.islands())
    lengths = islands[:, 1] - islands[:, 0]
    before = np.concatenate([[0], np.cumsum(lengths)])
    shares = np.cumsum([0, *(len(line.text) for line, _ in said)], dtype=float)
    marks = shares / shares[-1] * before[-1]

    def at(speech_seconds: float, *, end: bool) -> float:
        side = "left" if end else "right"
        island = int(
            np.clip(np.searchsorted(before, speech_seconds, side) - 1, 0, len(lengths) - 1)
        )
        return float(islands[island, 0] + speech_seconds - before[island])

    edges = [(at(a, end=False), at(b, end=True)) for a, b in pairwise(marks)]
    return _alignment("chars", said, edges, sound)


def aeneas(sound: Sound, lines: Sequence[Line], voice: str) -> Alignment:
    said = _spoken(lines)
    edges = list(pairwise(_boundaries(sound, [line for line, _ in said], voice)))
    return _alignment("aeneas", said, edges, sound)


def aeneas_snap(sound: Sound, lines: Sequence[Line], voice: str) -> Alignment:
    said = _spoken(lines)
    islands = np.array(sound.islands())
    marks = _boundaries(sound, [line for line, _ in said], voice)
    edges = [(_start(a, islands), _end(b, islands)) for a, b in pairwise(marks)]
    return _alignment("aeneas+snap", said, edges, sound)


WAYS: dict[str, Way] = {"chars": chars, "aeneas": aeneas, "aeneas+snap": aeneas_snap}


def _spoken(lines: Sequence[Line]) -> list[tuple[Line, int]]:
    """Write each line as often as it is said; once when that is not known."""
    return [(line, take) for line in lines for take in range(1, (line.takes or 1) + 1)]


def _alignment(
    name: str,
    said: Sequence[tuple[Line, int]],
    edges: Sequence[tuple[float, float]],
    sound: Sound,
) -> Alignment:
    spans = tuple(
        LineSpan(
            line=line.number, take=take, start_seconds=start, end_seconds=max(end, start), score=1.0
        )
        for (line, take), (start, end) in zip(said, edges, strict=True)
    )
    return Alignment(
        aligner=f"{name}@1",
        spans=spans,
        missing=(),
        unexplained=(),
        length_seconds=sound.length_seconds,
    )


def _start(seconds: float, islands: np.ndarray) -> float:
    """Move a start out of a pause to where speech begins; else to a beginning of speech near it."""
    inside = (islands[:, 0] < seconds) & (seconds < islands[:, 1])
    later = islands[islands[:, 0] >= seconds, 0]
    if not inside.any() and later.size:
        return float(later[0])
    return _nearest(seconds, islands[:, 0])


def _end(seconds: float, islands: np.ndarray) -> float:
    """Move an end out of a pause to where speech ended; else to an end of speech near it."""
    inside = (islands[:, 0] < seconds) & (seconds < islands[:, 1])
    earlier = islands[islands[:, 1] <= seconds, 1]
    if not inside.any() and earlier.size:
        return float(earlier[-1])
    return _nearest(seconds, islands[:, 1])


def _nearest(seconds: float, edges: np.ndarray) -> float:
    best = float(edges[np.argmin(np.abs(edges - seconds))])
    return best if abs(best - seconds) <= _SNAP_SECONDS else seconds


def _boundaries(sound: Sound, lines: Sequence[Line], voice: str) -> list[float]:
    """Give the edges between lines, one more than lines, in seconds of the sound."""
    speech = [speak(line.text, voice) for line in lines]
    ends = np.cumsum([0, *(part.size for part in speech)]) / SPEECH_RATE
    theirs = _features(np.concatenate(speech), SPEECH_RATE)
    ours = _features(sound.samples, RATE)
    margin = round(_MARGIN_SECONDS / _HOP_SECONDS)
    path = _dtw(ours, theirs, margin)
    frames = np.clip((ends / _HOP_SECONDS).astype(int), 0, len(theirs) - 1)
    firsts = np.searchsorted(path, frames)
    return [0.0, *(firsts[1:-1] * _HOP_SECONDS).tolist(), sound.length_seconds]


def _features(samples: np.ndarray, rate: int) -> np.ndarray:
    """Give MFCC without the first, rows of length one, shape (frames, 12)."""
    sharpened = np.append(samples[:1], samples[1:] - np.float32(0.97) * samples[:-1])
    mfcc = librosa.feature.mfcc(
        y=sharpened,
        sr=rate,
        n_mfcc=13,
        n_mels=40,
        fmin=133.3333,
        fmax=6855.4976,
        htk=True,
        n_fft=4096,
        win_length=round(_WINDOW_SECONDS * rate),
        window="hamming",
        hop_length=round(_HOP_SECONDS * rate),
    )[1:].T
    return np.ascontiguousarray(
        mfcc / np.maximum(np.linalg.norm(mfcc, axis=1, keepdims=True), 1e-9), np.float32
    )


@numba.njit(cache=True)
def _dtw(ours, theirs, margin):  # pragma: no cover - compiled
    """Give for each of our frames the last of theirs that it is matched with, int64."""
    num, other = len(ours), len(theirs)
    width = min(other, 2 * margin + 1)
    lows = np.empty(num, np.int64)
    moves = np.full((num, width), _UP, np.uint8)
    before = np.full(width, np.inf, np.float32)
    for i in range(num):
        low = min(max(0, i * other // num - margin), other - width)
        lows[i] = low
        shift = low - lows[i - 1] if i else 0
        row = np.full(width, np.inf, np.float32)
        for k in range(width):
            cost = 1 - np.dot(ours[i], theirs[low + k])
            best, move = np.float32(np.inf), _UP
            if i == 0 and k == 0:
                best = np.float32(0)
            if i and k + shift < width and before[k + shift] < best:
                best, move = before[k + shift], _UP
            if i and 0 <= k + shift - 1 < width and before[k + shift - 1] <= best:
                best, move = before[k + shift - 1], _DIAGONAL
            if k and row[k - 1] < best:
                best, move = row[k - 1], _LEFT
            row[k] = best + cost
            moves[i, k] = move
        before = row
    path = np.empty(num, np.int64)
    i, j = num - 1, other - 1
    path[i] = j
    while i > 0:
        move = moves[i, j - lows[i]]
        if move == _LEFT and j > 0:
            j -= 1
            continue
        i -= 1
        if move == _DIAGONAL:
            j -= 1
        j = min(max(j, lows[i]), lows[i] + width - 1)
        path[i] = j
    return path
