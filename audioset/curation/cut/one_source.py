"""One source to its clips and its manifest.

What is written, and in which order, so that a crash leaves whole files only: each clip under a
temporary name, renamed when whole, or all of them as one shard in the store; the manifest last,
replaced as a whole; then the clips that the manifest no longer names are removed. A source that was
cut before keeps its way (`plan`), and is skipped when that would give the clips that it has
(`settle`). What the clips have that a new cut would leave behind is counted when all is cut and
nothing is replaced yet.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.curation.cut.carry.people import (
    NO_CLIPS,
    PeoplesClips,
    find_peoples_clips,
    keep_peoples_clips,
)
from audioset.curation.cut.carry.texts import with_model_texts
from audioset.curation.cut.choose_cues import ChosenCues, choose_cues
from audioset.curation.cut.earlier import EarlierCut, read_earlier
from audioset.curation.cut.facts import facts_left_behind, facts_replaced
from audioset.curation.cut.job import CutJob
from audioset.curation.cut.left_behind import (
    ACCEPTED_TEXTS,
    NOTHING,
    LeftBehind,
    left_behind,
    list_unplaced,
)
from audioset.curation.cut.lines.choose import (
    ChosenLines,
    align_options_of,
    choose_lines,
    cues_of,
    find_lines,
)
from audioset.curation.cut.lines.clips_of_takes import with_clips
from audioset.curation.cut.lines.pins import accepted_clips
from audioset.curation.cut.lines.shared_table import NO_NAMES, rows_wanted
from audioset.curation.cut.one_pass import SourcePass
from audioset.curation.cut.plan import SourcePlan, plan_cut
from audioset.curation.cut.settle import keep, kept_for, settle_by_cues, settle_by_way
from audioset.curation.cut.source_file import SourceFile, before_of, file_state, kept_out
from audioset.curation.cut.source_report import SourceReport
from audioset.curation.cut.succession.stale_cues import why_stale
from audioset.curation.workspace.effective import read_decisions
from audioset.curation.workspace.laid_over import Decisions
from audioset.curation.workspace.one_writer import replacing_rows
from audioset.curation.workspace.originals import read_originals
from audioset.errors import InvalidInputError, MediaError, NotFoundError
from audioset.records.cut_shards import encode_noted
from audioset.records.line_options import AUTO
from audioset.records.line_report import LineReport
from audioset.records.manifest import (
    FACTS_KEY,
    FINGERPRINT_KEY,
    LINES_KEY,
    SHARDS_KEY,
    SOURCE_KEY,
    WAY_KEY,
    clips_from_table,
    table_from_clips,
)
from audioset.records.span import Span
from audioset.records.succession import Unplaced
from audioset.storage.tables import write_manifest

if TYPE_CHECKING:
    import pyarrow as pa


def _kept_for_cues(job: CutJob, file: SourceFile, cues: ChosenCues) -> SourceReport | None:
    """Report a file that would be cut by the cues of the source before it, which fit it no more."""
    before = before_of(job, file)
    if before is None or file.named.before is None or not job.options.by_cues:
        return None
    if before.fingerprint != job.options.fingerprint(cues.digest):  # other cues, or they are moved
        return None
    why = why_stale(file.path, before, job.options, job.working)
    if why is None:
        return None
    name = file.named.before.name
    return replace(
        kept_out(file, file.named.before),
        error=f"{file.shown}: its cues are those that {name} was cut by, but {why}",
    )


def cut_file(job: CutJob, file: SourceFile, inside: Callable[[int], None] | None) -> SourceReport:
    """Cut a file as the source that it was found to be, unless nothing about it changed.

    Raises:
        As `cut_source`.
    """
    path = file.path
    earlier = read_earlier(job.manifest_path(file.source_id))
    try:
        like = earlier or before_of(job, file)
        plan = plan_cut(job, path, like.way if like else None, near=None if file.origin else path)
        settled, chosen = settle_or_choose(plan, path, earlier, file.shown)
    except (NotFoundError, InvalidInputError) as error:
        if earlier is None or not job.wish.is_plain or not job.has_all_clips(earlier):
            raise
        return keep(job, earlier, error, file.shown)
    if settled:
        return settled
    assert chosen is not None  # noqa: S101  what is not settled has been chosen
    job = plan.job
    if isinstance(chosen, ChosenCues):
        stale = _kept_for_cues(job, file, chosen) if earlier is None else None
        if stale:
            return stale
        return _cut_by(plan, file, chosen, earlier, inside)
    # It is listened to twice: to find the lines, and to cut them.
    size = file.state[0] if file.state else 0
    align = align_options_of(job.transcript, job.facts_of(like))
    lines = find_lines(
        path,
        chosen,
        job.options,
        align,
        _moved(inside, 0),
        anyway=job.transcript.anyway,
        models=job.phone_models(),
    )
    if align.aligner == AUTO:
        from audioset.curation.cut.lines.second_aligner import with_second_aligner

        lines = with_second_aligner(path, lines, align)
    if job.transcript.second_opinion is not None:
        from audioset.curation.cut.lines.second_opinion import with_second_opinion

        lines = with_second_opinion(path, lines, job.transcript)
    refusal = job.refusal_of(lines)
    if refusal:
        return SourceReport(path=file.shown, status="refused", error=refusal, lines=lines)
    return _cut_by(plan, file, cues_of(chosen, lines), earlier, _moved(inside, size))


def _moved(inside: Callable[[int], None] | None, by_bytes: int) -> Callable[[int], None] | None:
    """Tell progress of one of two passes over a file."""
    return None if inside is None else lambda position: inside((by_bytes + position) // 2)


def settle_or_choose(
    plan: SourcePlan, path: Path, earlier: EarlierCut | None, shown: str
) -> tuple[SourceReport | None, ChosenCues | ChosenLines | None]:
    """Report a source that is not cut again; for all others, give what it is to be cut by."""
    settled = settle_by_way(plan, earlier, shown) if earlier else None
    if settled:
        return settled, None
    chosen = _choose(plan, path, earlier, shown)
    if earlier is None:
        return None, chosen
    return settle_by_cues(plan, earlier, chosen.digest, chosen.problems, shown), chosen


def _choose(
    plan: SourcePlan, path: Path, earlier: EarlierCut | None, shown: str
) -> ChosenCues | ChosenLines:
    job, place = plan.job, plan.place
    if job.options.by != "lines":
        return choose_cues(path, job.options, place)
    assert place.file is not None  # noqa: S101  lines are never inside a source
    first_names = {shown: earlier.source.name} if earlier else NO_NAMES
    wanted = None if place.beside else rows_wanted(job.sources, shown, first_names=first_names)
    chosen = choose_lines(place.file, job.transcript, align_options_of(job.transcript), wanted)
    if earlier is None or earlier.lines is None:
        return chosen
    name = job.manifest_path(earlier.source.source_id).name
    kept = read_originals(job.working, name).of_cut(earlier.fingerprint)
    spans = {root: Span(row.start_seconds, row.end_seconds) for root, row in kept.rows.items()}
    return chosen.with_confirmed(
        earlier, job.options, accepted_clips(job.working), {**earlier.clip_spans, **spans}
    )


def _cut_by(
    plan: SourcePlan,
    file: SourceFile,
    cues: ChosenCues,
    earlier: EarlierCut | None,
    inside: Callable[[int], None] | None,
) -> SourceReport:
    """Write the clips of a source and its manifest."""
    with ExitStack() as alone:
        return _cut_alone(plan, file, cues, earlier, inside, alone)


def _cut_alone(
    plan: SourcePlan,
    file: SourceFile,
    cues: ChosenCues,
    earlier: EarlierCut | None,
    inside: Callable[[int], None] | None,
    alone: ExitStack,
) -> SourceReport:
    """Cut, and write; `alone` is given what keeps others from the manifest from then on."""
    job, path, origin = plan.job, file.path, file.origin
    manifest = job.manifest_path(file.source_id)
    like = earlier or before_of(job, file)
    facts = job.facts_of(like)
    # Before anything is replaced: what is left behind must be known, or nothing is cut.
    decisions = read_decisions(job.working) if manifest.exists() else {}
    clips = job.new_clips(file.source_id, like)
    cutting = SourcePass(job, path, file.named, cues, facts, clips)

    def carry_over(now: EarlierCut) -> _CarriedOver:
        return _carry_over(plan, now, table, cues.found, decisions, facts)

    try:
        source, table = cutting.run(inside)
        if origin:
            source = replace(source, url=origin.url, etag=origin.found.etag)
        if file_state(path) != file.state:
            raise MediaError(f"{path}: changed while it was cut; cut it again when it is complete")
        now = read_earlier(manifest) if clips.is_sent and not job.yes else None
        put = None
        if now is None or not carry_over(now).left:  # nothing is sent in vain
            put = clips.put(table)
            table = table if put is None else put.rows
        # A model may have written texts while the source was cut, and people may have moved edges.
        alone.enter_context(replacing_rows(job.working, file.source_id))
        now = read_earlier(manifest)
        over = carry_over(now) if now else _CarriedOver(table)
    except BaseException:
        clips.undo()
        raise
    if now and over.left and not job.yes:
        clips.undo()
        return replace(kept_for(plan, now, over.left, file.shown), unplaced=over.unplaced)
    table = over.rows
    keep_peoples_clips(job.working, manifest.name, over.peoples)
    clips.release()
    lines = with_clips(cues.found, table) if cues.found else None
    write_manifest(
        manifest,
        table,
        metadata={
            SOURCE_KEY: source.to_json().encode(),
            FINGERPRINT_KEY: job.options.fingerprint(cues.digest).encode(),
            FACTS_KEY: json.dumps(facts, sort_keys=True).encode(),
            WAY_KEY: plan.way.to_json().encode(),
            **({LINES_KEY: lines.to_json().encode()} if lines else {}),
            **({SHARDS_KEY: encode_noted(put.shards)} if put else {}),
        },
    )
    ids, seconds = table["clip_id"].to_pylist(), table["length_seconds"].to_pylist()
    lengths = dict(zip(ids, seconds, strict=True))
    clips.tidy(lengths)
    report = SourceReport.of(
        file.shown,
        "cut",
        source,
        lengths,
        plan.way,
        lines=lines,
        left=over.left,
        notes=(
            *plan.notes,
            *facts_replaced(now.facts if now else {}, facts),
            *(lines.told_against(now.lines) if lines and now else ()),
            *_left_out(put.num_withdrawn if put else 0),
        ),
    )
    return replace(
        report,
        num_kept_out=cutting.num_kept_out,
        num_touching=cutting.num_touching,
        unplaced=over.unplaced,
    )


def _left_out(num_withdrawn: int) -> tuple[str, ...]:
    if not num_withdrawn:
        return ()
    clips = "1 clip holds" if num_withdrawn == 1 else f"{num_withdrawn} clips hold"
    return (f"{clips} withdrawn speech (audioset forget), and was not put into the store",)


@dataclass(frozen=True, slots=True)
class _CarriedOver:
    """What goes over from an earlier cut.

    Attributes:
        rows: of the new clips, with what models heard in those that are the same.
        left: what is not kept, counted.
        peoples: what is people's.
        unplaced: what of it finds no place.
    """

    rows: "pa.Table"
    left: LeftBehind = NOTHING
    peoples: PeoplesClips = NO_CLIPS
    unplaced: tuple[Unplaced, ...] = ()


def _carry_over(
    plan: SourcePlan,
    earlier: EarlierCut,
    table: "pa.Table",
    found: LineReport | None,
    decisions: Decisions,
    facts: Mapping[str, str],
) -> _CarriedOver:
    """Keep what models heard in clips that are the same now, and what people said of clips."""
    working = plan.job.working
    before, new = list(clips_from_table(earlier.table)), list(clips_from_table(table))
    name = plan.job.manifest_path(earlier.source.source_id).name
    peoples = find_peoples_clips(working, name, before, new, fingerprint=earlier.fingerprint)
    mine = {row.clip_id for row in peoples.rows.values()}
    old = [row for row in before if row.clip_id not in mine]
    filled = peoples.with_texts(old, with_model_texts(old, new))
    kept = table if filled == new else table_from_clips(filled)
    spans = found.alignment.spans if found else ()
    corrected = {(span.line, span.take) for span in spans if span.kept}
    left = left_behind(
        old,
        filled,
        decisions,
        same_file=plan.same_file,
        kept={row.clip_id for row in filled if (row.line, row.take) in corrected},
        carried=peoples.keys,
    )
    about_facts = facts_left_behind(
        old, filled, decisions, working, before=earlier.facts, now=facts
    )
    unplaced = list_unplaced(old, filled, decisions, peoples.keys)
    others = peoples.num_accepted_otherwise
    about_texts = LeftBehind(kinds={ACCEPTED_TEXTS: others} if others else {})
    return _CarriedOver(kept, left + about_facts + about_texts, peoples, unplaced)
