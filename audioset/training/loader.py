"""Loader: the batches of epoch after epoch for one of many readers, resumable anywhere.

An epoch is one sequence of batches (`plan.py`). At each step every rank takes one: of W ranks, rank
r takes batch `consumed + r`, and then W batches are consumed. So all that a state needs is two
integers, the epoch and the batches consumed, and another number of ranks and workers goes on from
it as well as the same.

What is left at the end, fewer batches than ranks, is the last step: its batches are divided further
until each rank has a part, so all ranks take equally many steps and every clip comes exactly once.
Only when fewer clips than ranks are left do some ranks get clips that others have too; such a batch
says `repeated`. `drop_last` leaves that step out instead.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

from audioset.errors import InvalidInputError
from audioset.training.batches import RowLists
from audioset.training.clip import LoadedClip
from audioset.training.plan import Batching, EpochPlan

if TYPE_CHECKING:
    from audioset.training.readable import Noting, Readable
    from audioset.versions.consumed import ConsumedPass

State = dict[str, int]


class Batch(list[LoadedClip]):
    """The clips of one batch.

    Attributes:
        state: of the loader once this batch has been trained on, for `load_state_dict`.
        repeated: other ranks have these clips at the same step; leave them out of metrics.
    """

    def __init__(self, clips: Iterable[LoadedClip], state: State, *, repeated: bool) -> None:
        super().__init__(clips)
        self.state = state
        self.repeated = repeated

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (list(self), self.state, self.repeated)


class Loader:
    """Batches for one rank, and within it for one worker; made by `Dataset.loader`.

    Each pass over it gives what is left of an epoch; the next pass is the next epoch. A pass that
    is broken off is taken up by the next where it was left.

    Attributes:
        epoch: that comes next, or is being read.
        consumed: batches of that epoch that all ranks together have taken.
    """

    def __init__(
        self,
        dataset: "Readable",
        batching: Batching,
        *,
        rank: int = 0,
        world_size: int = 1,
        worker: int = 0,
        num_workers: int = 1,
        drop_last: bool = False,
    ) -> None:
        _require_place("rank", rank, "world_size", world_size)
        _require_place("worker", worker, "num_workers", num_workers)
        self.epoch = 0
        self.consumed = 0
        self._dataset = dataset
        self._batching = batching
        self._rank, self._world_size = rank, world_size
        self._worker, self._num_workers = worker, num_workers
        self._drop_last = drop_last
        self._planned: tuple[int, EpochPlan] | None = None

    def state_dict(self) -> State:
        """Give the state after the last batch that was given, for `load_state_dict`."""
        return {"epoch": self.epoch, "consumed": self.consumed}

    def load_state_dict(self, state: Mapping[str, int]) -> None:
        """Go on from a state, which may be of another number of ranks and workers.

        All else must be as it was: dataset or view, split, batch size, seed, shuffle.

        Raises:
            InvalidInputError: it is not a state of a loader.
        """
        try:
            epoch, consumed = int(state["epoch"]), int(state["consumed"])
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidInputError(f"{state!r} is not the state of a loader") from error
        if epoch < 0 or consumed < 0:
            raise InvalidInputError(f"{state!r} is not the state of a loader")
        self.epoch, self.consumed = epoch, consumed

    def __len__(self) -> int:
        """Steps that are left of the epoch; the same for all ranks, of all their workers."""
        return len(self._steps(self._plan().batches))

    def __iter__(self) -> Iterator[Batch]:
        """Load what is left of the epoch; see `read`."""
        return self.read()

    def read(
        self, *, skip: int = 0, noting: "Callable[[ConsumedPass], Noting] | None" = None
    ) -> Iterator[Batch]:
        """Load what is left of the epoch but for the first `skip` batches of this worker.

        Args:
            skip: so many.
            noting: makes of the pass what notes its batches; itself when None.

        Raises:
            InvalidInputError: no clip has the split.
            IntegrityError: stored audio does not match its hash.
            StorageError: the store did not answer.
        """
        epoch, plan = self.epoch, self._plan()
        steps = self._steps(plan.batches)
        numbers = range(len(steps))[self._worker :: self._num_workers][skip:]
        mine = _Mine(steps, numbers, self._rank)
        batching = self._batching
        order = (batching.seed, epoch) if batching.shuffle else None
        consumed = self._dataset.begin_pass(split=batching.split, order=order)
        noted = consumed if noting is None else noting(consumed)
        loaded = self._dataset.read(mine, plan.groups, consumed=noted)
        for step, clips in zip(map(steps.__getitem__, numbers), loaded, strict=True):
            self.load_state_dict(step.state)
            yield Batch(clips, step.state, repeated=self._rank >= step.num_distinct)
        self.epoch, self.consumed = epoch + 1, 0

    def _plan(self) -> EpochPlan:
        if self._planned is None or self._planned[0] != self.epoch:
            self._planned = (self.epoch, self._dataset.plan(self._batching, epoch=self.epoch))
        return self._planned[1]

    def _steps(self, batches: RowLists) -> "_Steps":
        """Divide what is left of an epoch into steps."""
        return _Steps(
            batches[self.consumed :],
            self._world_size,
            {"epoch": self.epoch, "consumed": self.consumed},
            drop_last=self._drop_last,
        )


@dataclass(frozen=True, slots=True)
class _Step:
    """What all ranks do at once.

    Attributes:
        batches: of each rank.
        num_distinct: ranks from this one on repeat batches of others.
        state: after it.
    """

    batches: Sequence[list[int]]
    num_distinct: int
    state: State


class _Steps(Sequence[_Step]):
    """The steps that are left of an epoch, each made when it is asked for.

    Args:
        batches: that are left.
        size: number of ranks.
        state: before the first step.
        drop_last: leave out what does not fill a last step with whole batches.
    """

    def __init__(self, batches: RowLists, size: int, state: State, *, drop_last: bool) -> None:
        self._batches = batches
        self._size = size
        self._state = state
        self._num_whole = len(batches) // size
        left = batches[self._num_whole * size :]
        self._parts = split_further(list(left), size) if left and not drop_last else []

    def __len__(self) -> int:
        return self._num_whole + bool(self._parts)

    @overload
    def __getitem__(self, place: int) -> _Step: ...

    @overload
    def __getitem__(self, place: slice) -> list[_Step]: ...

    def __getitem__(self, place: int | slice) -> _Step | list[_Step]:
        if isinstance(place, slice):
            return [self[number] for number in range(len(self))[place]]
        number = range(len(self))[place]
        epoch, start = self._state["epoch"], number * self._size
        state = {"epoch": epoch, "consumed": self._state["consumed"] + start + self._size}
        if number == len(self) - 1:
            state = {"epoch": epoch + 1, "consumed": 0}
        if number < self._num_whole:
            return _Step(self._batches[start : start + self._size], self._size, state)
        repeated = [self._parts[rank % len(self._parts)] for rank in range(self._size)]
        return _Step(repeated, len(self._parts), state)


class _Mine(Sequence[list[int]]):
    """The batches of one rank, of some steps."""

    def __init__(self, steps: _Steps, numbers: range, rank: int) -> None:
        self._steps = steps
        self._numbers = numbers
        self._rank = rank

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, place: int) -> list[int]: ...

    @overload
    def __getitem__(self, place: slice) -> "_Mine": ...

    def __getitem__(self, place: int | slice) -> "list[int] | _Mine":
        if isinstance(place, slice):
            return _Mine(self._steps, self._numbers[place], self._rank)
        return self._steps[self._numbers[place]].batches[self._rank]


def split_further(batches: Sequence[list[int]], number: int) -> list[list[int]]:
    """Divide batches until there are `number` of them, or each is a single clip.

    No part holds more than the batch that it is of, in clips or in seconds.

    Args:
        batches: at most `number`, none empty.
    """
    counts = [1] * len(batches)
    for _ in range(min(number, sum(map(len, batches))) - len(batches)):
        largest = max(range(len(batches)), key=lambda place: len(batches[place]) / counts[place])
        counts[largest] += 1
    return [
        batch[len(batch) * part // count : len(batch) * (part + 1) // count]
        for batch, count in zip(batches, counts, strict=True)
        for part in range(count)
    ]


def _require_place(name: str, place: int, of: str, number: int) -> None:
    if number < 1 or not 0 <= place < number:
        raise InvalidInputError(
            f"{name} is 0 to {of} - 1, and {of} at least 1; got {name}={place}, {of}={number}"
        )


def _rebuilt(clips: list[LoadedClip], state: State, repeated: bool) -> Batch:  # noqa: FBT001
    return Batch(clips, state, repeated=repeated)
