"""Clips to look at: of the working folder, or of a version."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from audioset.curation.workspace.clip_audio import ClipAudio

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ROWS_AT_ONCE = 32_768


@dataclass(frozen=True, slots=True)
class ClipSet:
    """Clips to look at, as often as it takes.

    Attributes:
        name: for people.
        scan: streams the given columns of all clips, always in the same order.
        audio: reads their audio.
    """

    name: str
    scan: Callable[[Sequence[str]], Iterable[pa.RecordBatch]]
    audio: ClipAudio


def decode_mono(flac: bytes, *, name: str) -> "tuple[NDArray[np.float32], int]":
    """Decode one clip, channels averaged.

    Returns:
        Samples, float32, shape (num_samples,), range [-1, 1]; sampling rate in Hz.

    Raises:
        MediaError: the bytes are not whole FLAC; `name` is used in the message.
    """
    from audioset.media.flac import decode_flac  # late: what reads only rows loads no codec

    samples, sampling_rate = decode_flac(flac, name=name)
    if samples.ndim > 1:
        samples = samples.mean(axis=1, dtype=samples.dtype)
    return samples, sampling_rate


def without_rejected(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Leave out the clips that a person rejected; needs the column `accepted`."""
    accepted = batch.column("accepted")
    if accepted.null_count == len(accepted):
        return batch
    return batch.filter(pc.or_kleene(pc.is_null(accepted), accepted))


def large_batches(
    batches: Iterable[pa.RecordBatch], columns: Sequence[str]
) -> Iterator[pa.RecordBatch]:
    """Join small batches: a thousand small manifests should not cost a thousand times the start."""
    waiting: list[pa.RecordBatch] = []
    num_rows = 0
    for batch in batches:
        waiting.append(batch.select(columns))
        num_rows += len(batch)
        if num_rows >= _ROWS_AT_ONCE:
            yield from pa.Table.from_batches(waiting).combine_chunks().to_batches()
            waiting, num_rows = [], 0
    if waiting:
        yield from pa.Table.from_batches(waiting).combine_chunks().to_batches()
