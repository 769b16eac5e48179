"""`audioset dedupe`: of every group of duplicates, keep one and reject the rest."""

from dataclasses import replace

from audioset.catalog.decisions import Decision
from audioset.curation.workspace.effective import record_decisions
from audioset.curation.workspace.working import Working
from audioset.records.dedupe_report import DedupeReport


def reject_duplicates(
    report: DedupeReport, working: Working, *, by: str | None = None
) -> DedupeReport:
    """Record that all clips but the kept one of each group are rejected.

    Args:
        report: of the working clips.
        by: who decided; the user's name when None.

    Raises:
        NotFoundError: a clip that no working manifest has.
        StorageError: the catalog cannot be reached or refused.
    """
    decisions = [
        Decision("clip", clip_id, "accepted", value=False)
        for group in report.groups
        for clip_id in group.others
    ]
    if not decisions:
        return report
    recorded = record_decisions(decisions, working, by=by)
    return replace(report, num_decisions=recorded.num_decisions)
