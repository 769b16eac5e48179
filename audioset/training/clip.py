"""One clip of a published version, decoded and checked."""

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from audioset.errors import IntegrityError
from audioset.media.flac import decode_flac
from audioset.records.manifest import Clip

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class LoadedClip:
    """One clip with its audio.

    Attributes:
        row: its manifest row.
        samples: float32, shape (num_samples,), range [-1, 1].
        sampling_rate: in Hz.
    """

    row: Clip
    samples: "NDArray[np.float32]"
    sampling_rate: int


def decode_clip(row: Clip, flac: bytes) -> LoadedClip:
    """Decode one clip of a published version.

    Raises:
        IntegrityError: the bytes are not those that were published.
    """
    if hashlib.sha256(flac).hexdigest() != row.audio_sha256:
        raise IntegrityError(
            f"the stored audio of clip {row.clip_id} is not what was published (its hash differs); "
            "do not train on it, and restore the shard from a backup"
        )
    samples, sampling_rate = decode_flac(flac, name=row.clip_id)
    return LoadedClip(row=row, samples=samples, sampling_rate=sampling_rate)
