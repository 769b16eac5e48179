"""Accept the proposed take of each line and reject the others, as decisions."""

from collections import defaultdict
from collections.abc import Container, Iterator

from audioset.catalog.decisions import Decision, Recorded
from audioset.curation.workspace.effective import list_clip_ids, record_decisions
from audioset.curation.workspace.roots import Roots
from audioset.curation.workspace.working import Working
from audioset.errors import NotFoundError, as_option
from audioset.records.line_report import LineReport


def accept_best_takes(working: Working, *, by: str | None = None) -> Recorded:
    """Decide for every line that was found more than once, as one operation.

    A line of which a person accepted or rejected a take, or was unsure, is left to them.

    Args:
        by: who decides; the user's name when None.

    Raises:
        NotFoundError: nothing here was cut by lines.
        StorageError: the catalog cannot be reached or refused.
    """
    # With the ways of cutting come those of decoding, which nobody else in here needs.
    from audioset.curation.cut.earlier import read_earlier

    earlier = (read_earlier(path) for path in sorted(working.manifests_dir.glob("*.parquet")))
    reports = [cut.lines for cut in earlier if cut is not None and cut.lines is not None]
    if not reports:
        raise NotFoundError(
            f"nothing here was cut by lines; cut with a transcript first: {as_option('transcript')}"
        )
    judged = {
        clip
        for kind, clip, field in working.catalog.current_with_author()
        if kind == "clip" and field == "accepted"
    }
    roots = Roots.read(working)
    there = set(map(roots.root_of, list_clip_ids(working)))  # not split, merged or removed since
    decisions = [
        Decision("clip", clip, "accepted", accepted)
        for report in reports
        for takes in _takes_of(report, there)
        if not judged & takes.keys()
        for clip, accepted in takes.items()
    ]
    return record_decisions(decisions, working, by=by)


def _takes_of(report: LineReport, there: Container[str]) -> Iterator[dict[str, bool]]:
    """Give the clips of each line that has several and a proposed one, and which that is.

    Args:
        report: of a source.
        there: roots of the clips that are there.
    """
    lines: defaultdict[int, dict[str, bool]] = defaultdict(dict)
    for span, clip in zip(report.alignment.spans, report.clip_ids, strict=True):
        if clip in there:
            lines[span.line][clip] = span.best
    return (takes for takes in lines.values() if len(takes) > 1 and any(takes.values()))
