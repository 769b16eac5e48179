"""Read ahead: the next batches are fetched and decoded while the caller works on one."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from audioset.errors import IntegrityError
from audioset.media.flac import can_hold
from audioset.media.flac_decoder import FlacDecoder
from audioset.training.batches import flat
from audioset.training.clip import LoadedClip
from audioset.training.rows import Rows
from audioset.training.source import ClipSource

BATCHES_AHEAD = 1  # decoded and waiting; each more costs memory and caches
# Groups of clips whose first batch is this near are fetched: a remote store answers within tens of
# ms, and each group is some 25 MB of speech.
FETCH_BATCHES_AHEAD = 8
FETCH_THREADS = 8


def read_batches(
    rows: Rows,
    source: ClipSource,
    batches: Sequence[Sequence[int]],
    groups: Sequence[Sequence[int]] = (),
) -> Iterator[list[LoadedClip]]:
    """Load batches in order.

    Args:
        rows: of the version or view.
        source: of the bytes of its clips.
        batches: positions of the clips of each.
        groups: positions of clips that are fetched together from a remote store; those that no
            batch has are left out. Each batch is fetched by itself when there are none.

    Raises:
        IntegrityError: a shard is missing, or a clip is not what was published.
        StorageError: the store did not answer, or refused.
    """
    fetched = _Fetched(source, batches, groups)
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


class _Fetched:
    """Bytes of the clips of batches, fetched group by group before they are needed.

    The first batch is fetched by itself: nobody waits for whole groups before the first clip. A
    local store is read when a batch is taken: reading ahead is what its system does.
    """

    def __init__(
        self, source: ClipSource, batches: Sequence[Sequence[int]], groups: Sequence[Sequence[int]]
    ) -> None:
        self._source = source
        self._batches = batches
        self._threads: ThreadPoolExecutor | None = None
        self._flacs: dict[int, bytes] = {}
        self._under_way: dict[int, Future[dict[int, bytes]]] = {}
        if not source.is_local:
            self._threads = ThreadPoolExecutor(FETCH_THREADS, thread_name_prefix="audioset-fetch")
            self._groups = _NeededGroups(batches, groups)
        self._asked = 1

    def __enter__(self) -> "_Fetched":
        return self

    def __exit__(self, *_: object) -> None:
        if self._threads is not None:
            self._threads.shutdown(wait=True, cancel_futures=True)

    def take(self, number: int) -> list[bytes]:
        """Give the bytes of the clips of a batch, and forget them; batches are taken in order."""
        positions = self._batches[number]
        if self._threads is None or number == 0:
            return self._source.fetch(positions, whole=False)
        for ahead in range(self._asked, min(number + FETCH_BATCHES_AHEAD, len(self._batches))):
            for group in self._groups.of_batch(ahead):
                if group not in self._under_way:
                    wanted = self._groups.wanted(group)
                    self._under_way[group] = self._threads.submit(self._fetch, wanted)
            self._asked = ahead + 1
        for group in self._groups.of_batch(number):
            self._flacs.update(self._under_way[group].result())
            self._under_way[group] = _NOTHING
        return [self._flacs.pop(position) for position in positions]

    def _fetch(self, positions: Sequence[int]) -> dict[int, bytes]:
        return dict(zip(positions, self._source.fetch(positions), strict=True))


class _NeededGroups:
    """Which groups the batches behind the first need, and which of their clips.

    Args:
        batches: rows of each.
        groups: rows of each; each batch is a group by itself when there are none.
    """

    def __init__(self, batches: Sequence[Sequence[int]], groups: Sequence[Sequence[int]]) -> None:
        self._batches = batches
        self._groups = groups
        if groups:
            grouped, wanted = flat(groups), flat(batches[1:])
            size = 1 + int(grouped.max(initial=-1))
            self._group_of = np.full(size, -1, np.int32)
            self._group_of[grouped] = np.repeat(np.arange(len(groups)), [*map(len, groups)])
            self._is_wanted = np.zeros(size, np.bool_)
            self._is_wanted[wanted] = True

    def of_batch(self, number: int) -> list[int]:
        """Give the groups that a batch needs, ascending."""
        if not self._groups:
            return [number]
        return sorted(set(self._group_of[self._batches[number]].tolist()))

    def wanted(self, group: int) -> list[int]:
        """Give the clips of a group that a batch behind the first has."""
        if not self._groups:
            return list(self._batches[group])
        clips = np.asarray(self._groups[group], np.int64)
        found: list[int] = clips[self._is_wanted[clips]].tolist()
        return found


_NOTHING: "Future[dict[int, bytes]]" = Future()
_NOTHING.set_result({})
