"""Description: what `audioset describe` tells of any number of clips."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from audioset.records.agreement import PairAgreement
from audioset.records.in_notebook import html_block, html_table
from audioset.wording import NOT_GIVEN, count, format_hms


@dataclass(frozen=True, slots=True, kw_only=True)
class LengthStatistics:
    """What pandas' `describe()` tells of `length_seconds`; nan where it cannot be told.

    Attributes:
        count: clips.
        mean, std: in seconds; the sample's deviation (ddof 1), nan for less than two clips.
        min, q25, q50, q75, max: in seconds; quantiles with linear interpolation.
    """

    count: int
    mean: float
    std: float
    min: float
    q25: float
    q50: float
    q75: float
    max: float

    def rows(self) -> dict[str, float]:
        """Give the values under the names that pandas prints, in its order."""
        return {
            "count": self.count,
            "mean": self.mean,
            "std": self.std,
            "min": self.min,
            "25%": self.q25,
            "50%": self.q50,
            "75%": self.q75,
            "max": self.max,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupTotal:
    """Clips and total length of one source, speaker or split; `name` is None where none is set."""

    name: str | None
    num_clips: int
    length_seconds: float

    def cells(self) -> tuple[str, ...]:
        """Give its values as words."""
        name = NOT_GIVEN if self.name is None else self.name
        return name, f"{self.num_clips:,}", format_hms(self.length_seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class FactTotal:
    """Clips and total length of those that say the same.

    Attributes:
        values: of each column or fact that was asked for, by its name; None where none is given.
        num_clips: that have these values.
        length_seconds: of them together.
        share: of the length of all clips, 0 to 1.
    """

    values: Mapping[str, str | None]
    num_clips: int
    length_seconds: float
    share: float

    def cells(self) -> tuple[str, ...]:
        """Give its values as words."""
        values = (NOT_GIVEN if value is None else value for value in self.values.values())
        length = format_hms(self.length_seconds)
        return *values, f"{self.num_clips:,}", length, f"{self.share:.1%}"


@dataclass(frozen=True, slots=True, kw_only=True)
class QualitySummary:
    """One measured column over all clips that have it; nan when none has.

    Attributes:
        column: its name, unit last, as in the manifest.
        count: clips with a finite value.
        mean, min, max: in the column's unit.
    """

    column: str
    count: int
    mean: float
    min: float
    max: float

    def cells(self) -> tuple[str, ...]:
        """Give its values as words."""
        values = (self.min, self.mean, self.max)
        told = (f"{value:.3g}" if abs(value) < 100 else f"{value:,.0f}" for value in values)
        return self.column, f"{self.count:,}", *told


@dataclass(frozen=True, slots=True, kw_only=True)
class TextErrors:
    """How wrong one model was where a person wrote or confirmed the text.

    Attributes:
        model: `model:<name>@<version>`.
        num_clips: clips that it transcribed and whose text is a person's.
        word_error_rate, character_error_rate: edits per word or character of the person's text, 0
            and up; case and punctuation do not count.
    """

    model: str
    num_clips: int
    word_error_rate: float
    character_error_rate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """Counts of clips by length.

    Attributes:
        edges: borders of the bins in seconds, shape (bins + 1,), equally wide, from 0.
        counts: shape (bins,); a clip on a border belongs to the bin above it, the last one to both.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """Summary of the clips of a workspace, of manifests or of a version.

    Clips that a person rejected are never published, so they count for nothing but
    `num_rejected` and `rejected_seconds`.

    Attributes:
        name: what was described.
        num_clips: all but the rejected ones.
        total_seconds: length of all clips together.
        lengths, histogram: of `length_seconds`.
        sources, speakers, splits: totals of each, longest first.
        quality: one summary per measured column, in the order of the manifest.
        num_with_text: clips with a text.
        text_sources: clips by who wrote their text, most first.
        num_accepted: clips that a person accepted.
        num_unsure: clips of which a person was unsure; they count, and a publish leaves them out
            unless asked.
        num_rejected, rejected_seconds: clips that a person rejected, and their total length.
        goal_seconds: length to collect; None without a goal.
        num_withdrawn: working clips that were withdrawn, and are counted nowhere else; 0 where the
            store is on another machine and was not asked.
        text_errors: of each model whose texts people confirmed or corrected, most clips first.
        by: columns and facts by whose values the clips were to be counted.
        groups: one for each value of `by`, or each combination that occurs where several were asked
            for; longest first, and what is not given after what is.
        agreement: how alike each two reviewers judge what both judged; of working clips.
        num_disagreements: fields of which reviewers say different things, until somebody decides.
    """

    name: str
    num_clips: int
    total_seconds: float
    lengths: LengthStatistics
    histogram: Histogram
    sources: tuple[GroupTotal, ...]
    speakers: tuple[GroupTotal, ...]
    splits: tuple[GroupTotal, ...]
    quality: tuple[QualitySummary, ...]
    num_with_text: int
    text_sources: Mapping[str, int]
    num_accepted: int = 0
    num_unsure: int = 0
    num_rejected: int = 0
    rejected_seconds: float = 0.0
    goal_seconds: float | None = None
    text_errors: tuple[TextErrors, ...] = ()
    num_withdrawn: int = 0
    by: tuple[str, ...] = ()
    groups: tuple[FactTotal, ...] = ()
    agreement: tuple[PairAgreement, ...] = ()
    num_disagreements: int = 0

    @property
    def num_unjudged(self) -> int:
        """Those of which no person said whether they are good."""
        return self.num_clips - self.num_accepted - self.num_unsure

    @property
    def goal_share(self) -> float | None:
        """How much of the goal is there, 0 to 1 and beyond; None without a goal."""
        return self.total_seconds / self.goal_seconds if self.goal_seconds else None

    def to_json_dict(self) -> dict[str, Any]:
        """Give everything as JSON values; what cannot be told is None."""
        values: dict[str, Any] = plain_values(self)
        return {
            **values,
            "lengths": plain_values(self.lengths.rows()),
            "goal_share": self.goal_share,
        }

    def _repr_html_(self) -> str:
        """Give the totals as tables, for a notebook."""
        told = f"{count(self.num_clips, 'clip')}, {format_hms(self.total_seconds)}"
        title = f"{self.name}: {told}; {self.num_with_text:,} with text"
        if self.by:
            heads = (*self.by, ">clips", ">length", ">share")
            return html_block(title, html_table(heads, self.groups, FactTotal.cells))
        lengths = self.lengths.rows()
        return html_block(
            title,
            html_table(
                ["", *(f">{name}" for name in lengths)],
                [lengths],
                lambda rows: ("length_seconds", *(f"{value:.4g}" for value in rows.values())),
            ),
            *(
                html_table([name, ">clips", ">length"], totals, GroupTotal.cells)
                for name, totals in (
                    ("speaker", self.speakers),
                    ("split", self.splits),
                    ("source", self.sources),
                )
                if any(total.name is not None for total in totals)
            ),
            html_table(
                ["quality", ">clips", ">min", ">mean", ">max"],
                [one for one in self.quality if one.count],
                QualitySummary.cells,
            ),
        )


def plain_values(value: Any) -> Any:
    """Turn records into dicts and lists, and nan, which JSON does not have, into None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if is_dataclass(value):
        return {entry.name: plain_values(getattr(value, entry.name)) for entry in fields(value)}
    if isinstance(value, Mapping):
        return {key: plain_values(entry) for key, entry in value.items()}
    if isinstance(value, tuple):
        return [plain_values(entry) for entry in value]
    return value
