"""Do these sounds say these lines? Decided against decoys: other texts of the same sounds.

The lines are divided in two halves. What was found of one half teaches phone models, and with them
each take of the other half is held against its own text and against texts that are put together of
pieces of other lines. Where the transcript is that of the recording, a line fits far better than
any decoy, because the other half has taught the right sounds; where it is not, what was learnt is
wrong, and a line is hardly better than a decoy. That holds in any language, and no text is needed
that the transcript does not have.

All takes of a line, and lines of the same text, are in one half: a word that was taken for another
throughout must not vouch for itself.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from audioset.hearing.align.decoder.decode import LEAP_COST, STAY_COST
from audioset.hearing.align.decoder.emission import Emission
from audioset.hearing.align.decoder.scene import coarser
from audioset.hearing.align.placed import Placed
from audioset.hearing.align.voices.lend import lend_frames
from audioset.hearing.align.voices.phone_models import DISTANCE_WEIGHT, PhoneSums
from audioset.hearing.align.voices.templates import Templates

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_TAKES = 300  # that are looked at, from all of the source
_NUM_DECOYS = 10
_PIECE_STATES = 7  # of a coarse pass, about 0.3 s: pieces of other lines that decoys are made of
_LEAST_COARSE_FRAMES = 4  # of a take
_LESSONS = 2
_LEAST_SPREAD = 0.1  # of the costs of decoys: below it, a difference says nothing
_MOST = 6.0  # no take vouches for more


@dataclass(frozen=True, slots=True)
class Credit:
    """How far lines are ahead of decoys.

    Attributes:
        mean: over all lines, in deviations of the decoys' costs, of each its best take; a line that
            was not found is 0.
        usual: likewise, of each line the mean of its takes that lack no words. The best of many
            tries flatters lines that are said nowhere, and are taken for said again.
        of_takes: of each take that was looked at, by its place among the spans.
    """

    mean: float
    usual: float
    of_takes: dict[int, float]


def credit_of(
    cepstra: "NDArray[np.float32]",
    silent: "NDArray[np.bool_]",
    templates: Templates,
    placed: Sequence[Placed],
    factor: int,
) -> Credit | None:
    """Hold what was found against decoys.

    Args:
        cepstra: of the source, normalised, in frames of 20 ms.
        silent: which of them are silence.
        templates: the lines as a voice says them.
        placed: what was found.
        factor: how many frames are looked at as one.

    Returns:
        None where too little was found to be divided in two.
    """
    takes = _some_takes(placed, factor * _LEAST_COARSE_FRAMES)
    halves = _halves([_said(templates, placed[k].line) for k in takes])
    if len(set(halves)) < 2:
        return None
    chosen = [placed[k] for k in takes]
    court = _Court(cepstra, silent, templates.coarser(factor), chosen, factor)
    ahead = court.ahead(np.array(halves))
    tries = defaultdict[int, list[tuple[bool, float]]](list)
    for k, value in zip(takes, ahead, strict=True):
        some = tries[placed[k].line]
        some.append((bool(placed[k].lacks), min(_MOST, max(-_MOST, value))))
    found = len({span.line for span in placed if not span.out_of_order})
    num_lines = len(templates.at) - 1
    best = [max(value for _, value in some) for some in tries.values()]
    usual = [_usual(some) for some in tries.values()]
    return Credit(
        float(np.mean(best)) * found / num_lines,
        float(np.mean(usual)) * found / num_lines,
        dict(zip(takes, ahead, strict=True)),
    )


def _usual(tries: Sequence[tuple[bool, float]]) -> float:
    """Give the mean of a line's takes, of those that lack no words where there are any."""
    whole = [value for lacks, value in tries if not lacks]
    return float(np.mean(whole or [value for _, value in tries]))


def _some_takes(placed: Sequence[Placed], least: int) -> list[int]:
    """Choose takes that are long enough and in order, evenly over the source."""
    takes = [
        k
        for k, span in enumerate(placed)
        if span.end - span.start >= least and not span.out_of_order
    ]
    if len(takes) <= _MOST_TAKES:
        return takes
    return [takes[int(k)] for k in np.linspace(0, len(takes) - 1, _MOST_TAKES)]


def _said(templates: Templates, line: int) -> bytes:
    return templates.phones[templates.at[line] : templates.at[line + 1]].tobytes()


def _halves(lines: Sequence[bytes]) -> list[int]:
    """Put lines into two halves, turn by turn, and those that sound the same into the same."""
    numbers: dict[bytes, int] = {}
    return [numbers.setdefault(line, len(numbers)) % 2 for line in lines]


class _Court:
    """Takes, their lines and their decoys, in coarse frames that lie behind each other."""

    def __init__(
        self,
        cepstra: "NDArray[np.float32]",
        silent: "NDArray[np.bool_]",
        templates: Templates,
        placed: Sequence[Placed],
        factor: int,
    ) -> None:
        parts = [coarser(cepstra[span.start : span.end], factor) for span in placed]
        quiet = [
            coarser(silent[span.start : span.end].astype(np.float32), factor) >= 0.5
            for span in placed
        ]
        self._cepstra = np.concatenate(parts)
        self._at = np.concatenate([[0], np.cumsum([len(part) for part in parts])])
        self._lines = [span.line for span in placed]
        self._real = templates
        self._templates = _with_decoys(templates, self._lines)
        self._plain = Emission(self._cepstra, np.concatenate(quiet), self._templates)

    def ahead(self, halves: "NDArray[np.int64]") -> list[float]:
        """Give for each take how far its line is ahead of its decoys, in their deviations."""
        found = np.zeros(len(self._lines))
        for half in (0, 1):
            heard = self._taught(np.flatnonzero(halves != half))
            for take in np.flatnonzero(halves == half).tolist():
                found[take] = self._judged(take, heard)
        return found.tolist()

    def _judged(self, take: int, heard: Emission) -> float:
        decoys = len(self._real.at) - 1 + take * _NUM_DECOYS
        own = self._trace(take, self._lines[take], heard)[1]
        costs = np.array(
            [self._trace(take, decoys + number, heard)[1] for number in range(_NUM_DECOYS)]
        )
        return float((costs.mean() - own) / np.hypot(costs.std(), _LEAST_SPREAD))

    def _taught(self, takes: "NDArray[np.int64]") -> Emission:
        """Give costs by phone models that some takes have taught."""
        heard = self._plain
        for _ in range(_LESSONS):
            states = [self._trace(take, self._lines[take], heard)[0] for take in takes.tolist()]
            frames = np.concatenate(
                [
                    self._at[take] + np.arange(len(some))
                    for take, some in zip(takes, states, strict=True)
                ]
            )
            phones = self._templates.phones[np.concatenate(states)]
            sums = PhoneSums()
            sums.add(self._cepstra, frames, phones, self._real.names)
            lend_frames(sums, [self._real], phones)
            models = sums.make()
            if models is None:
                break
            costs = models.costs(self._cepstra, self._real.names)
            heard = self._plain.with_phones(costs, DISTANCE_WEIGHT)
        return heard

    def _trace(self, take: int, line: int, heard: Emission) -> "tuple[NDArray[np.int64], float]":
        """Give the states of a line that the frames of a take are in, and their mean cost."""
        from audioset.hearing.align.decoder import kernels

        start, end = (int(k) for k in self._at[take : take + 2])
        first, last = (int(k) for k in self._templates.at[line : line + 2])
        leaps = np.full(last - first, LEAP_COST, np.float32)
        states, cost = kernels.trace(heard.costs(start, end, first, last), STAY_COST, leaps)
        return first + states.astype(np.int64), cost


def _with_decoys(templates: Templates, lines: Sequence[int]) -> Templates:
    """Give the lines, and behind them decoys of some of them: pieces of other lines, as long."""
    rng = np.random.default_rng(0)
    num_states = int(templates.at[-1])
    cuts = [0]
    for change in (np.flatnonzero(np.diff(templates.phones)) + 1).tolist():
        if change - cuts[-1] >= _PIECE_STATES:
            cuts.append(change)
    pieces = [np.arange(first, last) for first, last in pairwise([*cuts, num_states])]
    of_line = np.searchsorted(templates.at, [piece[0] for piece in pieces], side="right") - 1
    lengths = np.diff(templates.at)
    order, counts = [np.arange(num_states)], lengths.tolist()
    for line in lines:
        others = np.flatnonzero(of_line != line)
        for _ in range(_NUM_DECOYS):
            states = _drawn(pieces, rng.permutation(others), int(lengths[line]))
            order.append(states)
            counts.append(states.size)
    states = np.concatenate(order)
    at = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return replace(
        templates,
        cepstra=templates.cepstra[states],
        phones=templates.phones[states],
        words=templates.words[states],
        at=at,
    )


def _drawn(
    pieces: "Sequence[NDArray[np.int64]]", order: "NDArray[np.int64]", length: int
) -> "NDArray[np.int64]":
    """Give the first states of pieces, as many as asked for or all that there are."""
    drawn, count = [], 0
    for k in order.tolist():
        drawn.append(pieces[k])
        count += pieces[k].size
        if count >= length:
            break
    return np.concatenate(drawn)[:length]
