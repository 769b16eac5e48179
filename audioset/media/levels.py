"""What floating-point sources may hold besides sound: no numbers, and numbers of another scale."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Full scales of integers that programs write into floating-point files as they are.
_INTEGER_SCALES = {16: 2.0**15, 24: 2.0**23, 32: 2.0**31}
_BEYOND = 2.0**31  # nothing that was ever sound is louder


class Levels:
    """Holds the samples of one source against what sound can be."""

    def __init__(self, *, floats: bool) -> None:
        self._scale: float | None = None if floats else 1.0
        self._bits = 0
        self._num_silenced = 0

    def believe(self, rows: "NDArray[np.float32]") -> "NDArray[np.float32]":
        """Give samples, shape (outputs, n), full scale 1; what is no sound becomes silence."""
        low, high = float(rows.min(initial=0.0)), float(rows.max(initial=0.0))
        if self._scale == 1.0 and low >= -1.0 and high <= 1.0:  # false for nan
            return rows
        if not (low >= -_BEYOND and high <= _BEYOND):
            sound = np.abs(rows) <= _BEYOND
            self._num_silenced += int(sound.size - np.count_nonzero(sound))
            rows = np.where(sound, rows, np.float32(0))
        if self._scale is None:
            self._find_scale(rows)
        return rows if self._scale in (None, 1.0) else rows * np.float32(self._scale)

    def _find_scale(self, rows: "NDArray[np.float32]") -> None:
        """Tell by the first sound: not even the loudest recording is mostly above full scale."""
        loud = np.abs(rows[rows != 0])
        if loud.size == 0:
            return
        self._scale = 1.0
        if float(np.median(loud)) > 1.0:
            peak = float(loud.max())
            self._bits = next(b for b, scale in _INTEGER_SCALES.items() if peak <= scale)
            self._scale = 1 / _INTEGER_SCALES[self._bits]

    def sentences(self) -> tuple[str, ...]:
        """Say what was changed."""
        said = []
        if self._bits:
            said.append(
                f"its floating-point samples are whole numbers of {self._bits} bits, and were "
                "read so"
            )
        if self._num_silenced:
            said.append(
                f"{self._num_silenced:,} samples are no numbers, or beyond any sound, and were "
                "silenced"
            )
        return tuple(said)
