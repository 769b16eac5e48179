"""Move the edges of lines to where speech begins and ends."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from audioset.hearing.align.ear.features import Features
from audioset.hearing.align.ear.silence import silence_of
from audioset.hearing.align.placed import Placed

if TYPE_CHECKING:
    from numpy.typing import NDArray

_REACH_FRAMES = 17  # 0.35 s
_DIP_FRAMES = 5


def snapped(placed: Sequence[Placed], features: Features) -> list[Placed]:
    """Move each edge to the nearest edge of speech, or to the quietest place near it."""
    speech = np.concatenate([[False], ~silence_of(features), [False]])
    begins = np.flatnonzero(speech[1:] & ~speech[:-1])
    ends = np.flatnonzero(~speech[1:] & speech[:-1])
    levels_db = features.levels_db.reshape(-1, 2).mean(axis=1)
    found, last_end = [], 0
    for span in placed:
        if span.pinned:
            found.append(span)
            last_end = span.end
            continue
        start = max(last_end, _snap(span.start, begins, levels_db))
        end = _snap(span.end, ends, levels_db)
        if end <= start:
            start, end = span.start, span.end
        found.append(replace(span, start=start, end=end))
        last_end = end
    return found


def _snap(frame: int, edges: "NDArray[np.int64]", levels_db: "NDArray[np.float32]") -> int:
    if edges.size:
        nearest = int(edges[np.argmin(np.abs(edges - frame))])
        if abs(nearest - frame) <= _REACH_FRAMES:
            return nearest
    low = max(0, frame - _DIP_FRAMES)
    part = levels_db[low : frame + _DIP_FRAMES]
    return low + int(np.argmin(part)) if part.size else frame
