"""One clip of a published version, decoded and checked."""

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from audioset.errors import IntegrityError
from audioset.media.flac import decode_flac
from audioset.records.manifest import Clip

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class LoadedClip:
    """One clip with its audio.

    Attributes:
        samples: float32, shape (num_samples,), range [-1, 1]; (num_samples, channels) for more than
            one channel. They share memory with those of their batch: copy what you keep for long.
        sampling_rate: in Hz.
    """

    __slots__ = ("_row", "samples", "sampling_rate")

    def __init__(
        self,
        row: Clip | Callable[[], Clip],
        samples: "NDArray[np.float32]",
        sampling_rate: int,
    ) -> None:
        self._row = row
        self.samples = samples
        self.sampling_rate = sampling_rate

    @property
    def row(self) -> Clip:
        """Its manifest row; made when it is first asked for."""
        if not isinstance(self._row, Clip):
            self._row = self._row()
        return self._row

    def __repr__(self) -> str:
        return f"LoadedClip({self.row.clip_id}, {len(self.samples)} samples)"

    def _repr_html_(self) -> str:
        """Give the clip with a player, for a notebook."""
        from audioset.training.players import show_clip

        return show_clip(self.row, self.samples, self.sampling_rate)

    def __reduce__(self) -> "tuple[type[LoadedClip], tuple[Clip, NDArray[np.float32], int]]":
        return LoadedClip, (self.row, self.samples, self.sampling_rate)


def decode_clip(row: Clip, flac: bytes) -> LoadedClip:
    """Decode one clip of a published version.

    Raises:
        IntegrityError: the bytes are not those that were published.
    """
    require_audio(flac, row.audio_sha256, row.clip_id)
    samples, sampling_rate = decode_flac(flac, name=row.clip_id)
    return LoadedClip(row, samples, sampling_rate)


def require_audio(flac: bytes, sha256: str | None, clip_id: str) -> None:
    """Require that the bytes of a clip are those that were published.

    Raises:
        IntegrityError: they have another hash.
    """
    if not has_hash(flac, sha256):
        raise IntegrityError(
            f"the stored audio of clip {clip_id} is not what was published (its hash differs); "
            "do not train on it, and restore the shard from a backup"
        )


def has_hash(flac: bytes, sha256: str | None) -> bool:
    """Tell whether bytes have a hash."""
    return hashlib.sha256(flac).hexdigest() == sha256
