"""The aligner that needs no model: a synthetic voice to begin with, then the recording itself.

A first pass in frames of 40 ms finds the lines by their distance to the voice; the second one, in
frames of 20 ms around those places, by it and by phone models that the recording has taught.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from audioset.curation.align.decode import (
    LEAP_COST,
    STAY_COST,
    Found,
    Plan,
    Windows,
    decode,
    windows_around,
)
from audioset.curation.align.emission import Emission
from audioset.curation.align.features import (
    Heard,
    count_live_bands,
)
from audioset.curation.align.phone_models import PhoneModels
from audioset.curation.align.placed import Placed
from audioset.curation.align.scene import coarser, features_of, make_scene, silence_of
from audioset.curation.align.self_training import learn_phone_costs
from audioset.curation.align.templates import Templates, make_templates, name_phones
from audioset.curation.align.voice import Speech

if TYPE_CHECKING:
    from numpy.typing import NDArray

_COARSE = 2  # frames of 20 ms in one of the first pass
_BEAM = 800.0
_REACH_FRAMES = 100  # 2 s around what the first pass found
_COARSE_ROUNDS, _ROUNDS = 2, 1
_CHOIR = 0.2
_FIRST_WEIGHT = 1.0
_KEEP = 0.0
FIRST, FIRSTD, KNOWN, REPLACE = 0.2, 1.0, 0.0, True
_SKIP_COST, _AGAIN_COST = 0.2, 0.15  # per state
_TRUSTED_SHARE = 0.8  # of spans, by how well they fit: what phones are learnt from
_DISTANCE_WEIGHT = 0.5  # beside phone models


def place_lines(
    heard: Heard,
    choirs: Sequence[Sequence[Speech]],
    copies: Sequence[int | None],
    models: PhoneModels | None = None,
) -> tuple[list[Placed], list[Placed]]:
    """Find lines.

    Args:
        heard: the source.
        speeches: each line as a voice says it.
        copies: how often each line is said; None = unknown.
        models: how phones sound in other recordings of the dataset.

    Returns:
        The lines as they were found in the end, and as the voice alone finds them.
    """
    num_bands = count_live_bands(heard)
    order = [k for k, count in enumerate(copies) for _ in range(count or 1)]
    names = name_phones(choirs)
    voices = [make_templates(speeches, num_bands, names) for speeches in choirs]
    templates = voices[0].taken(order)
    said_again = np.array([copies[k] is None for k in order])
    features = features_of(heard)
    known = models.costs(features, templates.names) if models else None
    coarse = _Grid(heard, features, templates, voices, said_again, _COARSE, known)
    found = first = coarse.decode(coarse.emission(), beam=_BEAM)
    for _ in range(_COARSE_ROUNDS):
        found = coarse.decode(coarse.emission(found), beam=_BEAM)
    fine = _Grid(heard, features, templates, voices, said_again, 1, known)
    windows = windows_around(found, len(order), len(heard), scale=_COARSE, reach=_REACH_FRAMES)
    found = fine.decode(fine.emission(_finer(found, len(heard))), windows=windows)
    for _ in range(_ROUNDS):
        found = fine.decode(fine.emission(found), windows=windows)
    last = fine.emission(found)
    return fine.placed(found, last, order), fine.placed(_finer(first, len(heard)), last, order)


def _finer(found: Sequence[Found], num_frames: int) -> list[Found]:
    return [
        Found(span.line, span.start * _COARSE, min(num_frames, span.end * _COARSE))
        for span in found
    ]


class _Grid:
    """The source in frames of one length, and the lines in states of the same length."""

    def __init__(
        self,
        heard: Heard,
        features: "NDArray[np.float32]",
        templates: Templates,
        voices: Sequence[Templates],
        said_again: "NDArray[np.bool_]",
        factor: int,
        known: "NDArray[np.float32] | None" = None,
    ) -> None:
        silent = silence_of(heard)
        self._templates = templates if factor == 1 else templates.coarser(factor)
        self._features = features if factor == 1 else coarser(features, factor)
        self._silent = silent if factor == 1 else coarser(silent.astype(np.float32), factor) >= 0.5
        self._scene = make_scene(heard, factor)
        self._voice = Emission(self._features, self._silent, self._templates)
        lengths = np.diff(self._templates.at).astype(np.float32)
        again = np.full(lengths.size, np.inf, np.float32)
        again[said_again] = _AGAIN_COST * np.median(lengths)
        self._plan = Plan(self._templates.at, _SKIP_COST * lengths, again)
        self._voices = [v.coarser(factor) for v in voices] if factor > 1 else voices
        together = np.concatenate([self._features, *[v.features for v in self._voices]])
        frames = np.arange(len(self._features), len(together))
        phones = np.concatenate([v.phones for v in self._voices])
        if _CHOIR:
            learnt = learn_phone_costs(together, frames, phones, len(templates.names))
            if learnt is not None:
                self._voice = self._voice.with_phones(
                    _CHOIR * learnt[: len(self._features)], _FIRST_WEIGHT
                )
                self._choir = learnt[: len(self._features)]
        self._known = known if known is None or factor == 1 else coarser(known, factor)
        if self._known is not None:
            base = self._choir * _CHOIR if not REPLACE else 0
            self._voice = self._voice.with_phones(base + FIRST * self._known, FIRSTD)
        self._last = self._voice

    def decode(
        self, emission: Emission, *, windows: Windows | None = None, beam: float = np.inf
    ) -> list[Found]:
        """Find the lines."""
        return decode(self._plan, self._scene, emission.costs, windows=windows, beam=beam)

    def emission(self, found: Sequence[Found] = ()) -> Emission:
        """Give costs by the voice alone, or also by what spans that were found teach."""
        phone_costs = self._learn(self._last, found) if found else None
        if phone_costs is None:
            return self._voice
        if self._known is not None:
            phone_costs = (1 - KNOWN) * phone_costs + KNOWN * self._known
        self._last = self._voice.with_phones(
            phone_costs + (_KEEP * self._choir if _KEEP else 0), _DISTANCE_WEIGHT
        )
        return self._last

    def placed(
        self, found: Sequence[Found], emission: Emission, order: Sequence[int]
    ) -> list[Placed]:
        """Give spans with their mean costs, and lines as they were given."""
        return [
            Placed(order[span.line], span.start, span.end, self._trace(emission, span)[1])
            for span in found
        ]

    def _trace(self, emission: Emission, span: Found) -> "tuple[NDArray[np.int64], float]":
        from audioset.curation.align import kernels

        first, last = (int(k) for k in self._templates.at[span.line : span.line + 2])
        costs = emission.costs(span.start, span.end, first, last)
        states, cost = kernels.trace(costs, STAY_COST, LEAP_COST)
        return first + states, cost

    def _learn(self, emission: Emission, found: Sequence[Found]) -> "NDArray[np.float32] | None":
        traces = [(span, *self._trace(emission, span)) for span in found]
        traces.sort(key=lambda trace: trace[2])
        trusted = traces[: max(1, round(_TRUSTED_SHARE * len(traces)))]
        frames = np.concatenate([np.arange(span.start, span.end) for span, _, _ in trusted])
        phones = np.concatenate([self._templates.phones[states] for _, states, _ in trusted])
        return learn_phone_costs(self._features, frames, phones, len(self._templates.names))
