"""Takes of lines that an aligner doubts, and that nobody looked at."""

import pyarrow as pa
import pyarrow.compute as pc

from audioset.curation.workspace.effective import read_decisions
from audioset.curation.workspace.working import Working
from audioset.storage.rows.laid_rows import ManyRows, scan_rows


def count_unjudged(rows: ManyRows, working: Working) -> int:
    """Count the clips of lines that carry flags and were neither accepted nor given a text.

    Args:
        rows: of the effective manifest; rejected clips are not among them.

    Raises:
        StorageError: the catalog cannot be reached.
    """
    doubted: set[str] = set()
    for batch in scan_rows(rows, ["clip_id", "flags", "line", "accepted"]):
        # Not an expression with "" in it: a Python value would load pandas.
        is_flagged = pc.binary_length(batch["flags"]).cast(pa.bool_())
        is_open = pc.and_(batch["line"].is_valid(), batch["accepted"].is_null())
        doubted.update(batch["clip_id"].filter(pc.and_(is_flagged, is_open)).to_pylist())
    if not doubted:
        return 0
    judged = {
        subject
        for (kind, subject, field), (value, _) in read_decisions(working, ["text"]).items()
        if (kind, field) == ("clip", "text") and value is not None
    }
    return len(doubted - judged)
