"""How far the edges lie apart that two reviewers gave to one clip."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow.compute as pc

from audioset.curation.workspace.working import Working
from audioset.records.agreement import OpinionValue
from audioset.records.withdrawal import place_of_clip_id
from audioset.storage.tables import scan_manifests

_TrackPlace = tuple[str, int]  # 8 hex of a source, and the number of its audio track
_TRACK = re.compile(r"-t(?P<number>[0-9]+)")
_RATE_COLUMNS = ("source_sha256", "track", "end_sample", "end_seconds")


@dataclass(frozen=True, slots=True)
class EdgeRuler:
    """Turns samples of sources into milliseconds.

    Attributes:
        rates: of each track of a source, in Hz.
    """

    rates: Mapping[_TrackPlace, float] = field(default_factory=dict)

    def apart(
        self, clip_id: str, one: OpinionValue, other: OpinionValue
    ) -> tuple[float, float] | None:
        """Tell how far two starts and two ends lie apart, in milliseconds.

        Args:
            clip_id: of the clip, which may have got another id since.
            one, other: start and end in samples, as a decision about edges writes them.

        Returns:
            None where a value is not that of edges, or nothing is left of the source.
        """
        edges, others, rate = _samples(one), _samples(other), self._rate(clip_id)
        if edges is None or others is None or not rate:
            return None
        start, end = (1000 * abs(a - b) / rate for a, b in zip(edges, others, strict=True))
        return start, end

    def _rate(self, clip_id: str) -> float | None:
        place = place_of_clip_id(clip_id)
        if place is None:
            return None
        track = _TRACK.match(place[1])
        return self.rates.get((place[0], int(track["number"]) if track else 1))


def read_ruler(working: Working) -> EdgeRuler:
    """Read the rates of all sources of a workspace: each row holds its end in samples and seconds.

    Raises:
        InvalidInputError: a file is not a manifest.
        StorageError: a manifest cannot be read.
    """
    rates: dict[_TrackPlace, float] = {}
    paths = sorted(p for p in working.manifests_dir.glob("*.parquet") if p.name[0] != ".")
    for batch in scan_manifests(paths, _RATE_COLUMNS):
        tracks = pc.fill_null(batch["track"], 1)
        rate = pc.divide(batch["end_sample"], batch["end_seconds"])
        for sha256, track, value in zip(
            batch["source_sha256"].to_pylist(), tracks.to_pylist(), rate.to_pylist(), strict=True
        ):
            rates.setdefault((sha256[:8], track), value)
    return EdgeRuler(rates)


def _samples(value: OpinionValue) -> tuple[int, int] | None:
    """Read start and end, samples of the source, as a decision about edges writes them."""
    words = str(value).split()
    if len(words) != 2 or not all(word.isascii() and word.isdigit() for word in words):
        return None
    return int(words[0]), int(words[1])
