"""A source cut at times that somebody else's corpus gives: each span becomes the clip that it says.

Edges are not moved, and nothing is looked for beside the source. Only the clip files are written:
what is said of each clip, and the manifest, is up to who asks.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from audioset.curation.cut.edges.planners import Mark, MarkPlanner
from audioset.curation.cut.edges.tape import Tape
from audioset.curation.cut.find_clips import ClipFinder, CutClip
from audioset.curation.cut.one_pass import within
from audioset.curation.cut.write_clip import ClipWriter, source_of
from audioset.curation.sources.identify import Identity
from audioset.curation.sources.known import find_cut
from audioset.curation.workspace.clip_files import write_clip_file
from audioset.curation.workspace.working import Working
from audioset.hearing.speech.listen import Listening
from audioset.hearing.speech.listen_in_process import listen_apart
from audioset.records.corpus_item import FileSpan
from audioset.records.cut_options import CutOptions
from audioset.records.manifest import Clip
from audioset.records.removed import RemovedClip
from audioset.records.source import Source

_LONGEST_SECONDS = 1800.0  # that the limit of memory allows
_OPTIONS = CutOptions(snap=False)
_TOLERATED_SECONDS = 0.1  # by which a span may end after its recording


@dataclass(frozen=True, slots=True)
class GivenCut:
    """What became of the spans of one source.

    Attributes:
        source: as it was found.
        clips: by the number of its span among those that were given, from 0; without any facts.
        refused: by the number of the span, why it is no clip, in words.
        removed: numbers of spans of which a person removed the clip.
        warnings: what is to be known about the source, a sentence each.
    """

    source: Source
    clips: dict[int, Clip]
    refused: dict[int, str]
    removed: tuple[int, ...]
    warnings: tuple[str, ...]


def find_given(manifests_dir: Path, sha256: str) -> Path | None:
    """Find the manifest of the source that has some bytes, whatever it was called."""
    known = find_cut(manifests_dir, sha256)
    return known[0].manifest if known else None


def cut_given(
    path: Path,
    sha256: str,
    spans: Sequence[FileSpan],
    *,
    working: Working,
    removed: Sequence[RemovedClip] = (),
) -> GivenCut:
    """Cut one source at given times, in one pass; a span that cannot be cut costs no other.

    Args:
        path: of the source.
        sha256: of its bytes, by which it is known where it has another name.
        spans: of it, in any order.
        working: the workspace.
        removed: clips of the source that a person removed.

    Raises:
        MediaError: the source cannot be used.
        StorageError: a clip cannot be written.
    """
    refused = {number: why for number, span in enumerate(spans) if (why := _impossible(span))}
    named = Identity.new(path, sha256)
    for known in find_cut(working.manifests_dir, sha256)[:1]:
        named = replace(named, source_id=known.source_id, name=known.name)
    each = any(span.channel is not None for span in spans)
    with listen_apart(path, channels="each" if each else "mix") as listening:
        audio = listening.audio
        finder = ClipFinder(
            listening,
            _planners(spans, refused, listening, each=each),
            first_channel=2 if audio.heard == "right" else 1,
        )
        writer = ClipWriter(
            source=source_of(named, audio),
            facts={},
            put=partial(write_clip_file, working.clips_dir),
            rate=listening.rate,
            bit_depth=audio.bit_depth,
            track=audio.track,
            keeps_channel=each or audio.heard != "mix",
        )
        clips: dict[int, Clip] = {}
        out: list[int] = []
        first: dict[str, int] = {}
        for cut in _wanted(finder, writer, spans, refused):
            number, clip_id = cut.mark.given or 0, writer.clip_id(cut)
            if any(gone.clip_id == clip_id for gone in removed):
                out.append(number)
            elif clip_id in first:
                refused[number] = "another item has the same span of the same recording"
            else:
                first[clip_id] = number
                clips[number] = within(writer.write(cut), audio.num_samples)
        source = source_of(named, audio)
        told = (*audio.warnings(), *audio.choices())
    done = {*clips, *refused, *out}
    for number, span in enumerate(spans):
        if number not in done:
            refused[number] = _why_none(span, source, audio.channels if each else None)
    return GivenCut(source, clips, refused, tuple(out), told)


def _planners(
    spans: Sequence[FileSpan], refused: dict[int, str], listening: Listening, *, each: bool
) -> Callable[[Tape], MarkPlanner]:
    """Give each channel a planner of its spans; the mix one of all."""
    channels = iter(range(1, listening.num_outputs + 1))

    def make(tape: Tape) -> MarkPlanner:
        channel = next(channels)
        own = [
            (number, span)
            for number, span in enumerate(spans)
            if number not in refused and (not each or (span.channel or 1) == channel)
        ]
        marks = sorted((_mark(number, span, tape.rate) for number, span in own), key=_start)
        return MarkPlanner(marks, _OPTIONS, tape, windows=False)

    return make


def _mark(number: int, span: FileSpan, rate: int) -> Mark:
    # One second more than is allowed tells that the end lies too far away.
    end = span.end_seconds
    end = span.start_seconds + _LONGEST_SECONDS + 1 if end is None else end
    return Mark(round(span.start_seconds * rate), round(end * rate), given=number, fixed=True)


def _start(mark: Mark) -> int:
    return mark.start


def _wanted(
    finder: ClipFinder, writer: ClipWriter, spans: Sequence[FileSpan], refused: dict[int, str]
) -> Iterator[CutClip]:
    for cut in finder.clips():
        number = cut.mark.given or 0
        seconds = cut.samples.size / writer.rate
        end = spans[number].end_seconds
        if seconds > _LONGEST_SECONDS:
            refused[number] = "is longer than 30 minutes; audioset cut makes clips of such"
        elif end is not None and cut.mark.end / writer.rate < end - _TOLERATED_SECONDS:
            there = cut.mark.end / writer.rate
            refused[number] = f"ends at {end:.3f} s, and the recording at {there:.3f} s"
        else:
            yield cut


def _impossible(span: FileSpan) -> str | None:
    start, end = span.start_seconds, span.end_seconds
    if not (math.isfinite(start) and start >= 0) or (end is not None and not math.isfinite(end)):
        return "its times are no times of a recording"
    if end is not None and end <= start:
        return f"ends at {end:.3f} s, before or where it starts"
    if end is not None and end - start > _LONGEST_SECONDS:
        return "is longer than 30 minutes; audioset cut makes clips of such"
    return None


def _why_none(span: FileSpan, source: Source, channels: int | None) -> str:
    if channels is not None and (span.channel or 1) > channels:
        return f"is of channel {span.channel}, and the recording has {channels}"
    if span.start_seconds >= source.length_seconds:
        return (
            f"starts at {span.start_seconds:.3f} s, and the recording ends at "
            f"{source.length_seconds:.3f} s"
        )
    return "is shorter than 20 ms"
