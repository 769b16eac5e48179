"""One pass over one source: decode, find, measure, write; undone when it fails.

Clips appear as they are finished. One that would replace a file of an earlier cut is held back
until all are there, so that an older manifest never names newer sound.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.curation.cut.choose_cues import ChosenCues, make_planner
from audioset.curation.cut.find_clips import ClipFinder, CutClip
from audioset.curation.cut.job import CutJob
from audioset.curation.cut.write_clip import ClipWriter, source_of
from audioset.curation.workspace.clip_files import (
    find_clips_of,
    release_clip_file,
    remove_clip_files,
)
from audioset.hearing.speech.listen import listen
from audioset.hearing.speech.listen_in_process import can_listen_apart, listen_apart
from audioset.media.decode import AudioFacts
from audioset.records.cut_options import CutOptions
from audioset.records.identity import make_source_id
from audioset.records.manifest import Clip, table_from_clips
from audioset.records.source import Source

if TYPE_CHECKING:
    import pyarrow as pa

_BYTES_WORTH_A_PROCESS = 4 * 1024 * 1024  # it needs half a second to start
_CUT_WORDS_SHARE = 0.1  # single words may be close to each other
_SILENT_SHARE = 0.02  # a track with fewer audible frames is called silent: single clicks do happen


class SourcePass:
    """The pass over one source.

    Attributes:
        existing: ids of clips of this source that have a file already, also those that a killed
            cut left without a manifest.
    """

    def __init__(
        self, job: CutJob, path: Path, sha256: str, cues: ChosenCues, facts: Mapping[str, str]
    ) -> None:
        self._job = job
        self._path = path
        self._sha256 = sha256
        self._cues = cues
        self._facts = facts
        self._clips_dir = job.working.clips_dir
        self._begun: set[str] = set()
        self._num_doubles = 0
        source_id = make_source_id(path.name, sha256)
        self.existing = frozenset(find_clips_of(self._clips_dir, source_id))

    def run(self, inside: Callable[[int], None] | None) -> "tuple[Source, pa.Table]":
        """Write all clips; give the source as it was found, and the table of its clips.

        Raises:
            MediaError: the source cannot be used.
            StorageError: the workspace cannot be written.
        """
        options = self._job.options
        is_large = self._path.stat().st_size >= _BYTES_WORTH_A_PROCESS
        apart = is_large and self._job.cores > 1 and can_listen_apart()
        with (listen_apart if apart else listen)(
            self._path,
            track=options.track,
            channels=options.channels,
            sampling_rate=options.sampling_rate,
        ) as listening:
            audio = listening.audio
            cues = self._cues.from_first_sample(audio.start_seconds)
            finder = ClipFinder(
                listening,
                partial(make_planner, options, cues),
                first_channel=2 if options.channels == "right" else 1,
            )
            writer = self._writer(audio, listening.rate)
            cuts = self._begin(audio, finder, writer, inside)
            table = table_from_clips(_within(writer.write(cut), audio) for cut in cuts)
            source = replace(writer.source, num_samples=audio.num_samples)
            warnings = (
                *audio.warnings(),
                *cues.problems,
                *cues.misfits(source.length_seconds),
                *_doubles(self._num_doubles),
                *_why_none(options, finder, found=bool(len(table))),
                *_cut_words(options, table),
            )
            return replace(source, warnings=warnings), table

    def release(self) -> None:
        """Put the clips that were held back in their places."""
        for clip_id in self._begun & self.existing:
            release_clip_file(self._clips_dir, clip_id)

    def undo(self) -> None:
        """Leave the workspace as it was before."""
        remove_clip_files(self._clips_dir, self._begun - self.existing)
        remove_clip_files(self._clips_dir, self._begun & self.existing, held=True)

    def _writer(self, audio: AudioFacts, rate: int) -> ClipWriter:
        options = self._job.options
        return ClipWriter(
            source=source_of(self._path, self._sha256, audio),
            facts=self._facts,
            clips_dir=self._clips_dir,
            rate=rate,
            bit_depth=audio.bit_depth,
            track=options.track,
            keeps_channel=options.channels != "mix",
            text_source=self._cues.text_source,
            aligner=self._cues.found.alignment.aligner if self._cues.found else None,
            existing=self.existing,
        )

    def _begin(
        self,
        audio: AudioFacts,
        finder: ClipFinder,
        writer: ClipWriter,
        inside: Callable[[int], None] | None,
    ) -> Iterator[CutClip]:
        """Hand out each clip once: cues that were trimmed or snapped may fall on the same span."""
        for cut in finder.clips():
            if inside is not None:
                inside(audio.position_bytes)
            clip_id = writer.clip_id(cut)
            if clip_id in self._begun:
                self._num_doubles += 1
                continue
            self._begun.add(clip_id)
            yield cut


def _within(clip: Clip, audio: AudioFacts) -> Clip:
    """Keep the end inside the source: at another rate the last sample may be rounded up."""
    if clip.end_sample <= audio.num_samples:
        return clip
    return replace(clip, end_sample=audio.num_samples)


def _doubles(count: int) -> tuple[str, ...]:
    if count == 0:
        return ()
    return (f"{count} cues fall on the same span as another one and were left out",)


def _why_none(options: CutOptions, finder: ClipFinder, *, found: bool) -> tuple[str, ...]:
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
    return ("no speech found" if options.by == "speech" else "nothing to cut",)


def _cut_words(options: CutOptions, table: "pa.Table") -> tuple[str, ...]:
    """Say that given edges lie inside speech, where moving them was not asked for."""
    if options.snap or not options.by_cues:
        return ()
    edges = table["edge_speech"].to_pylist()
    inside = sum((edge or 0) >= options.threshold for edge in edges)
    if inside <= _CUT_WORDS_SHARE * len(edges):
        return ()
    return (
        f"{inside} of {len(edges)} clips begin or end inside speech; --snap moves edges to pauses",
    )
