"""A long sound as one FLAC file on disk: written block by block, read stretch by stretch."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import soundfile

from audioset.errors import MediaError, StorageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Write = Callable[["NDArray[np.int16]"], None]

_FAST = 0.0  # of 0 to 1: the file lives for a session


@contextmanager
def writing_flac(path: Path, sampling_rate: int) -> "Iterator[Write]":
    """Give what adds 16-bit samples of one channel, shape (n,), to a new FLAC file.

    Raises:
        MediaError: FLAC cannot hold this sampling rate.
        StorageError: the disk is full, or the folder cannot be written.
    """
    num_samples = 0
    try:
        with soundfile.SoundFile(
            str(path), "w", sampling_rate, 1, "PCM_16", format="FLAC", compression_level=_FAST
        ) as file:

            def write(pcm: "NDArray[np.int16]") -> None:
                nonlocal num_samples
                file.write(pcm)
                num_samples += len(pcm)

            yield write
        if soundfile.info(str(path)).frames != num_samples:  # libsndfile tells of no full disk
            raise StorageError(f"the disk that holds {path.parent} is full; make room there")
    except soundfile.LibsndfileError as error:
        if not path.exists():
            raise StorageError(f"cannot write {path}: {error}") from error
        raise MediaError(f"FLAC cannot hold {sampling_rate} Hz audio: {error}") from error


def read_flac_stretch(path: Path, start: int, end: int) -> "NDArray[np.int16]":
    """Read samples `start` to `end` (exclusive) of a FLAC file of one channel, shape (n,).

    What lies outside of the file is left out.

    Raises:
        MediaError: the file is not whole FLAC, or is gone.
    """
    try:
        with soundfile.SoundFile(str(path)) as file:
            first, last = max(0, start), min(file.frames, end)
            if first >= last:
                first = last = 0
            file.seek(first)
            found: NDArray[np.int16] = file.read(last - first, "int16")
            return found
    except soundfile.LibsndfileError as error:
        raise MediaError(f"{path}: not a readable FLAC file ({error})") from error
