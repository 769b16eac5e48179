"""Which words of its line a span lacks: a false start stops, or begins, inside of its line.

The way through the whole line is held against ways that stop behind one of its words in the span's
last frame, or begin with one in its first. Where words lack, the whole line has to be squeezed in,
and leaving them out is far cheaper. Silence is left out: a word that lacks would hide in it.

The limits were chosen on false starts made of digits of the speakers jackson and lucas, of French
numbers, and of the first half of `libri_27_124992`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LEAST_FRAMES = 4  # of speech: fewer tell nothing


@dataclass(frozen=True, slots=True)
class Limits:
    """When words lack: a part fits better than the whole line by more than both of these.

    Attributes:
        gain: over the whole span, in units of costs.
        gain_per_state: of the words that are left out.
    """

    gain: float
    gain_per_state: float


BY_VOICES, BY_SYMBOLS = Limits(15.0, 1.15), Limits(6.5, 0.8)


@dataclass(frozen=True, slots=True)
class LineWords:
    """Words of the lines that are looked for.

    Attributes:
        of: which word of its line each state belongs to, from 0; int64.
        texts: the words of each place of the order, as they are written.
        limits: of what scores the frames.
    """

    of: "NDArray[np.int64]"
    texts: Sequence[Sequence[str]]
    limits: Limits


def lacking_words(
    costs: "NDArray[np.float32]",
    words: "NDArray[np.int64]",
    stay: float,
    leaps: "NDArray[np.float32]",
    limits: Limits,
) -> tuple[int, int] | None:
    """Give the words `[first, last)` of a line that alone are said; None where all of them are.

    Args:
        costs: of the frames of a span that are speech in the states of its line.
        words: which word each state belongs to, from 0, never falling.
        stay: cost of a further frame in a state.
        leaps: cost of coming to each state past the one before it.
        limits: of what scores the frames.
    """
    from audioset.hearing.align.decoder import kernels

    count = int(words[-1]) + 1
    if count < 2 or len(costs) < _LEAST_FRAMES:
        return None
    begins = np.searchsorted(words, np.arange(count))
    ends = np.append(begins[1:], words.size) - 1
    until = kernels.endings(costs, stay, leaps)[ends]
    mirrored = np.concatenate([leaps[:2], leaps[2:][::-1]])
    from_end = kernels.endings(np.ascontiguousarray(costs[::-1, ::-1]), stay, mirrored)
    since = from_end[words.size - 1 - begins]
    stops, starts = int(np.argmin(until[:-1])) + 1, int(np.argmin(since[1:])) + 1
    stopped = until[stops - 1] <= since[starts]
    least = min(until[stops - 1], since[starts])
    if not np.isfinite(least):  # there are too few frames for any part of it
        return None
    first, last = (0, stops) if stopped else (starts, count)
    left_out = begins[first] + words.size - 1 - ends[last - 1]
    if until[-1] - least > max(limits.gain, limits.gain_per_state * left_out):
        return first, last
    return None
