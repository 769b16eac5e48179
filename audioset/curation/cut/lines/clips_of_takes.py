"""Which clip each take became, and what its sound says about the take."""

from dataclasses import replace
from typing import TYPE_CHECKING

from audioset.hearing.align.takes import with_best
from audioset.records.check_report import CheckLimits
from audioset.records.line_report import LineReport

if TYPE_CHECKING:
    import pyarrow as pa


def with_clips(report: LineReport, table: "pa.Table") -> LineReport:
    """Name the clip of each take, and propose takes that are not cut before those that are.

    Args:
        report: what was found.
        table: rows of the clips that were cut by it.
    """
    rows = table.select(["line", "take", "clip_id", "edge_speech"]).to_pylist()
    clips = {(row["line"], row["take"]): row["clip_id"] for row in rows}
    limit = CheckLimits().cut_edge
    cut = {(row["line"], row["take"]) for row in rows if (row["edge_speech"] or 0) > limit}
    spans = with_best(report.alignment.spans, cut=cut)
    return replace(
        report,
        alignment=replace(report.alignment, spans=spans),
        # Empty for one that was too short to be a clip.
        clip_ids=tuple(clips.get((span.line, span.take), "") for span in spans),
    )
