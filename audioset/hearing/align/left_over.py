"""Give speech that was left over to a line beside it, where it fits that line.

A short line may lose one of its takes: its phones were not learnt, or the take is soft. What lies
alone between two pauses is then held against the takes that were found, and against the text.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from audioset.hearing.align.decoder.decode import Found
from audioset.hearing.align.flags import runs
from audioset.hearing.align.placed import Placed
from audioset.hearing.align.sections import Agenda
from audioset.hearing.align.takes import apart, strangers_apart

if TYPE_CHECKING:
    from numpy.typing import NDArray

_JOINED_FRAMES, _LEAST_FRAMES = 15, 8  # pauses inside one stretch; speech that is worth a line
_ALIKE = 0.8  # of the distance between different lines: nearer than this are takes of one line
_FITS_COST = 0.0  # of the text, where no take is known
_LONGEST_RATIO = 1.8  # between two takes of a line


def with_left_over(
    found: Sequence[Found],
    agenda: Agenda,
    silent: "NDArray[np.bool_]",
    cepstra: "NDArray[np.float32]",
    lengths: "NDArray[np.int64]",
    cost_of: "Callable[[Found], float]",
) -> list[Found]:
    """Give the spans with those that were left out.

    Args:
        found: at places of the agenda's order, in order of time.
        agenda: what is looked for.
        silent: which frames are silence.
        cepstra: of the frames.
        lengths: of the places in the voice's speech, in frames.
        cost_of: how badly a span fits the text of its place.
    """
    filled = sorted([*found, *_by_count(found, agenda, silent, lengths)], key=_start)
    for start, end in _left_over(filled, silent):
        before = [span for span in filled if span.end <= start]
        after = [span for span in filled if span.start >= end]
        used = Counter(span.line for span in filled)
        low = max((span.line for span in before), default=0)
        high = min((span.line for span in after), default=len(agenda.order) - 1)
        low, high = _outermost(low, agenda, -1), _outermost(high, agenda, 1)
        places = [
            place for place in range(low, high + 1) if not used[place] or agenda.repeated[place]
        ]
        best = _best(start, end, places, filled, agenda, cepstra, cost_of)
        if best is not None:
            filled.append(Found(best, start, end))
            filled.sort(key=_start)
    return filled


def _outermost(place: int, agenda: Agenda, step: int) -> int:
    """Give the last place of the same line, or the first with a step of -1.

    Which of its takes is which says nothing but their order. It ends at a confirmed one, after
    which all takes that are left stand again.
    """
    confirmed = {pin.line for pin in agenda.pinned}
    while (
        0 <= place + step < len(agenda.order)
        and agenda.order[place + step] == agenda.order[place]
        and not {place, place + step} & confirmed
    ):
        place += step
    return place


def _start(span: Found) -> int:
    return span.start


def _by_count(
    found: Sequence[Found],
    agenda: Agenda,
    silent: "NDArray[np.bool_]",
    lengths: "NDArray[np.int64]",
) -> list[Found]:
    """Give stretches to places where just as many of both are left between two spans.

    One line that is said an unknown number of times takes all of them.
    """
    given: list[Found] = []
    used = {span.line for span in found}
    fence = [-1, *(span.line for span in found), len(agenda.order)]
    stretches = _left_over(found, silent)
    for k, (low, high) in enumerate(pairwise(fence)):
        since = found[k - 1].end if k > 0 else 0
        until = found[k].start if k < len(found) else silent.size
        inside = [part for part in stretches if since <= part[0] and part[1] <= until]
        places = [place for place in range(low + 1, high) if place not in used]
        if len(places) == 1 and agenda.repeated[places[0]]:
            places *= len(inside)
        if not inside or len(places) != len(inside):
            continue
        ratios = [
            (end - start) / lengths[place]
            for place, (start, end) in zip(places, inside, strict=True)
        ]
        if all(1 / _LONGEST_RATIO < ratio < _LONGEST_RATIO for ratio in ratios):
            given += [Found(place, *part) for place, part in zip(places, inside, strict=True)]
    return given


def _left_over(found: Sequence[Found], silent: "NDArray[np.bool_]") -> list[tuple[int, int]]:
    """Give stretches of speech that touch no span, as `[start, end)`."""
    joined: list[list[int]] = []
    for start, end in runs(~silent):
        if joined and start - joined[-1][1] < _JOINED_FRAMES:
            joined[-1][1] = end
        else:
            joined.append([start, end])
    return [
        (start, end)
        for start, end in joined
        if end - start >= _LEAST_FRAMES
        and not any(span.start < end and span.end > start for span in found)
    ]


def _best(
    start: int,
    end: int,
    places: Sequence[int],
    found: Sequence[Found],
    agenda: Agenda,
    cepstra: "NDArray[np.float32]",
    cost_of: "Callable[[Found], float]",
) -> int | None:
    """Give the place that fits a stretch best; None where none does."""
    takes = [Placed(agenda.order[span.line], span.start, span.end, 0.0) for span in found]
    far = 0.0  # how far different lines are apart, once that is asked
    stretch = Placed(-1, start, end, 0.0)
    best, least = None, 1.0
    for place in places:
        same = [take for take in takes if take.line == agenda.order[place]]
        ratios = [(take.end - take.start) / (end - start) for take in same]
        if same and not any(1 / _LONGEST_RATIO < ratio < _LONGEST_RATIO for ratio in ratios):
            continue
        if same:
            far = far or strangers_apart(takes, cepstra)
            misfit = min(apart(stretch, take, cepstra) for take in same) / (far * _ALIKE)
        else:
            misfit = 1.0 + cost_of(Found(place, start, end)) - _FITS_COST
        if misfit < least:
            best, least = place, misfit
    return best
