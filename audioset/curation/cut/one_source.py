"""One source to its clips and its manifest.

What is written, and in which order, so that a crash leaves whole files only: each clip under a
temporary name, renamed when whole; the manifest last, replaced as a whole; then the clips that the
manifest no longer names are removed. A source is skipped when its bytes, the options and the facts
are those of its manifest and all of its clips are there.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from audioset.curation.cut.carry_over import LeftBehind, left_behind, with_model_texts
from audioset.curation.cut.choose_cues import ChosenCues, choose_cues
from audioset.curation.cut.earlier import EarlierCut, read_earlier
from audioset.curation.cut.job import CutJob
from audioset.curation.cut.lines.choose import ChosenLines, choose_lines, cues_of, find_lines
from audioset.curation.cut.lines.clips_of_takes import with_clips
from audioset.curation.cut.lines.pins import accepted_clips
from audioset.curation.cut.one_pass import SourcePass
from audioset.curation.cut.succeed import succeed
from audioset.curation.sources.identify import Identity, identify
from audioset.curation.sources.known import KnownSource
from audioset.curation.workspace.clip_files import read_sha256, remove_clip_files
from audioset.curation.workspace.effective import Decisions, read_decisions
from audioset.curation.workspace.fetch_source import RemoteSource, fetched
from audioset.errors import AudiosetError, MediaError
from audioset.records.line_report import LineReport
from audioset.records.manifest import (
    FACTS_KEY,
    FINGERPRINT_KEY,
    LINES_KEY,
    SOURCE_KEY,
    clips_from_table,
    table_from_clips,
)
from audioset.records.source import Source
from audioset.records.source_news import SourceNews
from audioset.records.succession import Succession
from audioset.storage.tables import replace_rows, write_manifest

if TYPE_CHECKING:
    import pyarrow as pa


_NOTHING = LeftBehind()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport:
    """What became of one source.

    Attributes:
        path: as it was given.
        status: "cut", "unchanged" (skipped), "copy" (of another file of this call, whose clips are
            its), "imported" (a clip already), "removed" (a person removed it, and it was not named
            now), "kept" (as it was: its file holds other bytes now, and nobody said whether they
            are its successor), "refused" (too doubtful, where a strict cut by lines was asked for)
            or "failed".
        source: what was found by decoding it; None when it failed.
        num_clips: how many clips it has now.
        length_seconds: their total length.
        warnings: what is wrong with the source although it could be used.
        error: why it failed or was refused, one line.
        lines: what became of the lines of its transcript, in a cut by lines.
        left_behind: what its clips had before it was cut again, and none has now.
        news: what is new about it as a file, such as another name; None when nothing is.
        succession: what it took over from the source whose place it took.
        is_back: it was removed as a whole before, and is back because it was named.
        num_kept_out: clips that a person removed, and that were not cut again.
        num_touching: clips that were cut and hold a part of such clips.
    """

    path: str
    status: str
    source: Source | None = None
    num_clips: int = 0
    length_seconds: float = 0.0
    warnings: tuple[str, ...] = ()
    error: str | None = None
    lines: LineReport | None = None
    left_behind: LeftBehind = _NOTHING
    news: SourceNews | None = None
    succession: Succession | None = None
    is_back: bool = False
    num_kept_out: int = 0
    num_touching: int = 0


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
    if source.known_id is not None and not job.looks_beside and not replacing:
        earlier = read_earlier(job.manifest_path(source.known_id))
        digest = _choose(job, Path(source.name), earlier).digest
        unchanged = _unchanged(job, earlier, digest, source.url)
        if unchanged:
            return unchanged
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


def _cut_file(job: CutJob, file: "_File", inside: Callable[[int], None] | None) -> SourceReport:
    path = file.path
    earlier = read_earlier(job.manifest_path(file.source_id))
    chosen = _choose(job, path, earlier)
    unchanged = _unchanged(job, earlier, chosen.digest, file.shown)
    if unchanged:
        return unchanged
    if isinstance(chosen, ChosenCues):
        return _cut_by(job, file, chosen, earlier, inside)
    # It is listened to twice: to find the lines, and to cut them.
    size = file.state[0] if file.state else 0
    lines = find_lines(
        path,
        chosen,
        job.options,
        job.align,
        _moved(inside, 0),
        anyway=job.transcript.anyway,
        models=job.models,
    )
    if job.transcript.second_opinion is not None:
        from audioset.curation.cut.lines.second_opinion import with_second_opinion

        lines = with_second_opinion(path, lines, job.transcript)
    refusal = job.refusal_of(lines)
    if refusal:
        return SourceReport(path=file.shown, status="refused", error=refusal, lines=lines)
    return _cut_by(job, file, cues_of(chosen, lines), earlier, _moved(inside, size))


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


def _choose(job: CutJob, path: Path, earlier: EarlierCut | None) -> ChosenCues | ChosenLines:
    if job.options.by != "lines":
        return choose_cues(path, job.options, job.labels)
    chosen = choose_lines(path, job.transcript, job.align)
    if earlier is None or earlier.lines is None:
        return chosen
    return chosen.with_confirmed(earlier, job.options, accepted_clips(job.working))


def _cut_by(
    job: CutJob,
    file: _File,
    cues: ChosenCues,
    earlier: EarlierCut | None,
    inside: Callable[[int], None] | None,
) -> SourceReport:
    """Write the clips of a source and its manifest."""
    path, origin, manifest = file.path, file.origin, job.manifest_path(file.source_id)
    before = file.named.before if job.replace else None
    facts = job.facts_of(earlier or (read_earlier(before.manifest) if before else None))
    # Before anything is replaced: what is left behind must be known, or nothing is cut.
    decisions = read_decisions(job.working) if manifest.exists() else {}
    cutting = SourcePass(job, path, file.named, cues, facts)
    try:
        source, table = cutting.run(inside)
        if origin:
            source = replace(source, url=origin.url, etag=origin.found.etag)
        if _file_state(path) != file.state:
            raise MediaError(f"{path}: changed while it was cut; cut it again when it is complete")
    except BaseException:
        cutting.undo()
        raise
    cutting.release()
    table, left = _carry_over(manifest, table, decisions)
    lines = with_clips(cues.found, table) if cues.found else None
    write_manifest(
        manifest,
        table,
        metadata={
            SOURCE_KEY: source.to_json().encode(),
            FINGERPRINT_KEY: job.options.fingerprint(cues.digest).encode(),
            FACTS_KEY: json.dumps(facts, sort_keys=True).encode(),
            **({LINES_KEY: lines.to_json().encode()} if lines else {}),
        },
    )
    ids, seconds = table["clip_id"].to_pylist(), table["length_seconds"].to_pylist()
    lengths = dict(zip(ids, seconds, strict=True))
    remove_clip_files(job.working.clips_dir, cutting.existing - set(lengths))
    report = _report(file.shown, "cut", source, lengths, lines, left)
    return replace(report, num_kept_out=cutting.num_kept_out, num_touching=cutting.num_touching)


def _carry_over(
    manifest: Path, table: "pa.Table", decisions: Decisions
) -> "tuple[pa.Table, LeftBehind]":
    """Keep texts that models wrote for clips that are the same now; count what is not kept.

    The manifest is read as it is by now: a model may have written texts while the source was cut.
    """
    earlier = read_earlier(manifest)
    if earlier is None:
        return table, _NOTHING
    old, new = list(clips_from_table(earlier.table)), list(clips_from_table(table))
    filled = with_model_texts(old, new)
    kept = table if filled == new else table_from_clips(filled)
    return kept, left_behind(old, filled, decisions)


def _unchanged(
    job: CutJob, earlier: EarlierCut | None, digest: str, shown: str
) -> SourceReport | None:
    """Report a source that was cut before with the same options, cues and facts, if it was."""
    if earlier is None or not job.is_done_by(earlier, digest):
        return None
    lengths, lines = earlier.lengths_seconds, earlier.lines
    refusal = job.refusal_of(lines) if lines else None
    if refusal:
        report = _report(shown, "refused", earlier.source, lengths, lines)
        return replace(report, error=f"{refusal}; the clips of an earlier cut are still there")
    report = _report(shown, "unchanged", earlier.source, lengths, lines)
    return replace(report, num_kept_out=len(job.removed.clips_of(earlier.source.sha256)))


def _report(
    shown: str,
    status: str,
    source: Source,
    lengths_seconds: Mapping[str, float],
    lines: LineReport | None,
    left: LeftBehind = _NOTHING,
) -> SourceReport:
    return SourceReport(
        path=shown,
        status=status,
        source=source,
        num_clips=len(lengths_seconds),
        length_seconds=sum(lengths_seconds.values()),
        warnings=(*source.warnings, *left.sentences()),
        lines=lines,
        left_behind=left,
    )


def _file_state(path: Path) -> tuple[int, int] | None:
    """Give size and time of change; None for a file that is not there."""
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_size, state.st_mtime_ns
