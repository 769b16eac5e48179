"""ReshapeReport: what one operation made of clips."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from audioset.records.manifest import Clip
from audioset.wording import count


@dataclass(frozen=True, slots=True, kw_only=True)
class ReshapeReport:
    """What one operation made of clips: moved edges, a new clip, a split, a merge, or their undo.

    Attributes:
        op_id: of the operation; `undo` takes it. None where nothing had to be decided.
        rows: of the clips that there are now, with what was decided about them; in order of time.
        replaced: ids that rows had before, to the ids of those that took their place.
        waits: why the clips are not cut yet, one line: the decision stands, and the next cut of the
            source does it. None when all is done.
        notes: what else is to be known, one sentence each.
    """

    op_id: str | None = None
    rows: tuple[Clip, ...] = ()
    replaced: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    waits: str | None = None
    notes: tuple[str, ...] = ()


def tell_waiting(waiting: Mapping[str, int]) -> tuple[str, ...]:
    """Say which clips wait for which source, and what to do, one sentence each.

    Args:
        waiting: how many, by the name of their source.
    """
    return tuple(
        f"{count(number, 'clip')} of {name} {'has' if number == 1 else 'have'} decided edges that "
        "wait for their source: put the file back and cut it again, or cut it where it lies now"
        for name, number in waiting.items()
    )
