"""Find lines that are said again after later ones, or out of order: the decoder goes by the order.

Speech that was left over is searched for each line that is about as long, alone. One that fits
about as well as the lines that were found in their order, with all of its words, is a take.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from audioset.hearing.align.decoder.decode import Found
from audioset.hearing.align.placed import Placed
from audioset.hearing.align.sections import Agenda

if TYPE_CHECKING:
    from numpy.typing import NDArray

    # (place of the order, first frame, frame after the last) -> where it is, and its mean cost
    SearchAlone = Callable[[int, int, int], tuple[Found, float] | None]

_LEAST_FOUND = 0.5  # share of the lines: of fewer, the transcript is another's
_LEAST_LEFT_FRAMES = 20  # of speech
_LONGEST, _SHORTEST = 1.4, 0.3  # speech of a line, as it is usually said, beside what was left over
_LEAST_FIT = 0.6  # of the usual mean cost of a line
_CELLS_PER_FRAME = 3_000  # frames times states that are looked at, for each frame of the source
_MOST_FRAMES = 3_000  # a minute: speech that is no line goes on for longer than that


def said_again(
    placed: Sequence[Placed],
    agenda: Agenda,
    silent: "NDArray[np.bool_]",
    lengths: "NDArray[np.int64]",
    search: "SearchAlone",
) -> list[Found]:
    """Give takes in what is left over or lacks words, in any order of the lines.

    A line that is said a known number of times gets no more of them.

    Args:
        placed: takes in the order of the lines.
        agenda: what was looked for.
        silent: which frames are silence.
        lengths: of the places in the voice's speech, in frames.
        search: finds the line of a place alone, with all of its words; None where it is not said.
    """
    places = {line: place for place, line in reversed(list(enumerate(agenda.order)))}
    whole = [span for span in placed if not span.lacks]
    if not whole or len({span.line for span in whole}) < _LEAST_FOUND * len(places):
        return []
    speech = np.concatenate([[0], np.cumsum(~silent)])
    paces = [(speech[span.end] - speech[span.start]) / lengths[places[span.line]] for span in whole]
    expected = float(np.median(paces)) * lengths
    limit = _LEAST_FIT * float(np.median([span.cost for span in whole]))
    taken, asked = Counter(span.line for span in whole), Counter(agenda.order)
    left = _CELLS_PER_FRAME * silent.size
    again: list[Found] = []
    todo = list(_gaps(whole, silent.size))
    while todo:
        start, end = todo.pop(0)
        heard = speech[end] - speech[start]
        if heard < _LEAST_LEFT_FRAMES or end - start > _MOST_FRAMES:
            continue
        best, least = None, limit
        for line, place in places.items():
            if not agenda.repeated[place] and taken[line] >= asked[line]:
                continue
            if not _SHORTEST * heard < expected[place] < _LONGEST * heard:
                continue
            left -= (end - start) * int(lengths[place])
            alone = search(place, start, end) if left > 0 else None
            if alone is not None and alone[1] < least:
                best, least = alone
        if best is not None:
            again.append(best)
            taken[agenda.order[best.line]] += 1
            todo += [(start, best.start), (best.end, end)]
    return again


def _gaps(placed: Sequence[Placed], num_frames: int) -> Iterator[tuple[int, int]]:
    start = 0
    for begin, end in [*((span.start, span.end) for span in placed), (num_frames, num_frames)]:
        if begin > start:
            yield start, begin
        start = max(start, end)
