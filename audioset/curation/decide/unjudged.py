"""Takes of lines that an aligner doubts, and that nobody looked at."""

from typing import TYPE_CHECKING

import pyarrow.compute as pc

from audioset.curation.workspace.effective import read_decisions
from audioset.curation.workspace.working import Working

if TYPE_CHECKING:
    import pyarrow as pa


def count_unjudged(rows: "pa.Table", working: Working) -> int:
    """Count the clips of lines that carry flags and were neither accepted nor given a text.

    Args:
        rows: of the effective manifest; rejected clips are not among them.

    Raises:
        StorageError: the catalog cannot be reached.
    """
    doubted = rows.filter(
        pc.field("line").is_valid() & (pc.field("flags") != "") & pc.field("accepted").is_null()
    )["clip_id"].to_pylist()
    if not doubted:
        return 0
    judged = {
        subject
        for (kind, subject, field), (value, _) in read_decisions(working).items()
        if (kind, field) == ("clip", "text") and value is not None
    }
    return len(set(doubted) - judged)
