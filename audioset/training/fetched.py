"""The encoded clips of batches, fetched from a remote store before they are needed.

What a window of an epoch needs is fetched group by group, a stretch of a shard each, several at
once, and waits as single clips: memory is free again clip by clip, and the stretches of the next
window come while this one is used up.
"""

from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

import numpy as np

from audioset.settings import DEFAULT_READ_AHEAD_BYTES
from audioset.training.batches import flat
from audioset.training.rows import Rows
from audioset.training.source import ClipSource

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Batches that are fetched each by itself are fetched when they are this near: a remote store
# answers within tens of ms.
FETCH_BATCHES_AHEAD = 8
FETCH_THREADS = 8
# Of so many groups clips may wait for their batch: those that a window has, and a few to come.
GROUPS_HELD = 20


class FetchedBatches:
    """Bytes of the clips of batches, fetched group by group before they are needed.

    The first batch is fetched by itself: nobody waits for whole groups before the first clip. A
    local store is read when a batch is taken: reading ahead is what its system does.

    Args:
        rows, source, batches, groups, most_bytes: as of `read_ahead.read_batches`.
    """

    def __init__(
        self,
        rows: Rows,
        source: ClipSource,
        batches: Sequence[Sequence[int]],
        groups: Sequence[Sequence[int]],
        *,
        most_bytes: int = DEFAULT_READ_AHEAD_BYTES,
    ) -> None:
        self._rows = rows
        self._source = source
        self._batches = batches
        self._threads: ThreadPoolExecutor | None = None
        self._flacs: dict[int, bytes] = {}
        self._free_bytes = most_bytes
        self._under_way: dict[int, Future[dict[int, bytes]]] = {}
        # What is under way is held twice for a moment, as it came and divided into clips.
        self._coming: dict[Future[dict[int, bytes]], int] = {}
        if not source.is_local:
            self._threads = ThreadPoolExecutor(FETCH_THREADS, thread_name_prefix="audioset-fetch")
            self._groups = _NeededGroups(rows, batches, groups)
            self._free_bytes = min(most_bytes, self._groups.worth_holding_bytes)
        self._asked = 1

    def __enter__(self) -> "FetchedBatches":
        return self

    def __exit__(self, *_: object) -> None:
        if self._threads is not None:
            self._threads.shutdown(wait=True, cancel_futures=True)

    def take(self, number: int) -> list[bytes]:
        """Give the bytes of the clips of a batch, and forget them; batches are taken in order.

        Raises:
            IntegrityError: a shard is missing, or a clip is not what was published.
            StorageError: the store did not answer, or refused.
        """
        positions = self._batches[number]
        if self._threads is None or number == 0:
            return self._source.fetch(positions, whole=False)
        for group in self._groups.of_batch(number):
            self._begin(group, patient=True)
        self._fetch_ahead(number)
        for group in self._groups.of_batch(number):
            if group in self._under_way:
                self._flacs.update(self._under_way[group].result())
                self._under_way[group] = _NOTHING
        missing = [position for position in positions if position not in self._flacs]
        if missing:
            self._groups.forget(missing)
            alone = dict(zip(missing, self._source.fetch(missing, whole=False), strict=True))
        held = [position for position in positions if position in self._flacs]
        self._free_bytes += int(self._rows.sizes_bytes(held).sum())
        return [
            self._flacs.pop(position) if position in self._flacs else alone[position]
            for position in positions
        ]

    def _fetch_ahead(self, number: int) -> None:
        """Fetch what the batches after this one need, as far as there is room for it."""
        end = len(self._batches)
        if not self._groups.are_given:
            end = min(end, number + FETCH_BATCHES_AHEAD)
        self._asked = max(self._asked, number + 1)
        while self._asked < end:
            if not all(map(self._begin, self._groups.of_batch(self._asked))):
                return
            self._asked += 1

    def _begin(self, group: int, *, patient: bool = False) -> bool:
        """Begin to fetch a group; False where there is no room for it, also after waiting."""
        if group in self._under_way:
            return True
        assert self._threads is not None  # noqa: S101  it is a remote store
        size = self._groups.wanted_bytes(group)
        while not self._has_room(size):
            if not patient or not self._coming:
                return False
            wait(self._coming, return_when=FIRST_COMPLETED)
        self._free_bytes -= size
        coming = self._threads.submit(self._fetch, self._groups.wanted(group))
        self._under_way[group] = coming
        self._coming[coming] = size
        return True

    def _has_room(self, size: int) -> bool:
        self._coming = {coming: held for coming, held in self._coming.items() if not coming.done()}
        return 2 * size + sum(self._coming.values()) <= self._free_bytes

    def _fetch(self, positions: Sequence[int]) -> dict[int, bytes]:
        return dict(zip(positions, self._source.fetch(positions), strict=True))


class _NeededGroups:
    """Which groups the batches behind the first need, and which of their clips.

    Args:
        rows: of the version or view.
        batches: rows of each.
        groups: rows of each; each batch is a group by itself when there are none.

    Attributes:
        are_given: whether batches share groups.
        worth_holding_bytes: what a reader may hold that holds no more than the next window needs.
    """

    def __init__(
        self, rows: Rows, batches: Sequence[Sequence[int]], groups: Sequence[Sequence[int]]
    ) -> None:
        self._rows = rows
        self._batches = batches
        self._groups = groups
        self.are_given = bool(groups)
        self.worth_holding_bytes = DEFAULT_READ_AHEAD_BYTES
        if groups:
            grouped, wanted = flat(groups), flat(batches[1:])
            size = 1 + int(grouped.max(initial=-1))
            self._group_of = np.full(size, -1, np.int32)
            self._group_of[grouped] = np.repeat(np.arange(len(groups)), [*map(len, groups)])
            self._is_wanted = np.zeros(size, np.bool_)
            self._is_wanted[wanted] = True
            sizes = np.bincount(
                self._group_of[wanted], weights=rows.sizes_bytes(wanted), minlength=len(groups)
            )
            self._bytes: NDArray[np.int64] = sizes.astype(np.int64)
            needed = max(1, int(np.count_nonzero(sizes)))
            self.worth_holding_bytes = int(sizes.sum()) // needed * GROUPS_HELD

    def of_batch(self, number: int) -> list[int]:
        """Give the groups that a batch needs, ascending."""
        if not self.are_given:
            return [number]
        return sorted(set(self._group_of[self._batches[number]].tolist()))

    def wanted(self, group: int) -> list[int]:
        """Give the clips of a group that a batch behind the first has, but those forgotten."""
        if not self.are_given:
            return list(self._batches[group])
        clips = np.asarray(self._groups[group], np.int64)
        found: list[int] = clips[self._is_wanted[clips]].tolist()
        return found

    def wanted_bytes(self, group: int) -> int:
        """Tell how large the clips of a group are that a batch behind the first has."""
        if not self.are_given:
            return int(self._rows.sizes_bytes(self._batches[group]).sum())
        return int(self._bytes[group])

    def forget(self, positions: Sequence[int]) -> None:
        """Leave clips out of their groups: they were fetched otherwise."""
        if self.are_given:
            self._is_wanted[positions] = False
            lost = self._rows.sizes_bytes(positions)
            np.subtract.at(self._bytes, self._group_of[positions], lost)


_NOTHING: "Future[dict[int, bytes]]" = Future()
_NOTHING.set_result({})
