"""One source to its clips and its manifest.

What is written, and in which order, so that a crash leaves whole files only: each clip under a
temporary name, renamed when whole; the manifest last, replaced as a whole; then the clips that the
manifest no longer names are removed. A source that was cut before keeps its way (`plan`), and is
skipped when that would give the clips that it has (`settle`). What the clips have that a new cut
would leave behind is counted when all is cut and nothing is replaced yet.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from audioset.curation.cut.carry_over import with_model_texts
from audioset.curation.cut.choose_cues import ChosenCues, choose_cues
from audioset.curation.cut.earlier import EarlierCut, read_earlier
from audioset.curation.cut.facts import facts_left_behind, facts_replaced
from audioset.curation.cut.job import CutJob
from audioset.curation.cut.left_behind import NOTHING, LeftBehind, left_behind
from audioset.curation.cut.lines.choose import (
    ChosenLines,
    align_options_of,
    choose_lines,
    cues_of,
    find_lines,
)
from audioset.curation.cut.lines.clips_of_takes import with_clips
from audioset.curation.cut.lines.pins import accepted_clips
from audioset.curation.cut.one_pass import SourcePass
from audioset.curation.cut.plan import SourcePlan, has_own_place, plan_cut
from audioset.curation.cut.settle import keep, keep_unread, kept_for, settle_by_cues, settle_by_way
from audioset.curation.cut.source_report import SourceReport
from audioset.curation.cut.stale_cues import why_stale
from audioset.curation.cut.succeed import succeed
from audioset.curation.sources.identify import Identity, identify
from audioset.curation.sources.known import KnownSource
from audioset.curation.workspace.clip_files import read_sha256, remove_clip_files
from audioset.curation.workspace.effective import Decisions, read_decisions
from audioset.curation.workspace.fetch_source import RemoteSource, fetched
from audioset.errors import AudiosetError, InvalidInputError, MediaError, NotFoundError
from audioset.records.line_report import LineReport
from audioset.records.manifest import (
    FACTS_KEY,
    FINGERPRINT_KEY,
    LINES_KEY,
    SOURCE_KEY,
    WAY_KEY,
    clips_from_table,
    table_from_clips,
)
from audioset.records.source_news import SourceNews
from audioset.storage.tables import holds_other_rows, replace_rows, write_manifest

if TYPE_CHECKING:
    import pyarrow as pa


def cut_source(
    job: CutJob,
    source: Path | RemoteSource,
    *,
    inside: Callable[[int], None] | None = None,
) -> SourceReport:
    """Cut one source, unless nothing about it changed.

    Args:
        job: options, facts and workspace.
        source: a local file, or one on object storage, which is fetched first.
        inside: called now and then with the position in the file, in bytes.

    Raises:
        NotFoundError: no such file, or no file of cues for it.
        MediaError: the source cannot be used; nothing of it is left in the workspace.
        InvalidInputError: the cues cannot be used.
        StorageError: the workspace cannot be written, or the source cannot be fetched.
    """
    if isinstance(source, Path):
        return _identify_and_cut(job, source, None, inside)
    if job.removed.find_fetched(source.url, source.found.etag):
        return SourceReport(path=source.url, status="removed")
    replacing = job.replace is True and bool(source.earlier_ids)
    if source.known_id is not None and not replacing:
        earlier = read_earlier(job.manifest_path(source.known_id))
        if earlier is not None and has_own_place(job, earlier.way):
            plan = plan_cut(job, Path(source.name), earlier.way, near=None)
            settled, _ = _settle(plan, Path(source.name), earlier, source.url)
            if settled:
                return settled
    with fetched(source, job.working.folder) as path:
        try:
            return _identify_and_cut(job, path, source, inside)
        except AudiosetError as error:
            # Nobody knows the name that it was fetched under.
            error.args = (str(error).replace(str(path), source.url),)
            raise


def copy_of(shown: str, first: SourceReport) -> SourceReport:
    """Report a file that holds the bytes of another one of the same call, which was cut."""
    report = SourceReport(path=shown, status="copy", source=first.source)
    if first.status in ("removed", "imported"):
        return replace(first, path=shown)
    if first.source is None:
        error = f"{shown}: the same bytes as {first.path}, which could not be used"
        return replace(report, status="failed", error=error)
    news = SourceNews(
        kind="copy",
        source_id=first.source.source_id,
        name=PurePath(first.path).name,
        was=first.path,
    )
    return replace(report, news=news)


def _identify_and_cut(
    job: CutJob,
    path: Path,
    origin: RemoteSource | None,
    inside: Callable[[int], None] | None,
) -> SourceReport:
    """Cut a file as the source that it is, whatever it is called today."""
    sha256 = read_sha256(path)
    named = identify(
        path, sha256, job.working, job.places, origin=origin, replacing=job.replace is True
    )
    file = _File(path, named, _file_state(path), origin)
    if sha256 in job.imported:
        return _imported(file, job.imported[sha256])
    # Of a recording that was cut under two names, the one that is left is there all the same.
    if sha256 in job.removed.sources and not job.manifest_path(named.source_id).exists():
        return SourceReport(path=file.shown, status="removed")
    before, manifest = named.before, job.manifest_path(named.source_id)
    if before is not None and job.replace is None and not manifest.exists():
        return _kept(file, before)
    report = _cut_file(job, file, inside)
    is_copy = named.news is not None and named.news.kind == "copy"
    if origin is not None and report.status == "unchanged" and not is_copy:
        _note_url(job.manifest_path(named.source_id), origin)
    report = replace(report, news=named.news)
    if before is not None and job.replace and report.status in ("cut", "unchanged"):
        return _replaced(job, file, report, before)
    return report if job.replace is None or before is None else replace(report, news=None)


def _kept(file: "_File", before: KnownSource) -> SourceReport:
    """Report a file with other bytes where a source lay; nobody said what they are to it."""
    earlier = read_earlier(before.manifest)
    lengths = earlier.lengths_seconds if earlier else {}
    return SourceReport(
        path=file.shown,
        status="kept",
        source=earlier.source if earlier else None,
        way=earlier.way if earlier else None,
        num_clips=len(lengths),
        length_seconds=sum(lengths.values()),
        error=f"{file.shown}: holds another recording than the one that was cut as {before.name}; "
        "--replace (replace=True) lets it take its place, and carries over what was decided; "
        "--no-replace makes it a source of its own",
        news=file.named.news,
    )


def _replaced(
    job: CutJob, file: "_File", report: SourceReport, before: KnownSource
) -> SourceReport:
    """Let a source that is cut take the place of the one before it."""
    was_seen = before.url is not None or before.sha256 in job.places.by_sha256
    manifest = job.manifest_path(file.source_id)
    succession = succeed(before, manifest, job.working, only_alike=not was_seen)
    if succession is None:
        return report
    news = SourceNews(kind="replaced", source_id=before.source_id, name=before.name)
    return replace(report, news=news, succession=succession)


def _imported(file: "_File", known: KnownSource) -> SourceReport:
    return SourceReport(
        path=file.shown,
        status="imported",
        num_clips=1,
        length_seconds=known.length_seconds,
        news=SourceNews(kind="imported", source_id=known.source_id, name=known.name),
    )


def _note_url(manifest: Path, origin: RemoteSource) -> None:
    """Note where a source lies now that was fetched and is unchanged, to fetch it no more."""
    earlier = read_earlier(manifest)
    if earlier is None or earlier.source.url is None:
        return
    source = replace(earlier.source, url=origin.url, etag=origin.found.etag)
    if source != earlier.source:
        replace_rows(manifest, earlier.table, source=source)


def _before(job: CutJob, file: "_File") -> EarlierCut | None:
    """Give the source whose place a file takes."""
    before = file.named.before if job.replace else None
    return read_earlier(before.manifest) if before else None


def _kept_for_cues(job: CutJob, file: "_File", cues: ChosenCues) -> SourceReport | None:
    """Report a file that would be cut by the cues of the source before it, which fit it no more."""
    before = _before(job, file)
    if before is None or file.named.before is None or not job.options.by_cues:
        return None
    if before.fingerprint != job.options.fingerprint(cues.digest):  # other cues, or they are moved
        return None
    why = why_stale(file.path, before, job.options, job.working)
    if why is None:
        return None
    name = file.named.before.name
    return replace(
        _kept(file, file.named.before),
        error=f"{file.shown}: its cues are those that {name} was cut by, but {why}",
    )


def _cut_file(job: CutJob, file: "_File", inside: Callable[[int], None] | None) -> SourceReport:
    path = file.path
    manifest = job.manifest_path(file.source_id)
    earlier = read_earlier(manifest)
    if earlier is None and not job.yes and holds_other_rows(manifest):
        return keep_unread(manifest, file.shown)
    try:
        like = earlier or _before(job, file)
        plan = plan_cut(job, path, like.way if like else None, near=None if file.origin else path)
        settled, chosen = _settle(plan, path, earlier, file.shown)
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
    lines = find_lines(
        path,
        chosen,
        job.options,
        align_options_of(job.transcript),
        _moved(inside, 0),
        anyway=job.transcript.anyway,
        models=job.phone_models(),
    )
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


@dataclass(frozen=True, slots=True)
class _File:
    """A source as it was when its cut began."""

    path: Path
    named: Identity
    state: tuple[int, int] | None
    origin: RemoteSource | None

    @property
    def source_id(self) -> str:
        return self.named.source_id

    @property
    def shown(self) -> str:
        return self.origin.url if self.origin else str(self.path)


def _settle(
    plan: SourcePlan, path: Path, earlier: EarlierCut | None, shown: str
) -> tuple[SourceReport | None, ChosenCues | ChosenLines | None]:
    """Report a source that is not cut again; for all others, give what it is to be cut by."""
    settled = settle_by_way(plan, earlier, shown) if earlier else None
    if settled:
        return settled, None
    chosen = _choose(plan, path, earlier)
    if earlier is None:
        return None, chosen
    return settle_by_cues(plan, earlier, chosen.digest, chosen.problems, shown), chosen


def _choose(plan: SourcePlan, path: Path, earlier: EarlierCut | None) -> ChosenCues | ChosenLines:
    job, place = plan.job, plan.place
    if job.options.by != "lines":
        return choose_cues(path, job.options, place)
    assert place.file is not None  # noqa: S101  lines are never inside a source
    chosen = choose_lines(place.file, job.transcript, align_options_of(job.transcript))
    if earlier is None or earlier.lines is None:
        return chosen
    return chosen.with_confirmed(earlier, job.options, accepted_clips(job.working))


def _cut_by(
    plan: SourcePlan,
    file: _File,
    cues: ChosenCues,
    earlier: EarlierCut | None,
    inside: Callable[[int], None] | None,
) -> SourceReport:
    """Write the clips of a source and its manifest."""
    job, path, origin = plan.job, file.path, file.origin
    manifest = job.manifest_path(file.source_id)
    facts = job.facts_of(earlier or _before(job, file))
    # Before anything is replaced: what is left behind must be known, or nothing is cut.
    decisions = read_decisions(job.working) if manifest.exists() else {}
    cutting = SourcePass(job, path, file.named, cues, facts)
    try:
        source, table = cutting.run(inside)
        if origin:
            source = replace(source, url=origin.url, etag=origin.found.etag)
        if _file_state(path) != file.state:
            raise MediaError(f"{path}: changed while it was cut; cut it again when it is complete")
        # A model may have written texts while the source was cut: by now there may be more.
        now = read_earlier(manifest)
        left = NOTHING
        if now:
            table, left = _carry_over(plan, now, table, cues.found, decisions, facts)
    except BaseException:
        cutting.undo()
        raise
    if now and left and not job.yes:
        cutting.undo()
        return kept_for(plan, now, left, file.shown)
    cutting.release()
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
        },
    )
    ids, seconds = table["clip_id"].to_pylist(), table["length_seconds"].to_pylist()
    lengths = dict(zip(ids, seconds, strict=True))
    remove_clip_files(job.working.clips_dir, cutting.existing - set(lengths))
    report = SourceReport.of(
        file.shown,
        "cut",
        source,
        lengths,
        plan.way,
        lines=lines,
        left=left,
        notes=(*plan.notes, *facts_replaced(now.facts if now else {}, facts)),
    )
    return replace(report, num_kept_out=cutting.num_kept_out, num_touching=cutting.num_touching)


def _carry_over(
    plan: SourcePlan,
    earlier: EarlierCut,
    table: "pa.Table",
    found: LineReport | None,
    decisions: Decisions,
    facts: Mapping[str, str],
) -> "tuple[pa.Table, LeftBehind]":
    """Keep texts that models wrote for clips that are the same now; count what is not kept."""
    old, new = list(clips_from_table(earlier.table)), list(clips_from_table(table))
    filled = with_model_texts(old, new)
    kept = table if filled == new else table_from_clips(filled)
    spans = found.alignment.spans if found else ()
    corrected = {(span.line, span.take) for span in spans if span.kept}
    left = left_behind(
        old,
        filled,
        decisions,
        same_file=plan.same_file,
        kept={row.clip_id for row in filled if (row.line, row.take) in corrected},
    )
    working = plan.job.working
    about_facts = facts_left_behind(
        old, filled, decisions, working, before=earlier.facts, now=facts
    )
    return kept, left + about_facts


def _file_state(path: Path) -> tuple[int, int] | None:
    """Give size and time of change; None for a file that is not there."""
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_size, state.st_mtime_ns
