"""Aligners of other packages: loaded, and asked where lines are; edges and flags stay ours."""

import math
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from audioset.engine import attempt
from audioset.errors import AudiosetError, InvalidInputError, one_line
from audioset.hearing.align.ear.features import HOP_SECONDS
from audioset.hearing.align.ear.sound import Sound16k
from audioset.hearing.align.placed import Placed
from audioset.hearing.plugins import load_plugin
from audioset.records.lines import Line, LineSpan
from audioset.records.plugin_contracts import SOUND_RATE, Aligner, EmissionModel

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LEAST_SCORE = 1e-6  # as far as a score can be told from certainty


class KeptSound:
    """Blocks of sound that are kept while they go by: a plug-in needs all of them."""

    def __init__(self, sound: Sound16k) -> None:
        self._sound = sound
        self._blocks: list[NDArray[np.float32]] = []

    def again(self) -> Sound16k:
        """Give the same sound, to be read once."""
        return Sound16k(self._keep(), self._sound.probabilities)

    def samples(self) -> "NDArray[np.float32]":
        """Give all that went by, shape (num_samples,)."""
        return np.concatenate([np.zeros(0, np.float32), *self._blocks])

    def _keep(self) -> "Iterator[NDArray[np.float32]]":
        for block in self._sound:
            self._blocks.append(block)
            yield block


def open_aligner(name: str) -> Aligner | EmissionModel:
    """Load the aligner of another package.

    Raises:
        NotFoundError: no package brings one of that name.
        InvalidInputError: it cannot be loaded, or neither finds lines nor scores frames.
    """
    opener = load_plugin("aligner", name)
    outcome = attempt(lambda threads: opener(threads=threads), 1)
    aligner: Any = require(outcome.value, outcome.error, name, "cannot load its model")
    for attribute in ("name", "version"):
        if not hasattr(aligner, attribute):
            raise InvalidInputError(f"the aligner {name!r} gave an object without {attribute!r}")
    found: Aligner | EmissionModel = aligner
    if not isinstance(found, Aligner | EmissionModel):
        raise InvalidInputError(
            f"the aligner {name!r} gave an object without 'align', and without 'emissions' and "
            "'symbols'"
        )
    return found


def place_by_plugin(
    aligner: Aligner,
    samples: "NDArray[np.float32]",
    lines: Sequence[Line],
    language: str | None,
    pins: Sequence[LineSpan],
    pinned: Sequence[Placed],
) -> list[Placed]:
    """Let a plug-in find lines; what a person confirmed goes before what it found.

    Raises:
        InvalidInputError: it raised, or gave spans that cannot be.
    """
    outcome = attempt(partial(aligner.align, lines=lines, language=language, pins=pins), samples)
    spans: Any = require(outcome.value, outcome.error, aligner.name, "failed")
    places = {line.number: place for place, line in enumerate(lines)}
    num_frames = int(samples.size / (HOP_SECONDS * SOUND_RATE))
    found = list(pinned)
    for span in spans:
        placed = _placed(span, places, num_frames, aligner.name)
        if all(placed.end <= pin.start or placed.start >= pin.end for pin in pinned):
            found.append(placed)
    return sorted(found, key=lambda placed: placed.start)


def _placed(span: LineSpan, places: dict[int, int], num_frames: int, name: str) -> Placed:
    start, end = (
        round(seconds / HOP_SECONDS) for seconds in (span.start_seconds, span.end_seconds)
    )
    if span.line not in places or not 0 <= start < end:
        raise InvalidInputError(
            f"the aligner {name!r} puts line {span.line} from {span.start_seconds} to "
            f"{span.end_seconds} s, which cannot be"
        )
    score = min(max(span.score, _LEAST_SCORE), 1 - _LEAST_SCORE)
    return Placed(
        places[span.line],
        min(start, num_frames - 1),
        min(end, num_frames),
        math.log(1 / score - 1) / 4,
    )


def require(value: Any, error: Exception | None, name: str, what: str) -> Any:
    """Give what a plug-in gave; what it raised becomes one line with its name."""
    if error is None:
        return value
    if isinstance(error, AudiosetError):
        raise error
    raise InvalidInputError(f"the aligner {name!r} {what}: {one_line(error)}") from error
