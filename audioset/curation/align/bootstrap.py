"""The aligner that needs no model: a synthetic voice to begin with, then the recording itself.

A first pass in frames of 40 ms finds the lines by their distance to the voice; the second one, in
frames of 20 ms around those places, by it and by phone models that the recording has taught.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from audioset.curation.align.decode import (
    LEAP_COST,
    STAY_COST,
    Found,
    Plan,
    Scene,
    Windows,
    decode,
    windows_around,
)
from audioset.curation.align.emission import Emission
from audioset.curation.align.features import (
    Heard,
    cepstra_of,
    count_live_bands,
    normalised,
)
from audioset.curation.align.phone_models import PhoneModels
from audioset.curation.align.scene import coarser, make_scene, silence_of
from audioset.curation.align.self_training import learn_phone_costs
from audioset.curation.align.templates import Templates, make_templates
from audioset.curation.align.voice import Speech

if TYPE_CHECKING:
    from numpy.typing import NDArray

_COARSE = 2  # frames of 20 ms in one of the first pass
_BEAM = 800.0
_REACH_FRAMES = 100  # 2 s around what the first pass found
_ROUNDS = 2
_SKIP_COST, _AGAIN_COST = 0.2, 0.15  # per state
_TRUSTED_SHARE = 0.8  # of spans, by how well they fit: what phones are learnt from
_DISTANCE_WEIGHT = 0.5  # beside phone models


@dataclass(frozen=True, slots=True)
class Placed:
    """A line in frames of 20 ms.

    Attributes:
        line: index into the lines.
        start: first frame.
        end: first frame after it.
        cost: mean cost of its frames; below 0 is better than speech that is no line.
    """

    line: int
    start: int
    end: int
    cost: float


def place_lines(
    heard: Heard,
    speeches: Sequence[Speech],
    copies: Sequence[int | None],
    models: PhoneModels | None = None,
) -> tuple[list[Placed], list[Placed]]:
    """Find lines.

    Args:
        heard: the source.
        speeches: each line as a voice says it.
        copies: how often each line is said; None = unknown.
        models: how phones sound in other recordings of the dataset; the first pass knows them.

    Returns:
        The lines as they were found in the end, and as the voice alone finds them.
    """
    num_bands = count_live_bands(heard)
    silent = silence_of(heard)
    features = normalised(cepstra_of(heard.bands, num_bands), ~silent)
    order = [k for k, count in enumerate(copies) for _ in range(count or 1)]
    templates = make_templates(speeches, num_bands).taken(order)
    search = _Search(heard, features, silent, templates, [copies[k] is None for k in order], models)
    first, last = search.run()
    return [_of_line(span, order) for span in last], [_of_line(span, order) for span in first]


def _of_line(span: Placed, order: Sequence[int]) -> Placed:
    return Placed(order[span.line], span.start, span.end, span.cost)


class _Search:
    def __init__(
        self,
        heard: Heard,
        features: "NDArray[np.float32]",
        silent: "NDArray[np.bool_]",
        templates: Templates,
        said_again: Sequence[bool],
        models: PhoneModels | None,
    ) -> None:
        self._heard, self._features, self._silent = heard, features, silent
        self._templates, self._said_again = templates, np.array(said_again)
        self._known = models.costs(features, templates.names) if models else None

    def run(self) -> tuple[list[Placed], list[Placed]]:
        windows = self._coarse_windows()
        scene, plan = make_scene(self._heard), self._plan(self._templates)
        emission = self._emission(self._known)
        first = found = self._fine(plan, scene, windows, emission)
        for _ in range(_ROUNDS):
            phone_costs = self._learn(emission, found)
            if phone_costs is None:
                break
            emission = self._emission(self._joined(phone_costs))
            found = self._fine(plan, scene, windows, emission)
        return first, found

    def _emission(self, phone_costs: "NDArray[np.float32] | None") -> Emission:
        weight = 1.0 if phone_costs is None else _DISTANCE_WEIGHT
        return Emission(self._features, self._silent, self._templates, phone_costs, weight)

    def _joined(self, own: "NDArray[np.float32]") -> "NDArray[np.float32]":
        """Give the mean of what this recording taught and of what was known before."""
        if self._known is None:
            return own
        both: NDArray[np.float32] = (own + self._known) / np.float32(2)
        return both

    def _coarse_windows(self) -> Windows:
        templates = self._templates.coarser(_COARSE)
        silent = coarser(self._silent.astype(np.float32), _COARSE) >= 0.5
        known = None if self._known is None else coarser(self._known, _COARSE)
        emission = Emission(
            coarser(self._features, _COARSE), silent, templates, known,
            1.0 if known is None else _DISTANCE_WEIGHT,
        )  # fmt: skip
        scene = make_scene(self._heard, _COARSE)
        found = decode(self._plan(templates), scene, emission.costs, beam=_BEAM)
        return windows_around(
            found, len(self._said_again), len(self._heard), scale=_COARSE, reach=_REACH_FRAMES
        )

    def _fine(self, plan: Plan, scene: Scene, windows: Windows, emission: Emission) -> list[Placed]:
        found = decode(plan, scene, emission.costs, windows=windows)
        return [
            Placed(span.line, span.start, span.end, self._trace(emission, span)[1])
            for span in found
        ]

    def _trace(self, emission: Emission, span: Found | Placed) -> "tuple[NDArray[np.int32], float]":
        from audioset.curation.align import kernels

        first, last = (int(k) for k in self._templates.at[span.line : span.line + 2])
        costs = emission.costs(span.start, span.end, first, last)
        states, cost = kernels.trace(costs, STAY_COST, LEAP_COST)
        return first + states, cost

    def _learn(self, emission: Emission, found: Sequence[Placed]) -> "NDArray[np.float32] | None":
        trusted = sorted(found, key=lambda span: span.cost)
        trusted = trusted[: max(1, round(_TRUSTED_SHARE * len(trusted)))]
        frames: list[NDArray[np.int64]] = []
        phones: list[NDArray[np.int64]] = []
        for span in trusted:
            states, _ = self._trace(emission, span)
            frames.append(np.arange(span.start, span.end))
            phones.append(self._templates.phones[states])
        if not frames:
            return None
        return learn_phone_costs(
            self._features, np.concatenate(frames), np.concatenate(phones),
            len(self._templates.names),
        )  # fmt: skip

    def _plan(self, templates: Templates) -> Plan:
        lengths = np.diff(templates.at).astype(np.float32)
        again = np.full(lengths.size, np.inf, np.float32)
        again[self._said_again] = _AGAIN_COST * np.median(lengths)
        return Plan(templates.at, _SKIP_COST * lengths, again)
