"""What loaders and streams need of an open version: to plan an epoch, and to read by the plan."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from audioset.training.clip import LoadedClip
from audioset.training.plan import Batching, EpochPlan
from audioset.versions.consumed import ConsumedPass

if TYPE_CHECKING:
    import pyarrow as pa

    from audioset.training.row_blocks import RowBlocks


class Noting(Protocol):
    """Notes which clips were handed out, such as `ConsumedPass`."""

    def add(self, positions: Sequence[int]) -> None:
        """Note the clips of the next batch."""


class Readable(Protocol):
    """An open version or view; `Dataset` is one, and says what each of these does."""

    @property
    def manifest(self) -> "pa.Table | RowBlocks":
        """The manifest, one row per clip."""

    def __len__(self) -> int: ...

    def plan(self, batching: Batching, *, epoch: int) -> EpochPlan:
        """Plan one epoch."""

    def begin_pass(
        self, *, split: str | None = None, order: tuple[int, int] | None = None
    ) -> ConsumedPass:
        """Begin to note what a pass consumes."""

    def read(
        self,
        batches: Sequence[Sequence[int]],
        groups: Sequence[Sequence[int]] = (),
        *,
        consumed: Noting,
    ) -> Iterator[list[LoadedClip]]:
        """Load batches of rows in order, and note those handed out."""
