"""The stretches of a source that the page of a cut by lines lets people hear."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from audioset.media.apart.decoding import open_audio_apart
from audioset.media.resample import Resampler
from audioset.records.line_report import LineReport, colour_of
from audioset.records.plugin_contracts import SOUND_RATE
from audioset.records.span import Span

if TYPE_CHECKING:
    from numpy.typing import NDArray

PLAYED_SECONDS = 900.0  # of one source: about 20 MB of FLAC, and memory that does not grow with it
_LONGEST_SECONDS = 20.0
_MARGIN_SECONDS = 0.1  # heard on both sides
_LEAST_SECONDS = 0.2
_COLOURS = ("red", "yellow", "green")


def stretch_of(start_seconds: float, end_seconds: float) -> Span:
    """Give what is heard of speech: a little more than it, and never very long."""
    start = max(0.0, start_seconds - _MARGIN_SECONDS)
    return Span(start, min(end_seconds + _MARGIN_SECONDS, start + _LONGEST_SECONDS))


def gaps_of(report: LineReport) -> dict[int, Span]:
    """Give for each missing line where it should be: between the lines beside it."""
    found = report.spans_of
    gaps = {}
    for number in report.alignment.missing:
        before = [span.end_seconds for k, spans in found.items() if k < number for span in spans]
        after = [span.start_seconds for k, spans in found.items() if k > number for span in spans]
        start = max(before, default=0.0)
        end = min(after, default=report.alignment.length_seconds)
        if _LEAST_SECONDS <= end - start <= _LONGEST_SECONDS:
            gaps[number] = Span(start, end)
    return gaps


def choose_stretches(report: LineReport) -> list[Span]:
    """Give what can be heard, in order of time: the most doubtful first until it is enough."""
    wanted = [*gaps_of(report).values()]
    wanted += [stretch_of(*speech) for speech in report.in_no_line]
    spans = sorted(report.alignment.spans, key=lambda span: _COLOURS.index(colour_of(span)))
    wanted += [stretch_of(span.start_seconds, span.end_seconds) for span in spans]
    left, chosen = PLAYED_SECONDS, []
    for stretch in dict.fromkeys(wanted):
        left -= stretch.end_seconds - stretch.start_seconds
        if left < 0:
            break
        chosen.append(stretch)
    return sorted(chosen)


def read_stretches(
    path: Path, report: LineReport, stretches: Sequence[Span]
) -> "dict[Span, NDArray[np.int16]]":
    """Read stretches of a source at 16 kHz, in one pass over it.

    Args:
        stretches: in order of their starts.

    Raises:
        NotFoundError: no such file.
        MediaError: it cannot be decoded.
    """
    parts: dict[Span, list[NDArray[np.int16]]] = {stretch: [] for stretch in stretches}
    at, coming, open_ones = 0, iter(stretches), list[Span]()
    following = next(coming, None)
    for block in _blocks(path, report):
        end = at + block.size
        while following is not None and following.start_seconds * SOUND_RATE < end:
            open_ones.append(following)
            following = next(coming, None)
        for stretch in open_ones:
            low = max(0, round(stretch.start_seconds * SOUND_RATE) - at)
            high = max(0, round(stretch.end_seconds * SOUND_RATE) - at)
            parts[stretch].append(block[low:high])
        open_ones = [s for s in open_ones if s.end_seconds * SOUND_RATE >= end]
        at = end
    empty = np.empty(0, np.int16)
    return {stretch: np.concatenate([empty, *some]) for stretch, some in parts.items()}


def _blocks(path: Path, report: LineReport) -> "Iterator[NDArray[np.int16]]":
    from audioset.curation.cut.level import to_pcm

    with open_audio_apart(path, track=report.track, channels=report.channels) as audio:
        resampler = Resampler(audio.facts.sampling_rate, SOUND_RATE)
        for block in audio.blocks():
            yield to_pcm(resampler.push(block[0], last=False), 16).astype(np.int16, copy=False)
        rest = resampler.push(np.empty(0, np.float32), last=True)
        yield to_pcm(rest, 16).astype(np.int16, copy=False)
