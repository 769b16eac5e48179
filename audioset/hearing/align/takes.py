"""Takes of one line held against each other: which is unlike the others, which is the best.

Two takes of a line by one speaker are far more alike than any synthetic voice is to either (area
under the curve 0.99 against 0.85, 8 recordings of digits, 2026).
"""

from collections import defaultdict
from collections.abc import Container, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from audioset.hearing.align.placed import Placed
from audioset.records.lines import LineSpan, lacks_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_COMPARED = 12  # takes of a line; more are compared with these only
_ODD_BELOW = 0.6  # of the similarity that its line's most similar takes have
_ALL_ODD_BELOW = 0.25  # of the similarity that takes of a line usually have in this recording
_LEAST_COMPARED = 6  # takes, to know what is usual
_FAR = 1.0  # mean distance at which two sounds are not alike at all, relative to strangers


def similarities(placed: Sequence[Placed], cepstra: "NDArray[np.float32]") -> list[float | None]:
    """Give for each span its mean similarity to the other takes of its line, [0, 1].

    None where it is the only take. 0 is as far as different lines of this recording are. A take
    that lacks words is held against the others, and they are not held against it.
    """
    by_line: defaultdict[int, list[int]] = defaultdict(list)
    for k, span in enumerate(placed):
        by_line[span.line].append(k)
    strangers = strangers_apart(placed, cepstra)
    found: list[float | None] = [None] * len(placed)
    for takes in by_line.values():
        for k in takes:
            others = [n for n in takes if n != k and not placed[n].lacks][:_MOST_COMPARED]
            if others:
                distances = [apart(placed[k], placed[n], cepstra) for n in others]
                near = float(np.median(distances))
                found[k] = float(np.clip(1 - near / (_FAR * strangers), 0, 1))
    return found


def odd_takes(spans: Sequence[LineSpan]) -> set[int]:
    """Give the places in `spans` of takes that are clearly less similar than others.

    Than the most similar ones of their line, or than takes of a line usually are here: of two that
    are nothing like each other one is no take of the line.
    """
    known = [
        span.similarity
        for span in spans
        if span.similarity is not None and not lacks_words(span.flags)
    ]
    least = _ALL_ODD_BELOW * float(np.median(known)) if len(known) >= _LEAST_COMPARED else 0.0
    best: dict[int, float] = {}
    for span in spans:
        best[span.line] = max(best.get(span.line, 0.0), span.similarity or 0.0)
    return {
        k
        for k, span in enumerate(spans)
        if span.similarity is not None
        and span.similarity < max(least, _ODD_BELOW * best[span.line])
    }


def with_best(
    spans: Sequence[LineSpan], *, cut: Container[tuple[int, int]] = ()
) -> tuple[LineSpan, ...]:
    """Propose one take of each line, unless all of them lack words.

    The one with the fewest flags, where a word that is cut counts as one; among these, the one most
    similar to the others, then with the better score, then the later one: people repeat a line
    until they like it.

    Args:
        spans: all takes of all lines.
        cut: lines and takes that begin or end inside of a word.
    """
    best: dict[int, int] = {}
    worth = [_worth(span, (span.line, span.take) in cut) for span in spans]
    for k, span in enumerate(spans):
        if lacks_words(span.flags):
            continue
        if span.line not in best or worth[k] >= worth[best[span.line]]:
            best[span.line] = k
    chosen = set(best.values())
    return tuple(replace(span, best=k in chosen) for k, span in enumerate(spans))


def _worth(span: LineSpan, is_cut: bool) -> tuple[int, float, float]:  # noqa: FBT001
    return -len(span.flags) - is_cut, round(span.similarity or 0.0, 2), round(span.score, 2)


def strangers_apart(placed: Sequence[Placed], cepstra: "NDArray[np.float32]") -> float:
    """Give how far spans of different lines are apart, from a few pairs."""
    rng = np.random.default_rng(0)
    distances = []
    for _ in range(40):
        if len(placed) < 2:
            break
        a, b = (placed[int(k)] for k in rng.integers(0, len(placed), 2))
        if a.line != b.line:
            distances.append(apart(a, b, cepstra))
    return float(np.median(distances)) if distances else 8.0


def apart(one: Placed, two: Placed, cepstra: "NDArray[np.float32]") -> float:
    """Give the mean distance along the best warp of one span onto the other."""
    from audioset.hearing.align.decoder import kernels

    a, b = cepstra[one.start : one.end], cepstra[two.start : two.end]
    squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None] - 2 * (a @ b.T)
    return float(kernels.warp(np.sqrt(np.maximum(squares, 0))))
