"""What a version holds in numbers."""

import math
from typing import TypedDict

import pyarrow.compute as pc

from audioset.storage.rows.laid_rows import ManyRows, scan_rows


class Totals(TypedDict):
    """Totals over the clips of a version."""

    num_clips: int
    length_seconds: float
    num_speakers: int


def totals_of(rows: ManyRows) -> Totals:
    """Add up the rows of a manifest."""
    speakers: set[str] = set()
    for batch in scan_rows(rows, ["speaker"]):
        speakers.update(pc.unique(batch["speaker"]).drop_null().to_pylist())
    return Totals(
        num_clips=rows.num_rows,
        # fsum: the total must not depend on the order or the machine's way of adding.
        length_seconds=math.fsum(rows["length_seconds"].to_numpy()),
        num_speakers=len(speakers),
    )
