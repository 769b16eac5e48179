"""One source to its clips and its manifest.

What is written, and in which order, so that a crash leaves whole files only: each clip under a
temporary name, renamed when whole; the manifest last, replaced as a whole; then the clips that the
manifest no longer names are removed. A source is skipped when its bytes, the options and the facts
are those of its manifest and all of its clips are there.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from audioset.curation.clip_files import find_clips_of, read_sha256
from audioset.curation.clip_row import ClipWriter, source_of
from audioset.curation.clips import ClipFinder, CutClip
from audioset.curation.cue_choice import ChosenCues, choose_cues, make_planner
from audioset.curation.cut_job import CutJob, read_earlier
from audioset.curation.remote import RemoteSource, fetched
from audioset.engine import map_ahead
from audioset.errors import AudiosetError, MediaError
from audioset.media.decode import open_audio
from audioset.media.decode_apart import open_audio_apart
from audioset.records.identity import clip_path, make_source_id
from audioset.records.manifest import (
    FACTS_KEY,
    FINGERPRINT_KEY,
    SOURCE_KEY,
    Clip,
    table_from_clips,
)
from audioset.records.options import CutOptions
from audioset.records.source import Source
from audioset.storage.tables import write_manifest

_BYTES_WORTH_A_PROCESS = 4 * 1024 * 1024  # it needs half a second to start
_CUT_WORDS_SHARE = 0.1  # single words may be close to each other
_SILENT_SHARE = 0.02  # a track with fewer audible frames is called silent: single clicks do happen


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

    # Also those that a killed cut left without a manifest.
    known = find_clips_of(job.settings.clips_dir, source_id)
    started: set[str] = set()
    try:
        source, clips = _cut_open(job, path, sha256, cues, facts, started, inside)
        if origin:
            source = replace(source, url=origin.url, etag=origin.found.etag)
        if _file_state(path) != state:
            raise MediaError(f"{path}: changed while it was cut; cut it again when it is complete")
    except (AudiosetError, KeyboardInterrupt):
        _remove_clips(job.settings.clips_dir, started - known)
        raise
    write_manifest(
        job.manifest_path(source_id),
        table_from_clips(clips),
        metadata={
            SOURCE_KEY: source.to_json().encode(),
            FINGERPRINT_KEY: job.options.fingerprint(cues.digest).encode(),
            FACTS_KEY: json.dumps(facts, sort_keys=True).encode(),
        },
    )
    _remove_clips(job.settings.clips_dir, known - {clip.clip_id for clip in clips})
    lengths = {clip.clip_id: clip.length_seconds for clip in clips}
    return _report(shown, "cut", source, lengths)


def _unchanged(job: CutJob, source_id: str, cues: ChosenCues, shown: str) -> SourceReport | None:
    """Report a source that was cut before with the same options, cues and facts, if it was."""
    earlier = read_earlier(job.manifest_path(source_id))
    if earlier is None or not earlier.is_current(job, cues.digest):
        return None
    return _report(shown, "unchanged", earlier.source, earlier.lengths_seconds)


def _cut_open(
    job: CutJob,
    path: Path,
    sha256: str,
    cues: ChosenCues,
    facts: Mapping[str, str],
    started: set[str],
    inside: Callable[[int], None] | None,
) -> tuple[Source, list[Clip]]:
    """Make the pass over one source; the ids of the clips it begins go to `started`."""
    options = job.options
    apart = job.threads > 1 and path.stat().st_size >= _BYTES_WORTH_A_PROCESS
    opened = open_audio_apart if apart else open_audio
    with opened(path, track=options.track, channels=options.channels) as audio:
        cues = cues.from_first_sample(audio.start_seconds)
        finder = ClipFinder(
            audio, partial(make_planner, options, cues), sampling_rate=options.sampling_rate
        )
        writer = ClipWriter(
            source=source_of(path, sha256, audio), facts=facts, clips_dir=job.settings.clips_dir,
            rate=finder.rate, bit_depth=audio.bit_depth, track=options.track,
            keeps_channel=options.channels != "mix", text_source=cues.text_source,
        )  # fmt: skip

        def begun() -> Iterator[CutClip]:
            for cut in finder.clips():
                started.add(writer.clip_id(cut))
                if inside is not None:
                    inside(audio.position_bytes)
                yield cut

        clips = list(map_ahead(writer.write, begun(), threads=job.threads))
        clips.sort(key=lambda clip: (clip.start_sample, clip.end_sample, clip.channel or 0))
        source = replace(writer.source, num_samples=audio.num_samples)
        warnings = (
            *audio.warnings(), *cues.problems, *cues.misfits(source.length_seconds),
            *_heard(options, finder, found=bool(clips)), *_cut_words(options, clips),
        )  # fmt: skip
        return replace(source, warnings=warnings), clips


def _cut_words(options: CutOptions, clips: list[Clip]) -> tuple[str, ...]:
    """Say that given edges lie inside speech, where moving them was not asked for."""
    if options.snap or not options.by_cues:
        return ()
    inside = sum((clip.edge_speech or 0) >= options.threshold for clip in clips)
    if inside <= _CUT_WORDS_SHARE * len(clips):
        return ()
    return (
        f"{inside} of {len(clips)} clips begin or end inside speech; --snap moves edges to pauses",
    )


def _file_state(path: Path) -> tuple[int, int] | None:
    """Give size and time of change; None for a file that is not there."""
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_size, state.st_mtime_ns


def _heard(options: CutOptions, finder: ClipFinder, *, found: bool) -> tuple[str, ...]:
    """Say why there may be no clips."""
    if finder.num_audible < _SILENT_SHARE * finder.num_frames:
        return ("the audio track is silent",)
    if found:
        return ()
    if options.by == "silence":
        return (
            f"no sound above {options.silence_dbfs:g} dBFS; the loudest is "
            f"{finder.loudest_dbfs:.0f} dBFS: cut it with --silence {finder.loudest_dbfs - 25:.0f}",
        )
    return ("no cue can be cut" if options.by_cues else "no speech found",)


def _remove_clips(clips_dir: Path, clip_ids: set[str]) -> None:
    for clip_id in clip_ids:
        clip_path(clips_dir, clip_id).unlink(missing_ok=True)


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
