"""One source to its clips and its manifest.

What is written, and in which order, so that a crash leaves whole files only: each clip under a
temporary name, renamed when whole; the manifest last, replaced as a whole; then the clips that the
manifest no longer names are removed. A source is skipped when its bytes, the options and the facts
are those of its manifest and all of its clips are there.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from audioset.curation.clip_files import (
    file_size,
    find_clips_of,
    read_sha256,
    write_clip_file,
)
from audioset.curation.clips import ClipFinder, CutClip, to_samples, whole_clip
from audioset.curation.measure import measure
from audioset.errors import (
    AudiosetError,
    InvalidInputError,
    MediaError,
    NotFoundError,
    StorageError,
)
from audioset.media.decode import AudioReader, open_audio
from audioset.media.flac import encode_flac, pcm_sha256
from audioset.records.identity import clip_path, make_clip_id, make_source_id
from audioset.records.manifest import (
    FACTS_KEY,
    FINGERPRINT_KEY,
    SOURCE_KEY,
    Clip,
    split_facts,
    table_from_clips,
)
from audioset.records.options import CutOptions
from audioset.records.source import Source
from audioset.settings import Settings
from audioset.storage.tables import read_manifest, read_manifest_metadata, write_manifest

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


@dataclass(frozen=True, slots=True, kw_only=True)
class CutJob:
    """What a worker must know to cut any source of one call."""

    settings: Settings
    options: CutOptions
    facts: Mapping[str, str]

    def make_folders(self) -> None:
        """Make the workspace's folders.

        Raises:
            StorageError: the workspace cannot be written.
        """
        for folder in (self.settings.clips_dir, self.settings.manifests_dir):
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StorageError(f"{folder} cannot be made ({error.strerror})") from error

    def manifest_path(self, source_id: str) -> Path:
        """Where the manifest of a source lies."""
        return self.settings.manifests_dir / f"{source_id}.parquet"


@dataclass(frozen=True, slots=True)
class _Earlier:
    """The manifest that an earlier cut of the same source left."""

    source: Source
    fingerprint: str
    facts: dict[str, str]
    lengths_seconds: dict[str, float]  # by clip id
    sizes_bytes: dict[str, int]  # of the clip files, by clip id


def cut_source(
    job: CutJob, path: Path, *, inside: Callable[[int], None] | None = None
) -> SourceReport:
    """Cut one source, unless nothing about it changed.

    Args:
        job: options, facts and workspace.
        path: the source.
        inside: called now and then with the position in the file, in bytes.

    Raises:
        NotFoundError: no such file.
        MediaError: the source cannot be used; nothing of it is left in the workspace.
        StorageError: the workspace cannot be written.
    """
    sha256 = read_sha256(path)
    source_id = make_source_id(path.name, sha256)
    earlier = _read_earlier(job.manifest_path(source_id))
    # Facts given earlier hold until they are given anew: a plain re-run must not lose a speaker.
    facts = {**(earlier.facts if earlier else {}), **job.facts}
    if earlier and _is_current(earlier, job, facts):
        return _report(path, "unchanged", earlier.source, earlier.lengths_seconds)

    # Also those that a killed cut left without a manifest.
    known = find_clips_of(job.settings.clips_dir, source_id)
    clips: list[Clip] = []
    try:
        with open_audio(path) as audio:
            source = _source_of(path, sha256, audio)
            finder = ClipFinder(audio, job.options)
            for cut in finder.clips():
                clips.append(_write_clip(cut, source, facts, job.settings.clips_dir, audio))
                if inside is not None:
                    inside(audio.position_bytes)
            source = _finished(source, audio, finder, found=bool(clips))
    except (AudiosetError, KeyboardInterrupt):
        _remove_clips(job.settings.clips_dir, {clip.clip_id for clip in clips} - known)
        raise
    write_manifest(
        job.manifest_path(source_id),
        table_from_clips(clips),
        metadata={
            SOURCE_KEY: source.to_json().encode(),
            FINGERPRINT_KEY: job.options.fingerprint.encode(),
            FACTS_KEY: json.dumps(facts, sort_keys=True).encode(),
        },
    )
    _remove_clips(job.settings.clips_dir, known - {clip.clip_id for clip in clips})
    lengths = {clip.clip_id: clip.length_seconds for clip in clips}
    return _report(path, "cut", source, lengths)


def import_whole(path: Path, facts: Mapping[str, str], clips_dir: Path) -> Clip:
    """Take a whole media file as one clip: write its FLAC and give its manifest row.

    Raises:
        NotFoundError: no such file.
        MediaError: the file cannot be used.
        InvalidInputError: a fact has the name of a measured column.
        StorageError: the clip cannot be written.
    """
    sha256 = read_sha256(path)
    with open_audio(path) as audio:
        cut = whole_clip(audio)
        if len(cut.frames) == 0:
            raise MediaError(f"{path}: too short to be a clip ({cut.pcm.size} samples)")
        return _write_clip(cut, _source_of(path, sha256, audio), facts, clips_dir, audio)


def _readable(name: str) -> str:
    """Give a file name as text that a table can hold: bytes that are not UTF-8 are replaced."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _source_of(path: Path, sha256: str, audio: AudioReader) -> Source:
    return Source(
        source_id=make_source_id(path.name, sha256),
        name=_readable(path.name),
        sha256=sha256,
        container=audio.container,
        codec=audio.codec,
        sampling_rate=audio.sampling_rate,
        channels=audio.channels,
        num_samples=audio.num_samples,
        declared_seconds=audio.declared_seconds,
    )


def _finished(source: Source, audio: AudioReader, finder: ClipFinder, *, found: bool) -> Source:
    """Complete what is only known when a source was decoded to its end."""
    warnings = audio.warnings()
    if finder.num_audible < _SILENT_SHARE * finder.num_frames:
        warnings += ("the audio track is silent",)
    elif not found:
        warnings += ("no speech found",)
    return replace(source, num_samples=audio.num_samples, warnings=warnings)


def _write_clip(
    cut: CutClip, source: Source, facts: Mapping[str, str], clips_dir: Path, audio: AudioReader
) -> Clip:
    """Write the clip's audio and give its row."""
    rate = source.sampling_rate
    start_seconds, end_seconds = cut.span.start_sample / rate, cut.span.end_sample / rate
    clip_id = make_clip_id(source.source_id, start_seconds, end_seconds)
    quality = measure(to_samples(cut.pcm), rate, cut.frames)
    columns, extra = split_facts(facts)
    flac = encode_flac(cut.pcm, rate)
    write_clip_file(clips_dir, clip_id, flac)
    return Clip(
        clip_id=clip_id,
        source_id=source.source_id,
        source_name=source.name,
        source_sha256=source.sha256,
        pcm_sha256=pcm_sha256(cut.pcm),
        start_sample=cut.span.start_sample,
        end_sample=cut.span.end_sample,
        start_seconds=start_seconds,
        end_seconds=end_seconds,
        length_seconds=cut.pcm.size / rate,
        num_samples=cut.pcm.size,
        sampling_rate=rate,
        channels=1,
        source_channels=source.channels,
        bit_depth=audio.bit_depth,
        extra=extra,
        **columns,  # type: ignore[arg-type]  # split_facts gives fact columns only, all text
        audio_sha256=hashlib.sha256(flac).hexdigest(),
        size_bytes=len(flac),
        **asdict(quality),
    )


def _read_earlier(manifest: Path) -> _Earlier | None:
    try:
        metadata = read_manifest_metadata(manifest)
        table = read_manifest(manifest)
        clip_ids = table["clip_id"].to_pylist()
        return _Earlier(
            source=Source.from_json(metadata[SOURCE_KEY].decode()),
            fingerprint=metadata[FINGERPRINT_KEY].decode(),
            facts=json.loads(metadata.get(FACTS_KEY, b"{}")),
            lengths_seconds=dict(zip(clip_ids, table["length_seconds"].to_pylist(), strict=True)),
            sizes_bytes=dict(zip(clip_ids, table["size_bytes"].to_pylist(), strict=True)),
        )
    except (NotFoundError, InvalidInputError, KeyError, TypeError, ValueError):
        # Missing, damaged or of another kind: the source is there, so its manifest is made anew.
        return None


def _is_current(earlier: _Earlier, job: CutJob, facts: Mapping[str, str]) -> bool:
    return (
        earlier.fingerprint == job.options.fingerprint
        and earlier.facts == facts
        and all(
            file_size(clip_path(job.settings.clips_dir, clip_id)) == size_bytes
            for clip_id, size_bytes in earlier.sizes_bytes.items()
        )
    )


def _remove_clips(clips_dir: Path, clip_ids: set[str]) -> None:
    for clip_id in clip_ids:
        clip_path(clips_dir, clip_id).unlink(missing_ok=True)


def _report(
    path: Path, status: str, source: Source, lengths_seconds: Mapping[str, float]
) -> SourceReport:
    return SourceReport(
        path=str(path),
        status=status,
        source=source,
        num_clips=len(lengths_seconds),
        length_seconds=sum(lengths_seconds.values()),
        warnings=source.warnings,
    )
