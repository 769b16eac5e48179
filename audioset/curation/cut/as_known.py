"""One file as the source that it is, whatever it is called, or as the successor of another."""

from collections.abc import Callable, Collection
from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path

from audioset.curation.cut.earlier import read_earlier
from audioset.curation.cut.job import CutJob
from audioset.curation.cut.one_source import cut_file, settle_or_choose
from audioset.curation.cut.plan import has_own_place, plan_cut
from audioset.curation.cut.settle import settle_by_way
from audioset.curation.cut.source_file import SourceFile, file_state, kept_out
from audioset.curation.cut.source_report import HAS_OWN_CLIPS, SourceReport
from audioset.curation.cut.succession.succeed import succeed
from audioset.curation.sources.identify import identify
from audioset.curation.sources.known import KnownSource
from audioset.curation.workspace.clip_files import read_sha256
from audioset.curation.workspace.fetch_source import RemoteSource, fetched
from audioset.errors import AudiosetError, InvalidInputError, NotFoundError, as_option
from audioset.media.apart.here import no_helper
from audioset.records.source_news import SourceNews
from audioset.storage.tables import replace_rows


def cut_source(
    job: CutJob,
    source: Path | RemoteSource,
    *,
    inside: Callable[[int], None] | None = None,
    helped: Collection[Path | RemoteSource] | None = None,
) -> SourceReport:
    """Cut one source, unless nothing about it changed.

    Args:
        job: options, facts and workspace.
        source: a local file, or one on object storage, which is fetched first.
        inside: called now and then with the position in the file, in bytes.
        helped: sources that a worker cuts with a helper; None for all.

    Raises:
        NotFoundError: no such file, or no file of cues for it.
        MediaError: the source cannot be used; nothing of it is left in the workspace.
        InvalidInputError: the cues cannot be used.
        StorageError: the workspace cannot be written, or the source cannot be fetched.
    """
    with nullcontext() if helped is None or source in helped else no_helper():
        return _cut_anywhere(job, source, inside)


def _cut_anywhere(
    job: CutJob, source: Path | RemoteSource, inside: Callable[[int], None] | None
) -> SourceReport:
    """Cut a source that lies here, or fetch it first."""
    if isinstance(source, Path):
        return _identify_and_cut(job, source, None, inside)
    if job.removed.find_fetched(source.url, source.found.etag):
        return SourceReport(path=source.url, status="removed")
    replacing = job.replace is True and bool(source.earlier_ids)
    settled = None if replacing else _settle_unfetched(job, source)
    if settled:
        return job.finished(settled, None)
    with fetched(source, job.working.folder) as path:
        try:
            return _identify_and_cut(job, path, source, inside)
        except AudiosetError as error:
            # Nobody knows the name that it was fetched under.
            error.args = (str(error).replace(str(path), source.url),)
            raise


def _settle_unfetched(job: CutJob, source: RemoteSource) -> SourceReport | None:
    """Report a source of which is known without its bytes that it is not cut again."""
    earlier = read_earlier(job.manifest_path(source.known_id)) if source.known_id else None
    if earlier is None or not has_own_place(job, earlier.way):
        return None
    path = Path(source.name)
    with suppress(NotFoundError, InvalidInputError):  # told when it is there
        plan = plan_cut(job, path, earlier.way, near=None)
        if plan.place.stream is not None:
            return settle_by_way(plan, earlier, source.url)
        return settle_or_choose(plan, path, earlier, source.url)[0]
    return None


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
    file = SourceFile(path, named, file_state(path), origin)
    if sha256 in job.imported:
        return _imported(file, job.imported[sha256])
    # Of a recording that was cut under two names, the one that is left is there all the same.
    if sha256 in job.removed.sources and not job.manifest_path(named.source_id).exists():
        return SourceReport(path=file.shown, status="removed")
    before, manifest = named.before, job.manifest_path(named.source_id)
    given = _given_spans(job, file, manifest)
    if given is not None:
        return given
    if before is not None and job.replace is None and not manifest.exists():
        return kept_out(file, before)
    imported = [job.imported[p.sha256] for p in job.places.at(path) if p.sha256 in job.imported]
    if imported and job.replace is not False and not manifest.exists():
        return _edited_import(file, imported[0])
    report = job.finished(cut_file(job, file, inside), path)
    is_copy = named.news is not None and named.news.kind == "copy"
    if origin is not None and report.status in ("unchanged", "facts") and not is_copy:
        _note_url(job.manifest_path(named.source_id), origin)
    report = replace(report, news=named.news)
    if before is not None and job.replace and report.status in HAS_OWN_CLIPS:
        return _replaced(job, file, report, before)
    if job.replace is False and report.news and report.news.kind in ("changed", "namesake"):
        return replace(report, news=None)
    return report


def _replaced(
    job: CutJob, file: SourceFile, report: SourceReport, before: KnownSource
) -> SourceReport:
    """Let a source that is cut take the place of the one before it."""
    was_seen = before.url is not None or before.sha256 in job.places.by_sha256
    manifest = job.manifest_path(file.source_id)
    succession = succeed(before, manifest, job.working, only_alike=not was_seen)
    if succession is None:
        alone = (
            f"no clip of {before.name} ({before.source_id}) is heard in it, and this machine has "
            "not seen that one lie here: it is a source of its own",
        )
        return replace(report, news=None, warnings=(*report.warnings, *alone))
    news = SourceNews(kind="replaced", source_id=before.source_id, name=before.name)
    return replace(report, news=news, succession=succession)


def _edited_import(file: SourceFile, known: KnownSource) -> SourceReport:
    return SourceReport(
        path=file.shown,
        status="kept",
        num_clips=1,
        length_seconds=known.length_seconds,
        error=f"{file.shown}: holds another recording than the one that was imported as a clip; "
        "import its folder again, or cut it as a source of its own: "
        f"{as_option('replace', 'False')}",
        news=SourceNews(kind="changed", source_id=known.source_id, name=known.name),
    )


def _given_spans(job: CutJob, file: SourceFile, manifest: Path) -> SourceReport | None:
    """Report a source that a corpus gave as spans: they stay, unless another cut is asked for."""
    if not job.wish.is_plain or not manifest.exists():
        return None
    earlier = read_earlier(manifest)
    if earlier is None or not earlier.is_imported:
        return None
    news = SourceNews(kind="imported", source_id=earlier.source.source_id, name=earlier.source.name)
    return SourceReport(
        path=file.shown,
        status="imported",
        num_clips=len(earlier.lengths_seconds),
        length_seconds=sum(earlier.lengths_seconds.values()),
        news=news,
    )


def _imported(file: SourceFile, known: KnownSource) -> SourceReport:
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
