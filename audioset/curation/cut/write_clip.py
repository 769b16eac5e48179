"""One cut clip to its FLAC file and its manifest row."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from audioset.curation.cut.edges.planners import Mark
from audioset.curation.cut.find_clips import CutClip
from audioset.curation.cut.level import levelled, to_samples
from audioset.curation.sources.identify import Identity
from audioset.curation.workspace.clip_files import read_sha256, write_clip_file
from audioset.errors import MediaError
from audioset.hearing.quality import measure
from audioset.hearing.speech.detector import Frames
from audioset.hearing.speech.listen import listen
from audioset.hearing.speech.listen_in_process import listen_apart
from audioset.media.flac import encode_flac, pcm_sha256
from audioset.records.identity import make_clip_id
from audioset.records.lines import LineSpan
from audioset.records.manifest import Clip, split_facts
from audioset.records.source import Source
from audioset.workers import is_worker

if TYPE_CHECKING:
    from audioset.media.decode import AudioFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipWriter:
    """What all clips of one source share.

    Attributes:
        source: as found so far.
        facts: static facts of its clips.
        put: takes the audio of a clip, FLAC bytes, with its id.
        rate: of the clips, in Hz.
        bit_depth: 16 or 24, the least to store.
        track: number of the audio track, from 1.
        keeps_channel: whether each clip holds one channel of the source, not the mix.
        aligner: what found the lines of a transcript, name@version.
        text_source: who wrote the texts of the cues, if it is cut by any; a line's own writer goes
            before it.
    """

    source: Source
    facts: Mapping[str, str]
    put: Callable[[str, bytes], None]
    rate: int
    bit_depth: int
    track: int = 1
    keeps_channel: bool = False
    text_source: str | None = None
    aligner: str | None = None

    def clip_id(self, cut: CutClip) -> str:
        """Name a clip."""
        return make_clip_id(
            self.source.source_id,
            cut.mark.start / self.rate,
            cut.mark.end / self.rate,
            track=self.track,
            channel=cut.channel if self.keeps_channel else None,
        )

    def write(self, cut: CutClip) -> Clip:
        """Write the clip's audio and give its row.

        Raises:
            MediaError: FLAC cannot hold it.
            InvalidInputError: a fact has the name of a measured column.
            StorageError: the clip cannot be written.
        """
        source, mark = self.source, cut.mark
        clip_id = self.clip_id(cut)
        pcm, bit_depth, gain_db = levelled(cut.samples, self.bit_depth)
        quality = measure(
            to_samples(pcm), self.rate, cut.frames, gain_db=gain_db, bit_depth=bit_depth
        )
        flac = encode_flac(pcm, self.rate)
        self.put(clip_id, flac)
        columns, extra = split_facts({**self.facts, **dict(mark.facts)})
        if mark.speaker:
            columns["speaker"] = mark.speaker
        to_source = source.sampling_rate / self.rate
        return Clip(
            clip_id=clip_id,
            source_id=source.source_id,
            source_name=source.name,
            source_sha256=source.sha256,
            pcm_sha256=pcm_sha256(pcm),
            start_sample=round(mark.start * to_source),
            end_sample=round(mark.end * to_source),
            start_seconds=mark.start / self.rate,
            end_seconds=mark.end / self.rate,
            length_seconds=pcm.size / self.rate,
            num_samples=pcm.size,
            sampling_rate=self.rate,
            channels=1,
            source_channels=source.channels,
            bit_depth=bit_depth,
            gain_db=gain_db,
            track=self.track,
            channel=cut.channel if self.keeps_channel else None,
            text=mark.text,
            **self._writer_columns(mark),
            **self._line_columns(mark.span),
            extra=extra,
            **columns,  # type: ignore[arg-type]  # split_facts gives fact columns only, all text
            audio_sha256=hashlib.sha256(flac).hexdigest(),
            size_bytes=len(flac),
            **asdict(quality),
        )

    def _writer_columns(self, mark: Mark) -> dict[str, Any]:
        score = mark.span.score if mark.span else None
        if mark.writer is None:
            return {"text_source": self.text_source if mark.text else None, "text_score": score}
        columns = asdict(mark.writer)
        if mark.writer.text_source == self.text_source:  # the transcript's, as without a writer
            columns["text_score"] = score
        return columns

    def _line_columns(self, span: LineSpan | None) -> dict[str, Any]:
        if span is None:
            return {}
        return {
            "line": span.line,
            "take": span.take,
            "take_similarity": span.similarity,
            "aligner": span.aligner or self.aligner,
            "flags": ",".join(span.flags) or None,
        }


def source_of(named: Identity, audio: "AudioFacts") -> Source:
    """Describe an open source; what only decoding tells is as far as it was decoded."""
    return Source(
        source_id=named.source_id,
        name=_readable(named.name),
        sha256=named.sha256,
        container=audio.container,
        codec=audio.codec,
        sampling_rate=audio.sampling_rate,
        channels=audio.channels,
        num_samples=audio.num_samples,
        declared_seconds=audio.declared_seconds,
    )


def import_whole(
    path: Path, facts: Mapping[str, str], clips_dir: Path, *, sha256: str | None = None
) -> tuple[Clip, tuple[str, ...]]:
    """Take a whole media file as one clip: write its FLAC and give its manifest row.

    Args:
        path: of the file.
        facts: static facts of the clip.
        clips_dir: where its audio goes.
        sha256: of the file's bytes, where it is known.

    Returns:
        The row, and what is wrong with the file or was chosen for it, a sentence each.

    Raises:
        NotFoundError: no such file.
        MediaError: the file cannot be used.
        InvalidInputError: a fact has the name of a measured column.
        StorageError: the clip cannot be written.
    """
    named = Identity.new(path, sha256 or read_sha256(path))
    # A file that takes a worker with it costs that file alone, and handing the sound of short clips
    # from process to process costs as much as all the rest.
    hear = listen if is_worker() else listen_apart
    with hear(path) as listening:
        pieces = [piece for (piece,) in listening.pieces()]
        audio = listening.audio
        samples = np.concatenate([piece.sound for piece in pieces])
        frames = Frames.join([piece.frames for piece in pieces])
        if len(frames) == 0:
            raise MediaError(f"{path}: too short to be a clip ({samples.size} samples)")
        writer = ClipWriter(
            source=source_of(named, audio),
            facts=facts,
            put=partial(write_clip_file, clips_dir),
            rate=audio.sampling_rate,
            bit_depth=audio.bit_depth,
            track=audio.track,
            keeps_channel=audio.heard != "mix",
        )
        channel = 2 if audio.heard == "right" else 1
        clip = writer.write(CutClip(Mark(0, samples.size), samples, frames, channel))
        return clip, (*audio.warnings(), *audio.choices())


def _readable(name: str) -> str:
    """Give a file name as text that a table can hold: bytes that are not UTF-8 are replaced."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
