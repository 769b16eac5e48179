"""DatasetReport: what `audioset report` tells of any number of clips, beside their description."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from audioset.records.description import Description, plain_values
from audioset.records.split_report import SplitCertificate
from audioset.records.version_diff import VersionDiff


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnHistogram:
    """How one measured column is spread over the clips.

    Attributes:
        column, unit, meaning: as in the manifest.
        edges: borders of the bins in the column's unit, shape (bins + 1,), equally wide.
        counts: clips in each bin, shape (bins,).
        num_missing: clips without a finite value.
    """

    column: str
    unit: str
    meaning: str
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    num_missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupQuality:
    """The clips of one speaker or source; `name` is None where none is set.

    Attributes:
        num_clips, length_seconds: of all its clips.
        loudness_lufs, snr_db: mean of those that were measured; None where none was.
        num_accepted: clips that a person accepted.
        num_flagged: clips that carry a flag.
    """

    name: str | None
    num_clips: int
    length_seconds: float
    loudness_lufs: float | None
    snr_db: float | None
    num_accepted: int
    num_flagged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedClip:
    """A clip that stands in the report to be heard.

    Attributes:
        clip_id, source_name, start_seconds, length_seconds, sampling_rate, speaker, split, text,
            hypothesis: as in the manifest.
        accepted: True where a person accepted it, else None.
        flags: names of what was raised.
        measures: what was measured, by column.
        badness: how much speaks against it, 0 and up: see `docs/review.md`.
        shard_sha256, offset_bytes, size_bytes: where its sound lies in the store; None where
            it is a file of the workspace alone.
        audio_sha256: of its FLAC bytes; None where nobody noted it.
    """

    clip_id: str
    source_name: str
    start_seconds: float
    length_seconds: float
    sampling_rate: int
    speaker: str | None
    split: str | None
    text: str | None
    hypothesis: str | None
    accepted: bool | None
    flags: tuple[str, ...]
    measures: Mapping[str, float]
    badness: float
    shard_sha256: str | None
    offset_bytes: int | None
    size_bytes: int | None
    audio_sha256: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetReport:
    """What a report tells; rejected and withdrawn clips are only counted.

    Attributes:
        name: what is reported: `scots@v3`, or the dataset for its working clips.
        description: totals, lengths, splits and texts.
        histograms: of length and of what was measured; columns without any value are left out.
        speakers, sources: longest first.
        flags: clips by flag, most first.
        certificate: whether clips leak between splits; None where nothing has a split.
        worst, best: by `badness`.
        random: those with the smallest hashes of their samples: the same in every report of the
            same clips.
        diff: to the parent of a version, or from the latest version to the working clips.
        not_compared: why there is no `diff`, in words; empty where there is one.
    """

    name: str
    description: Description
    histograms: tuple[ColumnHistogram, ...]
    speakers: tuple[GroupQuality, ...]
    sources: tuple[GroupQuality, ...]
    flags: Mapping[str, int]
    certificate: SplitCertificate | None
    worst: tuple[ReportedClip, ...]
    best: tuple[ReportedClip, ...]
    random: tuple[ReportedClip, ...]
    diff: VersionDiff | None = None
    not_compared: str = ""

    @property
    def heard(self) -> tuple[ReportedClip, ...]:
        """The clips to be heard, each once: first the worst."""
        clips = (*self.worst, *self.best, *self.random)
        return tuple({clip.clip_id: clip for clip in clips}.values())

    @property
    def verdicts(self) -> Mapping[str, int]:
        """Clips by what a person said of them; those that nobody judged last."""
        told = self.description
        counts = {
            "accepted": told.num_accepted,
            "rejected": told.num_rejected,
            "unsure": told.num_unsure,
        }
        return {**counts, "nobody judged": told.num_unjudged}

    def to_json_dict(self) -> dict[str, Any]:
        """Give everything as JSON values."""
        values: dict[str, Any] = plain_values(self)
        return {**values, "description": self.description.to_json_dict()}
