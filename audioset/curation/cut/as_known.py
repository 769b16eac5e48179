"""One file as the source that it is, whatever it is called, or as the successor of another."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePath

from audioset.curation.cut.earlier import read_earlier
from audioset.curation.cut.job import CutJob
from audioset.curation.cut.one_source import cut_file, settle_or_choose
from audioset.curation.cut.plan import has_own_place, plan_cut
from audioset.curation.cut.source_file import IN_PLACE, SourceFile, file_state, kept_out
from audioset.curation.cut.source_report import SourceReport
from audioset.curation.cut.succession.succeed import succeed
from audioset.curation.sources.identify import identify
from audioset.curation.sources.known import KnownSource
from audioset.curation.workspace.clip_files import read_sha256
from audioset.curation.workspace.fetch_source import RemoteSource, fetched
from audioset.errors import AudiosetError
from audioset.records.source_news import SourceNews
from audioset.storage.tables import replace_rows


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
            settled, _ = settle_or_choose(plan, Path(source.name), earlier, source.url)
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
    file = SourceFile(path, named, file_state(path), origin)
    if sha256 in job.imported:
        return _imported(file, job.imported[sha256])
    # Of a recording that was cut under two names, the one that is left is there all the same.
    if sha256 in job.removed.sources and not job.manifest_path(named.source_id).exists():
        return SourceReport(path=file.shown, status="removed")
    before, manifest = named.before, job.manifest_path(named.source_id)
    if before is not None and job.replace is None and not manifest.exists():
        return kept_out(file, before)
    imported = [job.imported[p.sha256] for p in job.places.at(path) if p.sha256 in job.imported]
    if imported and job.replace is not False and not manifest.exists():
        return _edited_import(file, imported[0])
    report = cut_file(job, file, inside)
    is_copy = named.news is not None and named.news.kind == "copy"
    if origin is not None and report.status == "unchanged" and not is_copy:
        _note_url(job.manifest_path(named.source_id), origin)
    report = replace(report, news=named.news)
    if before is not None and job.replace and report.status in IN_PLACE:
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
        "import its folder again, or cut it as a source of its own: --no-replace (replace=False)",
        news=SourceNews(kind="changed", source_id=known.source_id, name=known.name),
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
