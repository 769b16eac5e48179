"""Edges that a person asks for, held against the source and its other clips."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from audioset.curation.shapes.shape import SourceShape
from audioset.errors import InvalidInputError, NotFoundError, as_option
from audioset.records.identity import make_clip_id, source_of_clip
from audioset.records.manifest import Clip
from audioset.records.overlap import LEAST_SHARED_SECONDS
from audioset.records.removed import SAME_SHARE
from audioset.records.reshaping import Edges

_LEAST_SECONDS, _MOST_SECONDS = 0.02, 1800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgesWish:
    """Edges as a person gives them, in samples or seconds of the source; None stays as it is."""

    start_sample: int | None = None
    end_sample: int | None = None
    start_seconds: float | None = None
    end_seconds: float | None = None

    def over(self, shape: SourceShape, before: Edges | None) -> Edges:
        """Give the edges, where those that are not asked for stay.

        Raises:
            InvalidInputError: an edge is asked for twice or not at all, or does not lie in the
                source, or the clip would be too short or too long.
        """
        rate = shape.source.sampling_rate
        start = _sample("start", self.start_sample, self.start_seconds, rate)
        end = _sample("end", self.end_sample, self.end_seconds, rate)
        if before is not None:
            start = before.start_sample if start is None else start
            end = before.end_sample if end is None else end
        if start is None or end is None:
            raise InvalidInputError(
                f"say where the clip begins and ends: {as_option('start_seconds', '1.5')} and "
                f"{as_option('end_seconds', '3.2')}"
            )
        return _checked(shape, start, end)


def _sample(name: str, sample: int | None, seconds: float | None, rate: int) -> int | None:
    if sample is not None and seconds is not None:
        raise InvalidInputError(f"say the {name} in samples or in seconds, not both")
    if seconds is None:
        return sample
    if not math.isfinite(seconds):
        raise InvalidInputError(f"the {name} is {seconds} s; give a moment of the source")
    return round(seconds * rate)


def _checked(shape: SourceShape, start: int, end: int) -> Edges:
    source, rate = shape.source, shape.source.sampling_rate
    if not 0 <= start < end <= source.num_samples:
        raise InvalidInputError(
            f"a clip of {source.name} begins from 0 s and ends up to "
            f"{source.length_seconds:.3f} s, after its start; got {start / rate:.3f} to "
            f"{end / rate:.3f} s"
        )
    seconds = (end - start) / rate
    if not _LEAST_SECONDS <= seconds <= _MOST_SECONDS:
        raise InvalidInputError(
            f"a clip is from {_LEAST_SECONDS} s to {_MOST_SECONDS:.0f} s long; got {seconds:.3f} s"
        )
    return Edges(start, end)


def source_of(clip_id: str) -> str:
    """Give the id of the source of a clip.

    Raises:
        NotFoundError: the text is no clip id.
    """
    source_id = source_of_clip(clip_id)
    if source_id is None:
        raise NotFoundError(
            f"no clip {clip_id!r}; a clip's id is the name of its file without .flac"
        )
    return source_id


def find_clip(shape: SourceShape, clip_id: str) -> tuple[str, Clip]:
    """Give root and row of a clip, by the id that its row has, had, or first had.

    Raises:
        NotFoundError: there is none.
    """
    if shape.has(clip_id):
        return shape.reshaped.root_of(clip_id), shape.row(clip_id)
    root = shape.reshaped.root_of(clip_id)
    if root in shape.by_root:
        return root, shape.row(shape.by_root[root])
    gone = " any more: it was split or merged" if root in shape.originals.rows else ""
    raise NotFoundError(f"no clip {clip_id!r} in {shape.manifest}{gone}")


class ClipPlace(NamedTuple):
    """Which sound of its source a clip holds.

    Attributes:
        track: number of the audio track, from 1.
        channel: number of the channel, from 1; None for a mix.
        rate: of the clip, in Hz.
    """

    track: int
    channel: int | None
    rate: int

    @classmethod
    def of(cls, row: Clip) -> "ClipPlace":
        """Give that of a row."""
        return cls(row.track or 1, row.channel, row.sampling_rate)

    def name(self, shape: SourceShape, edges: Edges) -> str:
        """Name a clip of some edges, as it is named when it is cut."""
        source = shape.source
        to_rate = self.rate / source.sampling_rate
        start, end = (
            round(at * to_rate) / self.rate for at in (edges.start_sample, edges.end_sample)
        )
        return make_clip_id(source.source_id, start, end, track=self.track, channel=self.channel)


def clips_at(shape: SourceShape, edges: Edges, place: ClipPlace) -> list[str]:
    """Find the clips that lie between edges, or share at least half of both with them."""
    found = []
    for clip_id, there in _edges_there(shape, place):
        longer = max(_length(there), _length(edges))
        inside = edges.start_sample <= there.start_sample and there.end_sample <= edges.end_sample
        if inside or _shared(there, edges) >= SAME_SHARE * longer:
            found.append(clip_id)
    return found


def clips_shared_with(
    shape: SourceShape, edges: Edges, place: ClipPlace, before: Edges
) -> dict[str, float]:
    """Find the clips of which edges would take in speech, beside those whose edges they were.

    Neighbours may share a breath, and what they share already, as subtitles may.

    Args:
        before: edges that are moved.

    Returns:
        What each shares with it then, in seconds.
    """
    rate = shape.source.sampling_rate
    found = {}
    for clip_id, there in _edges_there(shape, place):
        shared = _shared(there, edges)
        if shared > max(LEAST_SHARED_SECONDS * rate, _shared(there, before)):
            found[clip_id] = shared / rate
    return found


def _edges_there(shape: SourceShape, place: ClipPlace) -> Iterator[tuple[str, Edges]]:
    """Give the clips that hold the sound of a place."""
    names = ("clip_id", "start_sample", "end_sample", "track", "channel")
    for clip_id, start, end, track, channel in zip(
        *(shape.table[name].to_pylist() for name in names), strict=True
    ):
        if (track or 1, channel) == place[:2]:
            yield clip_id, Edges(start, end)


def _shared(one: Edges, other: Edges) -> int:
    return min(one.end_sample, other.end_sample) - max(one.start_sample, other.start_sample)


def _length(edges: Edges) -> int:
    return edges.end_sample - edges.start_sample
