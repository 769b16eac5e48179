"""Read ahead: the next batches are fetched and decoded while the caller works on one."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from audioset.errors import IntegrityError
from audioset.media.flac import can_hold
from audioset.media.flac_decoder import FlacDecoder
from audioset.settings import DEFAULT_READ_AHEAD_BYTES
from audioset.training.clip import LoadedClip
from audioset.training.fetched import FetchedBatches
from audioset.training.rows import Rows
from audioset.training.source import ClipSource

BATCHES_AHEAD = 1  # decoded and waiting; each more costs memory and caches


def read_batches(
    rows: Rows,
    source: ClipSource,
    batches: Sequence[Sequence[int]],
    groups: Sequence[Sequence[int]] = (),
    *,
    most_bytes: int = DEFAULT_READ_AHEAD_BYTES,
) -> Iterator[list[LoadedClip]]:
    """Load batches in order.

    Args:
        rows: of the version or view.
        source: of the bytes of its clips.
        batches: positions of the clips of each.
        groups: positions of clips that are fetched together from a remote store; those that no
            batch has are left out. Each batch is fetched by itself when there are none.
        most_bytes: encoded audio that may be held at once. What does not fit is fetched when its
            batch is loaded, clip by clip.

    Raises:
        IntegrityError: a shard is missing, or a clip is not what was published.
        StorageError: the store did not answer, or refused.
    """
    fetched = FetchedBatches(rows, source, batches, groups, most_bytes=most_bytes)
    waiting: deque[Future[list[LoadedClip]]] = deque()

    def load(number: int) -> list[LoadedClip]:
        return decode_batch(rows, batches[number], fetched.take(number))

    with fetched, ThreadPoolExecutor(1, thread_name_prefix="audioset-batches") as worker:
        try:
            for number in range(len(batches)):
                waiting.append(worker.submit(load, number))
                if number == 0:
                    waiting[0].result()  # nothing else delays the first clip
                if len(waiting) > BATCHES_AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:  # also when the caller stops early
            worker.shutdown(wait=False, cancel_futures=True)


def decode_batch(rows: Rows, positions: Sequence[int], flacs: Sequence[bytes]) -> list[LoadedClip]:
    """Decode the clips of one batch; their bytes were checked.

    The samples of all lie in one piece of memory, which saves a part of what decoding costs.

    Raises:
        IntegrityError: the row of a clip tells of more samples than its bytes can hold.
        MediaError: the row of a clip tells of other samples than its audio has.
    """
    shapes = rows.num_samples(positions)
    for number, ((length, channels), flac) in enumerate(zip(shapes, flacs, strict=True)):
        if not can_hold(len(flac), length, channels):
            name = rows.clips(positions)[number]().clip_id
            raise IntegrityError(
                f"clip {name} is damaged: its row states {length} samples of {channels} channels, "
                f"which its {len(flac)} bytes cannot hold; audioset verify tells more"
            )
    memory = np.empty(sum(length * channels for length, channels in shapes), np.float32)
    clips: list[LoadedClip] = []
    decoder = FlacDecoder()
    start = 0
    for row, flac, (length, channels) in zip(rows.clips(positions), flacs, shapes, strict=True):
        end = start + length * channels
        samples = memory[start:end] if channels == 1 else memory[start:end].reshape(-1, channels)
        sampling_rate = decoder.decode_into(flac, samples, name=f"clip {len(clips)} of a batch")
        clips.append(LoadedClip(row, samples, sampling_rate))
        start = end
    return clips
