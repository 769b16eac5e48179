"""A sound as the path of an SVG drawing."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_POINTS, _HEIGHT = 240, 48
WAVE_BOX = f"0 0 {_POINTS} {_HEIGHT}"  # what a drawing fills, as `viewBox`


def draw_wave(samples: "NDArray[np.float32]") -> str:
    """Draw the least and greatest sample of each of 240 stretches as a closed SVG path."""
    points = min(_POINTS, samples.size)
    starts = np.linspace(0, samples.size, points, endpoint=False).astype(int)
    # At least a hair thick, so that silence is a line.
    tops = np.maximum(np.maximum.reduceat(samples, starts), 0.01).clip(max=1)
    bottoms = np.minimum(np.minimum.reduceat(samples, starts), -0.01).clip(min=-1)
    half = _HEIGHT / 2
    across = np.linspace(0, _POINTS, points)
    outline = [
        *zip(across, half - half * tops, strict=True),
        *zip(across[::-1], half - half * bottoms[::-1], strict=True),
    ]
    return "M" + "L".join(f"{x:.0f} {y:.1f}" for x, y in outline) + "Z"
