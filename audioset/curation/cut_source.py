"""One source to its clips and its manifest.

What is written, and in which order, so that a crash leaves whole files only: each clip under a
temporary name, renamed when whole; the manifest last, replaced as a whole; then the clips that the
manifest no longer names are removed. A source is skipped when its bytes, the options and the facts
are those of its manifest and all of its clips are there.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from audioset.curation.clip_files import read_sha256, remove_clip_files
from audioset.curation.cue_choice import ChosenCues, choose_cues
from audioset.curation.cut_job import CutJob, read_earlier
from audioset.curation.remote import RemoteSource, fetched
from audioset.curation.source_pass import SourcePass
from audioset.errors import AudiosetError, MediaError
from audioset.records.identity import make_source_id
from audioset.records.manifest import FACTS_KEY, FINGERPRINT_KEY, SOURCE_KEY
from audioset.records.source import Source
from audioset.storage.tables import write_manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport:
    """What became of one source.

    Attributes:
        path: as it was given.
        status: "cut", "unchanged" (skipped) or "failed".
        source: what was found by decoding it; None when it failed.
        num_clips: how many clips it has now.
        length_seconds: their total length.
        warnings: what is wrong with the source although it could be used.
        error: why it failed, one line.
    """

    path: str
    status: str
    source: Source | None = None
    num_clips: int = 0
    length_seconds: float = 0.0
    warnings: tuple[str, ...] = ()
    error: str | None = None


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
        return _cut_file(job, source, None, inside)
    finds_cues_beside = job.options.by_cues and job.labels is None
    if source.known_id is not None and not finds_cues_beside:
        cues = choose_cues(Path(source.name), job.options, job.labels)
        unchanged = _unchanged(job, source.known_id, cues, source.url)
        if unchanged:
            return unchanged
    with fetched(source, job.settings.workspace) as path:
        try:
            return _cut_file(job, path, source, inside)
        except AudiosetError as error:
            # Nobody knows the name that it was fetched under.
            raise type(error)(str(error).replace(str(path), source.url)) from error


def _cut_file(
    job: CutJob,
    path: Path,
    origin: RemoteSource | None,
    inside: Callable[[int], None] | None,
) -> SourceReport:
    state = _file_state(path)
    sha256 = read_sha256(path)
    source_id = make_source_id(path.name, sha256)
    cues = choose_cues(path, job.options, job.labels)
    shown = origin.url if origin else str(path)
    unchanged = _unchanged(job, source_id, cues, shown)
    if unchanged:
        return unchanged
    facts = job.facts_of(read_earlier(job.manifest_path(source_id)))

    cutting = SourcePass(job, path, sha256, cues, facts)
    try:
        source, table = cutting.run(inside)
        if origin:
            source = replace(source, url=origin.url, etag=origin.found.etag)
        if _file_state(path) != state:
            raise MediaError(f"{path}: changed while it was cut; cut it again when it is complete")
    except BaseException:
        cutting.undo()
        raise
    cutting.release()
    write_manifest(
        job.manifest_path(source_id),
        table,
        metadata={
            SOURCE_KEY: source.to_json().encode(),
            FINGERPRINT_KEY: job.options.fingerprint(cues.digest).encode(),
            FACTS_KEY: json.dumps(facts, sort_keys=True).encode(),
        },
    )
    ids, seconds = table["clip_id"].to_pylist(), table["length_seconds"].to_pylist()
    lengths = dict(zip(ids, seconds, strict=True))
    remove_clip_files(job.settings.clips_dir, cutting.existing - set(lengths))
    return _report(shown, "cut", source, lengths)


def _unchanged(job: CutJob, source_id: str, cues: ChosenCues, shown: str) -> SourceReport | None:
    """Report a source that was cut before with the same options, cues and facts, if it was."""
    earlier = read_earlier(job.manifest_path(source_id))
    if earlier is None or not earlier.is_current(job, cues.digest):
        return None
    return _report(shown, "unchanged", earlier.source, earlier.lengths_seconds)


def _report(
    shown: str, status: str, source: Source, lengths_seconds: Mapping[str, float]
) -> SourceReport:
    return SourceReport(
        path=shown,
        status=status,
        source=source,
        num_clips=len(lengths_seconds),
        length_seconds=sum(lengths_seconds.values()),
        warnings=source.warnings,
    )


def _file_state(path: Path) -> tuple[int, int] | None:
    """Give size and time of change; None for a file that is not there."""
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_size, state.st_mtime_ns
