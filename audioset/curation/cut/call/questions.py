"""What a cut asks the person before something is lost or changed."""

from collections.abc import Mapping, Sequence

from audioset.curation.cut.left_behind import LeftBehind
from audioset.curation.cut.source_report import SourceReport
from audioset.curation.workspace.working import Working
from audioset.engine import Ask
from audioset.errors import InvalidInputError

_MOST_TOLD = 8  # sources, in a question


def ask_about(facts: Mapping[str, str], working: Working, ask: Ask | None) -> tuple[str, ...]:
    """Ask about facts that look mistyped; where nobody can be asked, give what is to be told."""
    if not facts:
        return ()
    from audioset.curation.cut.doubts import doubts_about

    doubts = doubts_about(facts, working)
    if not doubts or ask is None:
        return doubts
    if not ask("\n".join([*doubts, "set it as you said?"])):
        raise InvalidInputError(f"nothing was cut: {doubts[0]}")
    return ()


def can_be_asked_about(report: SourceReport) -> bool:
    """Whether a source is kept for what would be left behind, and not for a file that is bad."""
    return report.status == "kept" and bool(report.left_behind)


def question_of(kept: Sequence[SourceReport]) -> str:
    """Ask whether sources shall be changed, and tell first what each would leave behind."""
    told = [f"{report.path}: {report.error}" for report in kept[:_MOST_TOLD]]
    if len(kept) > _MOST_TOLD:
        told.append(f"and {len(kept) - _MOST_TOLD:,} more")
    left = sum((report.left_behind for report in kept), LeftBehind())
    which = "it" if len(kept) == 1 else f"these {len(kept):,} sources"
    return "\n".join([*told, f"change {which}, and leave behind {left}?"])


def may_succeed(report: SourceReport) -> bool:
    """Whether a file holds other bytes than were cut there, and may be their successor."""
    changed = report.news is not None and report.news.kind == "changed"
    return report.status == "kept" and changed and report.source is not None


def question_of_place(edited: Sequence[SourceReport]) -> str:
    """Ask whether files shall take the place of the sources that were cut there."""
    told = [
        f"{report.path} holds another recording than the one that was cut ({report.num_clips:,} "
        "clips)"
        for report in edited[:_MOST_TOLD]
    ]
    if len(edited) > _MOST_TOLD:
        told.append(f"and {len(edited) - _MOST_TOLD:,} more")
    which = "it" if len(edited) == 1 else f"these {len(edited):,} files"
    return "\n".join([*told, f"let {which} take its place, with what was decided where that fits?"])
