"""VersionDiff: what changed from one version to another, clip by clip."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import merge
from itertools import groupby, islice
from typing import overload

from audioset.records.in_notebook import html_block, html_table
from audioset.wording import NOT_GIVEN, format_hms

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

    @property
    def is_changed(self) -> bool:
        """Whether the two sides differ."""
        before = (self.num_before, self.before_seconds)
        return before != (self.num_after, self.after_seconds)

    def cells(self) -> tuple[str, ...]:
        """Give its values as words: name, clips before and after, length before and after."""
        return (
            NOT_GIVEN if self.name is None else self.name,
            f"{self.num_before:,}",
            f"{self.num_after:,}",
            format_hms(self.before_seconds),
            format_hms(self.after_seconds),
        )


@dataclass(frozen=True, kw_only=True)
class VersionDiff:
    """What changed from one version to another.

    A clip that both sides have may be re-cut, re-texted and relabelled at once; it is remeasured or
    unchanged only when it is nothing else. All lists are in the order of clip ids; they are tuples
    where they are short, and are read from the drive, entry by entry, where they are long.

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
    added: Sequence[DiffClip]
    removed: Sequence[DiffClip]
    recut: Sequence[RecutClip]
    retexted: Sequence[RetextedClip]
    relabelled: Sequence[RelabelledClip]
    num_remeasured: int
    num_unchanged: int
    speakers: tuple[TotalChange, ...]
    splits: tuple[TotalChange, ...]

    @cached_property
    def labels(self) -> Sequence[RelabelledClip]:
        """What was relabelled, without `MEASURES`."""
        if not self._counted.has_measures:
            return self.relabelled
        return _Labels(self.relabelled, sum(self._counted.labels.values()))

    @property
    def num_relabelled(self) -> int:
        """Clips with at least one of `labels`."""
        return self._counted.num_relabelled

    @property
    def relabelled_columns(self) -> Mapping[str, int]:
        """How many clips changed in each column of `labels`, most first."""
        return dict(self._counted.labels.most_common())

    @property
    def num_measured_anew(self) -> int:
        """Clips of which nothing but measures changed: `MEASURES`, or quality."""
        return self.num_remeasured + self._counted.num_measured

    @property
    def measured_columns(self) -> Mapping[str, int]:
        """How many of those clips changed in each column, most first; quality counts as one."""
        columns = Counter(self._counted.measures)
        columns["quality"] = self.num_remeasured
        return {name: number for name, number in columns.most_common() if number}

    @property
    def is_empty(self) -> bool:
        """Nothing changed: the rows of both sides have the same digest."""
        kinds = (self.added, self.removed, self.recut, self.retexted, self.relabelled)
        return not any(kinds) and not self.num_remeasured

    @property
    def kinds(self) -> Mapping[str, int]:
        """How many clips there are of each kind of change."""
        return {
            "added": len(self.added),
            "removed": len(self.removed),
            "re-cut": len(self.recut),
            "re-texted": len(self.retexted),
            "relabelled": self.num_relabelled,
            "remeasured": self.num_measured_anew,
            "unchanged": self.num_unchanged,
        }

    @cached_property
    def _counted(self) -> "_Counted":
        return _Counted.of(self)

    def _repr_html_(self) -> str:
        """Give what changed as tables, for a notebook."""
        return html_block(
            f"{self.before.name} → {self.after.name}",
            html_table(
                ["what", ">clips"],
                [(what, f"{number:,}") for what, number in self.kinds.items()],
                lambda cells: cells,
            ),
            *(
                html_table(
                    [name, ">clips before", ">after", ">length before", ">after"],
                    [total for total in totals if total.is_changed],
                    TotalChange.cells,
                )
                for name, totals in (("speaker", self.speakers), ("split", self.splits))
                if any(total.name is not None for total in totals)
            ),
            *(
                html_table(
                    [what, "speaker", ">seconds", "text"],
                    clips,
                    lambda one: (one.clip_id, one.speaker, f"{one.length_seconds:.2f}", one.text),
                )
                for what, clips in (("added", self.added), ("removed", self.removed))
            ),
            html_table(
                ["re-cut before", "after"],
                self.recut,
                lambda pair: (pair.before.clip_id, pair.after.clip_id),
            ),
            html_table(
                ["re-texted", "before", "after"],
                self.retexted,
                lambda one: (one.clip_id, one.before, one.after),
            ),
            html_table(
                ["relabelled", "column", "before", "after"],
                self.labels,
                lambda one: (one.clip_id, one.column, one.before, one.after),
            ),
        )


@dataclass(slots=True)
class _Counted:
    """Counts of what was relabelled, found in one pass; `measures` of clips that are no more."""

    labels: Counter[str]
    measures: Counter[str]
    num_relabelled: int = 0
    num_measured: int = 0
    has_measures: bool = False

    @classmethod
    def of(cls, diff: VersionDiff) -> "_Counted":
        found = cls(Counter(), Counter())
        told = _Ascending(
            merge(
                (change.clip_id for change in diff.retexted),
                # What was cut anew under another id is a clip of one side, and not relabelled.
                (p.after.clip_id for p in diff.recut if p.before.clip_id == p.after.clip_id),
            )
        )
        for clip_id, changes in groupby(diff.relabelled, key=lambda change: change.clip_id):
            columns = [change.column for change in changes]
            labels = [column for column in columns if column not in MEASURES]
            found.labels.update(labels)
            found.num_relabelled += bool(labels)
            found.has_measures |= len(labels) < len(columns)
            if not labels and not told.has(clip_id):
                found.measures.update(columns)
                found.num_measured += 1
        return found


class _Ascending:
    """Ids that ascend, walked along with others."""

    def __init__(self, ids: Iterator[str]) -> None:
        self._ids = ids
        self._next = next(ids, None)

    def has(self, clip_id: str) -> bool:
        """Tell whether it is among them; asked for in ascending order."""
        while self._next is not None and self._next < clip_id:
            self._next = next(self._ids, None)
        return self._next == clip_id


class _Labels(Sequence[RelabelledClip]):
    """What was relabelled, without `MEASURES`, read where it lies."""

    def __init__(self, changes: Sequence[RelabelledClip], num_labels: int) -> None:
        self._changes = changes
        self._num_labels = num_labels

    def __len__(self) -> int:
        return self._num_labels

    def __iter__(self) -> Iterator[RelabelledClip]:
        return (change for change in self._changes if change.column not in MEASURES)

    @overload
    def __getitem__(self, index: int) -> RelabelledClip: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[RelabelledClip, ...]: ...
    def __getitem__(self, index: int | slice) -> RelabelledClip | tuple[RelabelledClip, ...]:
        places = range(self._num_labels)[index]
        if isinstance(places, int):
            return next(islice(self, places, None))
        if places.step > 0:
            return tuple(islice(self, places.start, places.stop, places.step))
        return tuple(self)[index]
