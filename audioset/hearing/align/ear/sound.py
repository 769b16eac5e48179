"""What an aligner is given: the sound of a source."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Sound16k:
    """One channel of a source at 16 kHz, read once from its start to its end.

    Attributes:
        blocks: float32, shape (n,), range [-1, 1], of any size.
        probabilities: of speech, of all frames of 32 ms, float32; None lets the detector run while
            the blocks are read.
    """

    blocks: "Iterable[NDArray[np.float32]]"
    probabilities: "NDArray[np.float32] | None" = None

    def __iter__(self) -> "Iterator[NDArray[np.float32]]":
        return iter(self.blocks)
