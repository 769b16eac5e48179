"""VersionDiff: what changed from one version to another, clip by clip."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

# Relabelled columns that nobody decides: they follow from the model, or from the other takes.
MEASURES = frozenset({"text_score", "take_similarity"})

LabelValue = str | int | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffSide:
    """One of the two that are compared.

    Attributes:
        name: `scots@v3`, or `working` for the clips that the next publish would take.
        num_clips, length_seconds: totals, the length to the nanosecond.
        num_withdrawn: clips that were withdrawn from it (`audioset forget`) and are not compared.
    """

    name: str
    num_clips: int
    length_seconds: float
    num_withdrawn: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffClip:
    """A clip that only one side has, as that side has it; fields as in the manifest."""

    clip_id: str
    source_name: str
    length_seconds: float
    speaker: str | None
    split: str | None
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecutClip:
    """A clip whose samples changed: other edges, another rate, another way of cutting."""

    before: DiffClip
    after: DiffClip


@dataclass(frozen=True, slots=True, kw_only=True)
class RetextedClip:
    """A clip whose text changed; None where it has none."""

    clip_id: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RelabelledClip:
    """One fact of one clip that changed.

    Attributes:
        clip_id: the clip, the same on both sides.
        column: of the manifest; `extra['room']` for a fact that has no column of its own.
        before, after: its values; None where it has none.
    """

    clip_id: str
    column: str
    before: LabelValue
    after: LabelValue


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalChange:
    """Clips and length of one speaker or split on both sides; `name` is None where none is set."""

    name: str | None
    num_before: int
    num_after: int
    before_seconds: float
    after_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionDiff:
    """What changed from one version to another.

    A clip that both sides have may be re-cut, re-texted and relabelled at once; it is remeasured or
    unchanged only when it is nothing else. All lists are in the order of clip ids.

    Attributes:
        before, after: what is compared.
        added, removed: clips that only one side has, without those that were re-cut.
        recut: a removed and an added clip of the same source, track and channel that share at least
            half of the shorter one, each in one pair only and the greatest overlap first; and
            clips of the same id with other samples.
        retexted: clips of the same id with another text.
        relabelled: every other fact that changed in clips of the same id, one entry for each.
        num_remeasured: clips of which nothing but measured quality changed.
        num_unchanged: clips of which nothing changed.
        speakers, splits: lengths by speaker and by split, the greatest change first.
    """

    before: DiffSide
    after: DiffSide
    added: tuple[DiffClip, ...]
    removed: tuple[DiffClip, ...]
    recut: tuple[RecutClip, ...]
    retexted: tuple[RetextedClip, ...]
    relabelled: tuple[RelabelledClip, ...]
    num_remeasured: int
    num_unchanged: int
    speakers: tuple[TotalChange, ...]
    splits: tuple[TotalChange, ...]

    @property
    def labels(self) -> tuple[RelabelledClip, ...]:
        """What was relabelled, without `MEASURES`."""
        return tuple(change for change in self.relabelled if change.column not in MEASURES)

    @property
    def num_relabelled(self) -> int:
        """Clips with at least one of `labels`."""
        return len({change.clip_id for change in self.labels})

    @property
    def relabelled_columns(self) -> Mapping[str, int]:
        """How many clips changed in each column of `labels`, most first."""
        return dict(Counter(change.column for change in self.labels).most_common())

    @property
    def measured_anew(self) -> tuple[RelabelledClip, ...]:
        """What changed of `MEASURES` in clips that are not re-cut, re-texted or in `labels`."""
        told = {change.clip_id for change in self.labels}
        told |= {change.clip_id for change in self.retexted}
        told |= {pair.after.clip_id for pair in self.recut}
        return tuple(
            change
            for change in self.relabelled
            if change.column in MEASURES and change.clip_id not in told
        )

    @property
    def num_measured_anew(self) -> int:
        """Clips of which nothing but measures changed: `MEASURES`, or quality."""
        return self.num_remeasured + len({change.clip_id for change in self.measured_anew})

    @property
    def measured_columns(self) -> Mapping[str, int]:
        """How many of those clips changed in each column, most first; quality counts as one."""
        columns = Counter(change.column for change in self.measured_anew)
        columns["quality"] = self.num_remeasured
        return {name: number for name, number in columns.most_common() if number}

    @property
    def is_empty(self) -> bool:
        """Nothing changed: the rows of both sides have the same digest."""
        kinds = (self.added, self.removed, self.recut, self.retexted, self.relabelled)
        return not any(kinds) and not self.num_remeasured
