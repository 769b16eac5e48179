"""What a frame of the source costs in a state of a line.

Costs are scaled so that speech which is in no line costs about 0, whatever the state: from the
distance to a state the frame's own 20 % quantile over all states is taken away.
"""

from copy import copy
from typing import TYPE_CHECKING

import numpy as np

from audioset.hearing.align.voices.templates import Templates

if TYPE_CHECKING:
    from numpy.typing import NDArray

SILENT_IN_LINE = 0.2  # cost of a silent frame in a spoken state
_FAR_QUANTILE = 0.2
_SOME_STATES = 300  # enough to know a quantile


class Emission:
    """Costs of frames in states, by distance to a synthetic voice and by phone models."""

    def __init__(
        self,
        cepstra: "NDArray[np.float32]",
        silent: "NDArray[np.bool_]",
        templates: Templates,
        phone_costs: "NDArray[np.float32] | None" = None,
        distance_weight: float = 1.0,
    ) -> None:
        self._cepstra, self._templates = cepstra, templates
        self._silent = silent
        self._spoken = (~templates.pauses).astype(np.float32)
        self._phone_costs, self._weight = phone_costs, distance_weight
        self._squares = np.einsum("ij,ij->i", templates.cepstra, templates.cepstra)
        self._base = np.empty(len(cepstra), np.float32)
        self._scale = 1.0
        self._set_scale()

    def with_phones(self, phone_costs: "NDArray[np.float32]", distance_weight: float) -> "Emission":
        """Give the same with costs of phones, beside which the distances count for less."""
        other = copy(self)
        other._phone_costs, other._weight = phone_costs, distance_weight
        return other

    def costs(self, start: int, end: int, first: int, last: int) -> "NDArray[np.float32]":
        """Give the costs of frames `[start, end)` in states `[first, last)`."""
        from audioset.hearing.align.decoder import kernels

        frames, states = slice(start, end), slice(first, last)
        costs, squares = self._products(frames, states)
        scale = np.float32(self._scale * self._weight)
        kernels.weigh(costs, squares, self._squares[states], self._base[frames], scale)
        if self._phone_costs is not None:
            phones = self._templates.phones[states]
            kernels.add_phones(costs, self._phone_costs[frames], phones)
        # Some state is always nearest to silence; that says nothing.
        silent = self._silent[start:end]
        costs[silent] = SILENT_IN_LINE * self._spoken[None, first:last]
        return costs

    def _distances(
        self, frames: slice, states: "slice | NDArray[np.int64]"
    ) -> "NDArray[np.float32]":
        products, own = self._products(frames, states)
        squares = own[:, None] + self._squares[states][None]
        squares -= 2 * products
        np.maximum(squares, 0, out=squares)
        return np.asarray(np.sqrt(squares, out=squares))

    def _products(
        self, frames: slice, states: "slice | NDArray[np.int64]"
    ) -> "tuple[NDArray[np.float32], NDArray[np.float32]]":
        """Give products of frames and states, and the frames' squares."""
        some = self._cepstra[frames]
        return some @ self._templates.cepstra[states].T, np.einsum("ij,ij->i", some, some)

    def _set_scale(self) -> None:
        num_states = len(self._templates.cepstra)
        rng = np.random.default_rng(0)
        spoken = np.flatnonzero(self._spoken)
        some = rng.permutation(spoken)[:_SOME_STATES] if num_states > _SOME_STATES else spoken
        far = int(_FAR_QUANTILE * some.size)
        total = squares = 0.0
        for start in range(0, len(self._base), 1024):
            part = slice(start, start + 1024)
            distances = self._distances(part, some)
            self._base[part] = np.partition(distances, far, axis=1)[:, far]
            rest = (distances - self._base[part, None]).astype(np.float64)
            total, squares = total + rest.sum(), squares + (rest**2).sum()
        count = max(1, len(self._base) * some.size)
        deviation = np.sqrt(max(squares / count - (total / count) ** 2, 1e-6))
        self._scale = 1 / float(deviation)
