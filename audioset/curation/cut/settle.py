"""A source that was cut before, and need not or must not be cut again."""

import json
from collections.abc import Sequence
from dataclasses import replace

from audioset.curation.cut.earlier import EarlierCut
from audioset.curation.cut.facts import facts_left_behind, facts_replaced, with_facts
from audioset.curation.cut.job import CutJob
from audioset.curation.cut.left_behind import NOTHING, LeftBehind, what_clips_have
from audioset.curation.cut.plan import SourcePlan
from audioset.curation.cut.source_report import SourceReport
from audioset.curation.workspace.effective import read_decisions
from audioset.errors import AudiosetError, NotFoundError
from audioset.records.manifest import FACTS_KEY, WAY_KEY, clips_from_table, table_from_clips
from audioset.records.way import Way
from audioset.storage.tables import replace_rows

_STAY = "its clips stay as they are"


def settle_by_way(plan: SourcePlan, earlier: EarlierCut, shown: str) -> SourceReport | None:
    """Report a source that is not cut again, as far as its way tells; None for all others.

    Raises:
        NotFoundError: clips lack their audio, and a file that they were cut by is gone.
        StorageError: the workspace cannot be written, or the catalog cannot be reached.
    """
    complete = plan.job.has_all_clips(earlier)
    if plan.gone is not None:
        words = f"{plan.gone.name}, which it is cut by, is gone"
        if not complete:
            raise NotFoundError(
                f"{shown}: clips have lost their audio, and {words}; put it back, or name another"
            )
        note = f"{words}; {_staying(earlier, plan.job)}"
        return _settled(plan, earlier, shown, earlier.way, note, can_cut=False)
    if not plan.same or not complete or plan.job.asks_for_lines or plan.job.puts_anew(earlier):
        return None
    if earlier.way.release != plan.way.release and not plan.job.yes:
        has = what_clips_have(
            list(clips_from_table(earlier.table)), read_decisions(plan.job.working)
        )
        if not has:
            return None
        note = f"another release cut it; {_STAY}, with {has}, until yes is said"
        return _settled(plan, earlier, shown, earlier.way, note)
    if earlier.way.release != plan.way.release:
        return None
    return _settled(plan, earlier, shown, plan.way)


def settle_by_cues(
    plan: SourcePlan, earlier: EarlierCut, digest: str, problems: Sequence[str], shown: str
) -> SourceReport | None:
    """Report a source whose cues or lines give the clips that it has; None for all others.

    Args:
        digest: of what it is to be cut by.
        problems: of the file that says it.

    Raises:
        StorageError: the workspace cannot be written, or the catalog cannot be reached.
    """
    job = plan.job
    if not job.has_all_clips(earlier) or job.puts_anew(earlier):
        return None
    if earlier.fingerprint not in {o.fingerprint(digest) for o in (job.options, job.as_given)}:
        return _kept_unknown(plan, earlier, shown)
    other_file = earlier.way.noted and earlier.way.file != plan.way.file
    if other_file and (problems or earlier.source.warnings):
        return None  # which warnings are those of the file before, only a cut finds out
    refusal = job.refusal_of(earlier.lines) if earlier.lines else None
    if refusal:
        error = f"{refusal}; the clips of an earlier cut are still there"
        return _as_it_was(earlier, shown, "refused", error)
    return _settled(plan, earlier, shown, plan.way)


def keep(job: CutJob, earlier: EarlierCut, error: AudiosetError, shown: str) -> SourceReport:
    """Report a source that cannot be cut again as it was.

    Raises:
        StorageError: the catalog cannot be reached.
    """
    why = f"{str(error).removeprefix(f'{shown}: ')}; {_staying(earlier, job)}"
    return _as_it_was(earlier, shown, "kept", why)


def _staying(earlier: EarlierCut, job: CutJob) -> str:
    """Say that clips stay, and what they have."""
    has = what_clips_have(list(clips_from_table(earlier.table)), read_decisions(job.working))
    return f"{_STAY}, with {has}" if has else _STAY


def kept_for(plan: SourcePlan, earlier: EarlierCut, left: LeftBehind, shown: str) -> SourceReport:
    """Report a source that is not cut again for what that would leave behind."""
    replaced = facts_replaced(earlier.facts, plan.job.facts_of(earlier))
    error = "; ".join([*replaced, f"cut by {plan.way}, it would leave behind {left}"])
    return _as_it_was(earlier, shown, "kept", error, left=left, notes=plan.notes)


def _as_it_was(
    earlier: EarlierCut,
    shown: str,
    status: str,
    error: str,
    *,
    left: LeftBehind = NOTHING,
    notes: tuple[str, ...] = (),
) -> SourceReport:
    """Report a source that stays as an earlier cut left it, and why."""
    return SourceReport.of(
        shown,
        status,
        earlier.source,
        earlier.lengths_seconds,
        earlier.way,
        lines=earlier.lines,
        left=left,
        notes=notes,
        error=error,
    )


def _named_by_file(job: CutJob, earlier: EarlierCut) -> set[str]:
    """Give the facts that the file by which a source is cut says, or may say."""
    if job.options.by != "lines" or earlier.lines is None:
        return {"speaker"} if job.options.by in ("lines", "subtitles", "labels") else set()
    lines = earlier.lines.lines
    named = {fact for line in lines for fact, _ in line.facts}
    return named | {"speaker" for line in lines if line.speaker}


def _kept_unknown(plan: SourcePlan, earlier: EarlierCut, shown: str) -> SourceReport | None:
    """Keep a source of which nobody knows how it was cut, and nobody said how it shall be."""
    job = plan.job
    if earlier.way.noted or not job.wish.is_plain or job.yes:
        return None
    has = what_clips_have(list(clips_from_table(earlier.table)), read_decisions(job.working))
    if not has:
        return None
    note = f"another release cut it, and did not note how; {_STAY}, with {has}"
    return _settled(plan, earlier, shown, earlier.way, note)


def _settled(
    plan: SourcePlan,
    earlier: EarlierCut,
    shown: str,
    way: Way,
    *more: str,
    can_cut: bool = True,
) -> SourceReport | None:
    """Report a source that has the right clips; its facts and its way are noted where they differ.

    None where it has to be cut for its facts: a file may name speakers, and lines other facts,
    which nobody can tell from given ones. Where it cannot be cut, all are taken for given ones.
    """
    job = plan.job
    facts = job.facts_of(earlier)
    changed = {name for name, value in facts.items() if earlier.facts.get(name) != value}
    if can_cut and changed & _named_by_file(job, earlier):
        return None
    rows = list(clips_from_table(earlier.table))
    new = with_facts(rows, earlier.facts, facts) if changed else rows
    left = facts_left_behind(
        rows,
        new,
        read_decisions(job.working) if changed else {},
        job.working,
        before=earlier.facts,
        now=facts,
    )
    replaced = facts_replaced(earlier.facts, facts)
    may = not left or job.yes
    if may and (changed or way != earlier.way):
        replace_rows(
            job.manifest_path(earlier.source.source_id),
            table_from_clips(new) if changed else earlier.table,
            metadata={
                FACTS_KEY: json.dumps(facts, sort_keys=True).encode(),
                **({WAY_KEY: way.to_json().encode()} if way.noted else {}),
            },
        )
    report = SourceReport.of(
        shown,
        "kept" if not may else "facts" if changed else "unchanged",
        earlier.source,
        earlier.lengths_seconds,
        way,
        lines=earlier.lines,
        left=left,
        notes=(*plan.notes, *more, *(replaced if may else ())),
        error=None if may else "; ".join([*replaced, f"it would leave behind {left}"]),
    )
    return replace(report, num_kept_out=len(job.removed.clips_of(earlier.source.sha256)))
