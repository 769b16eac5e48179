"""What a plan of splits changes: one small record for each clip, made when somebody asks for it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitChange:
    """A clip whose split is decided by the plan; None where it has none."""

    clip_id: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, eq=False)
class SplitChanges(Sequence[SplitChange]):
    """The changes of a plan, which for twenty million clips must not be twenty million objects.

    Attributes:
        clip_ids: ascending; string in any number of chunks, shape (changes,).
        before, after: places in `names`, -1 for no split, shape (changes,).
        names: of the splits.
    """

    clip_ids: "pa.ChunkedArray"
    before: "NDArray[np.int16]"
    after: "NDArray[np.int16]"
    names: tuple[str, ...]

    def __len__(self) -> int:
        """How many clips change."""
        return len(self.clip_ids)

    @overload
    def __getitem__(self, place: int) -> SplitChange: ...

    @overload
    def __getitem__(self, place: slice) -> list[SplitChange]: ...

    def __getitem__(self, place: int | slice) -> SplitChange | list[SplitChange]:
        """Give one change, or several."""
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        at = range(len(self))[place]
        return SplitChange(
            clip_id=self.clip_ids[at].as_py(),
            before=self._name(int(self.before[at])),
            after=self._name(int(self.after[at])),
        )

    def __iter__(self) -> Iterator[SplitChange]:
        """Give all changes in the order of clip ids."""
        for start in range(0, len(self), _AT_ONCE):
            end = start + _AT_ONCE
            ids = self.clip_ids.slice(start, _AT_ONCE).to_pylist()
            sides = (each[start:end].tolist() for each in (self.before, self.after))
            for clip_id, before, after in zip(ids, *sides, strict=True):
                yield SplitChange(
                    clip_id=clip_id, before=self._name(before), after=self._name(after)
                )

    def __eq__(self, other: object) -> bool:
        """Tell whether others are the same changes."""
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def parts(self) -> Iterator[dict[str, str | None]]:
        """Give clip ids with their new splits, some thousands at once."""
        for start in range(0, len(self), _AT_ONCE):
            ids = self.clip_ids.slice(start, _AT_ONCE).to_pylist()
            sides = self.after[start : start + _AT_ONCE].tolist()
            yield dict(zip(ids, map(self._name, sides), strict=True))

    def where(self, chosen: "NDArray[np.bool_]") -> "SplitChanges":
        """Give some of them."""
        import pyarrow as pa

        ids = self.clip_ids.filter(pa.array(chosen))
        return SplitChanges(ids, self.before[chosen], self.after[chosen], self.names)

    def _name(self, side: int) -> str | None:
        return self.names[side] if side >= 0 else None
