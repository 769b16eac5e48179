"""One pass over one source: decode, find, measure, write; undone when it fails."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.curation.cut.choose_cues import ChosenCues, make_planner
from audioset.curation.cut.find_clips import ClipFinder, CutClip
from audioset.curation.cut.job import CutJob
from audioset.curation.cut.new_clips import NewClips
from audioset.curation.cut.write_clip import ClipWriter, source_of
from audioset.curation.sources.identify import Identity
from audioset.errors import as_option
from audioset.hearing.speech.detector import FRAME_SECONDS, INAUDIBLE_DB
from audioset.hearing.speech.listen import Detecting
from audioset.hearing.speech.listen_in_process import listen_apart
from audioset.media.decode import AudioFacts
from audioset.records.check_report import CheckLimits
from audioset.records.cut_options import CutOptions
from audioset.records.manifest import Clip, table_from_clips
from audioset.records.source import Source

if TYPE_CHECKING:
    import pyarrow as pa

_CUT_WORDS_SHARE = 0.1  # single words may be close to each other
_SILENT_SHARE = 0.02  # a track with fewer audible frames has hardly any: single clicks do happen
_SILENT_DBFS = -95.0  # the noise of 16 bits; below it there is nothing, not even a word
# The detector misses words of a source whose loudest frame is below; it hears it louder then.
_QUIET_DBFS, _HEARD_DBFS = -48.0, -25.0
_LEAST_SPEECH_DBFS = -82.0  # what is quieter still has one or two steps of 16 bits: no words
LISTENED_LOUDER = ("it is very quiet, and speech was looked for as if it were louder",)
_SPEECH_RANGE_DB = 25  # from the loudest frame to where pauses begin
_LEAST_SILENCE_DBFS = -100.0  # `CutOptions.silence_dbfs` takes no less


class SourcePass:
    """The pass over one source.

    Attributes:
        clips: where its clips go.
        num_kept_out: clips that were left out because a person removed them.
        num_touching: clips that hold a part of what a person removed, and were cut.
    """

    def __init__(
        self,
        job: CutJob,
        path: Path,
        named: Identity,
        cues: ChosenCues,
        facts: Mapping[str, str],
        clips: NewClips,
    ) -> None:
        self.clips = clips
        self._job = job
        self._path = path
        self._named = named
        self._cues = cues
        self._facts = facts
        self._begun: set[str] = set()
        self._num_doubles = 0
        self.num_kept_out = 0
        self.num_touching = 0
        self._removed = job.removed.clips_of(named.sha256)

    def run(self, inside: Callable[[int], None] | None) -> "tuple[Source, pa.Table]":
        """Write all clips; give the source as it was found, and the table of its clips.

        A source that turns out to be too quiet for the detector is gone through once more.

        Raises:
            MediaError: the source cannot be used.
            StorageError: the workspace cannot be written.
        """
        source, table, loudest_dbfs = self._go_through(inside, 0.0)
        louder_db = louder_by(loudest_dbfs)
        if louder_db is None:
            return source, table
        self.clips.undo()
        self._begun.clear()
        self._num_doubles = self.num_kept_out = self.num_touching = 0
        source, table, _ = self._go_through(inside, louder_db)
        return replace(source, choices=(*source.choices, *LISTENED_LOUDER)), table

    def _go_through(
        self, inside: Callable[[int], None] | None, louder_db: float
    ) -> "tuple[Source, pa.Table, float]":
        """Give the source, its clips, and the level of its loudest frame in dBFS."""
        options = self._job.options
        with listen_apart(
            self._path,
            track=options.track,
            channels=options.channels,
            sampling_rate=options.sampling_rate,
            detecting=Detecting(louder_db),
        ) as listening:
            audio = listening.audio
            cues = self._cues.from_first_sample(audio.start_seconds)
            finder = ClipFinder(
                listening,
                partial(make_planner, options, cues, lambda: audio.clock),
                first_channel=2 if audio.heard == "right" else 1,
            )
            writer = self._writer(audio, listening.rate)
            cuts = self._begin(audio, finder, writer, inside)
            table = table_from_clips(within(writer.write(cut), audio.num_samples) for cut in cuts)
            source = replace(
                writer.source,
                num_samples=audio.num_samples,
                declared_seconds=audio.declared_seconds,
            )
            warnings = (
                *audio.warnings(),
                *cues.problems,
                *cues.misfits(source.length_seconds, source.sampling_rate, audio.clock),
                *_doubles(self._num_doubles),
                *_why_none(options, finder, found=bool(len(table))),
                *_cut_words(options, table),
            )
            choices = (*audio.choices(), *_gains(table))
            found = replace(source, warnings=warnings, choices=choices)
            return found, table, finder.loudest_dbfs

    def _writer(self, audio: AudioFacts, rate: int) -> ClipWriter:
        return ClipWriter(
            source=source_of(self._named, audio),
            facts=self._facts,
            put=self.clips.write,
            rate=rate,
            bit_depth=audio.bit_depth,
            track=audio.track,
            keeps_channel=audio.heard != "mix",
            text_source=self._cues.text_source,
            aligner=self._cues.found.alignment.found_by if self._cues.found else None,
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
            if self._is_removed(cut, clip_id, writer):
                continue
            self._begun.add(clip_id)
            yield cut

    def _is_removed(self, cut: CutClip, clip_id: str, writer: ClipWriter) -> bool:
        """Tell whether a person removed this clip, and count; not by its id alone: edges move."""
        start, end = cut.mark.start / writer.rate, cut.mark.end / writer.rate
        channel = cut.channel if writer.keeps_channel else None
        near = [
            gone
            for gone in self._removed
            if gone.clip_id == clip_id
            or ((gone.track, gone.channel) == (writer.track, channel) and gone.touches(start, end))
        ]
        if any(gone.clip_id == clip_id or gone.is_again(start, end) for gone in near):
            self.num_kept_out += 1
            return True
        self.num_touching += bool(near)
        return False


def louder_by(loudest_dbfs: float) -> float | None:
    """Tell by how many dB a source is to be heard louder, once more; None where it is not.

    Args:
        loudest_dbfs: level of its loudest frame.
    """
    if not _LEAST_SPEECH_DBFS < loudest_dbfs < _QUIET_DBFS:
        return None
    return _HEARD_DBFS - loudest_dbfs


def within(clip: Clip, num_samples: int) -> Clip:
    """Keep the end inside the source: at another rate the last sample may be rounded up.

    Args:
        num_samples: of the source.
    """
    if clip.end_sample <= num_samples:
        return clip
    return replace(clip, end_sample=num_samples)


def _doubles(count: int) -> tuple[str, ...]:
    if count == 0:
        return ()
    return (f"{count} cues fall on the same span as another one and were left out",)


def _why_none(options: CutOptions, finder: ClipFinder, *, found: bool) -> tuple[str, ...]:
    """Say why there may be no clips, or why there is nothing in them."""
    if finder.loudest_dbfs < _SILENT_DBFS:
        return ("the audio track is silent",)
    if found and (options.by != "windows" or not _hardly_heard(finder)):
        return ()
    by_level = as_option("silence_dbfs", f"{_below(finder):.0f}", flag="silence")
    if options.by != "silence" and _hardly_heard(finder):
        seconds = finder.num_audible * FRAME_SECONDS
        cure = f"; {by_level} cuts by level" if options.by == "speech" else ""
        return (
            f"the audio track is nearly silent: {seconds:.1f} s above {INAUDIBLE_DB:.0f} dBFS, the "
            f"loudest at {finder.loudest_dbfs:.0f} dBFS{cure}",
        )
    if options.by == "silence":
        return (
            f"no sound above {options.silence_dbfs:g} dBFS; the loudest is "
            f"{finder.loudest_dbfs:.0f} dBFS: cut it with {by_level}",
        )
    return ("no speech found" if options.by == "speech" else "nothing to cut",)


def _gains(table: "pa.Table") -> tuple[str, ...]:
    """Say that levels were changed; the rows say by how much."""
    gains = [gain for gain in table["gain_db"].to_pylist() if gain is not None]
    lowered, raised = any(gain < 0 for gain in gains), any(gain > 0 for gain in gains)
    return (
        *(["clips louder than full scale are lowered to it; gain_db says how far"] * lowered),
        *(["clips too quiet for 24 bits are raised; gain_db says how far"] * raised),
    )


def _hardly_heard(finder: ClipFinder) -> bool:
    return finder.num_audible < _SILENT_SHARE * finder.num_frames


def _below(finder: ClipFinder) -> float:
    """Give a level that lies below the speech of a source, in dBFS."""
    return max(finder.loudest_dbfs - _SPEECH_RANGE_DB, _LEAST_SILENCE_DBFS)


def _cut_words(options: CutOptions, table: "pa.Table") -> tuple[str, ...]:
    """Say that given edges lie inside speech, where moving them was not asked for."""
    if options.snap or not options.by_cues:
        return ()
    edges = table["edge_speech"].to_pylist()
    inside = sum((edge or 0) > CheckLimits().cut_edge for edge in edges)
    if inside <= _CUT_WORDS_SHARE * len(edges):
        return ()
    return (
        f"{inside} of {len(edges)} clips begin or end inside speech; "
        f"{as_option('snap', 'True')} moves edges to pauses",
    )
