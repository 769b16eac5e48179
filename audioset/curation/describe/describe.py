"""`audioset describe`: lengths, totals and quality of any number of clips, in one pass.

Only the lengths are kept, 8 bytes per clip, because exact quantiles need all of them, and one
total for each value that is counted. No step holds a copy of them.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audioset.curation.describe.by_facts import FactSums, columns_of_facts
from audioset.curation.describe.text_errors import TEXT_ERROR_COLUMNS, ErrorCounter
from audioset.curation.workspace.clip_sets import large_batches
from audioset.records.description import (
    Description,
    GroupTotal,
    Histogram,
    LengthStatistics,
    QualitySummary,
)
from audioset.records.manifest import QUALITY_COLUMNS

if TYPE_CHECKING:
    from numpy.typing import NDArray

GROUP_COLUMNS = ("source_id", "speaker", "split")
_COLUMNS = (
    "length_seconds",
    "accepted",
    *GROUP_COLUMNS,
    *TEXT_ERROR_COLUMNS,
    *QUALITY_COLUMNS,
)

_LENGTHS_IN_PIECE = 2**23  # 64 MB, of which the system gives what is written to
_SUMMED_AT_ONCE = 65_536
_MAX_BINS = 20
_QUANTILES = (0.25, 0.5, 0.75)


def describe_columns(by: Sequence[str] = ()) -> tuple[str, ...]:
    """Give the columns that describe reads; a scan that gives only these is enough.

    Raises:
        InvalidInputError: `by` names a column that has another value for every clip.
    """
    return tuple(dict.fromkeys([*_COLUMNS, *columns_of_facts(by)]))


def describe_batches(
    batches: Iterable[pa.RecordBatch],
    *,
    name: str,
    goal_seconds: float | None = None,
    by: Sequence[str] = (),
) -> Description:
    """Summarise clips in one pass.

    Args:
        batches: rows with at least `describe_columns(by)`.
        name: what is described.
        goal_seconds: length to collect, above 0; None for no goal.
        by: columns and facts whose values are counted; several in their combinations.

    Raises:
        NotFoundError: `by` names a fact that no clip has.
        InvalidInputError: there are too many values to count.
    """
    totals = _ClipSums(facts=FactSums(by))
    for batch in large_batches(batches, describe_columns(by)):
        totals.add(batch)
    lengths = totals.lengths.take_all()
    return Description(
        name=name,
        num_clips=len(lengths),
        total_seconds=math.fsum(totals.sums),
        histogram=_histogram(lengths),
        lengths=_statistics(lengths),  # last, since it puts them in another order
        sources=totals.groups["source_id"].ranked(),
        speakers=totals.groups["speaker"].ranked(),
        splits=totals.groups["split"].ranked(),
        quality=tuple(totals.quality[column].summary(column) for column in QUALITY_COLUMNS),
        num_with_text=totals.num_with_text,
        text_sources=dict(
            sorted(totals.text_sources.items(), key=lambda item: (-item[1], item[0]))
        ),
        num_accepted=totals.num_accepted,
        num_rejected=totals.num_rejected,
        rejected_seconds=totals.rejected_seconds,
        goal_seconds=goal_seconds,
        text_errors=totals.text_errors.summary(),
        by=tuple(by),
        groups=totals.facts.ranked(),
    )


@dataclass(slots=True)
class _GroupSums:
    """Running totals by the values of one column."""

    totals: dict[str | None, tuple[int, float]] = field(default_factory=dict)

    def add(self, column: pa.Array, lengths: "NDArray[np.float64]") -> None:
        encoded = column.dictionary_encode(null_encoding="encode")
        codes = _view(encoded.indices)
        names = encoded.dictionary.to_pylist()
        counts = np.bincount(codes, minlength=len(names)).tolist()
        seconds = np.bincount(codes, weights=lengths, minlength=len(names)).tolist()
        for name, count, length in zip(names, counts, seconds, strict=True):
            count_before, length_before = self.totals.get(name, (0, 0.0))
            self.totals[name] = (count_before + count, length_before + length)

    def ranked(self) -> tuple[GroupTotal, ...]:
        ordered = sorted(self.totals.items(), key=lambda item: (-item[1][1], item[0] or ""))
        return tuple(
            GroupTotal(name=name, num_clips=count, length_seconds=length)
            for name, (count, length) in ordered
        )


@dataclass(slots=True)
class _QualitySums:
    """Running summary of one measured column."""

    count: int = 0
    total: float = 0.0
    min: float = math.inf
    max: float = -math.inf

    def add(self, column: pa.Array) -> None:
        values = _view(column.drop_null())
        values = values[np.isfinite(values)]
        if len(values):
            self.count += len(values)
            self.total += float(values.sum(dtype=np.float64))
            self.min = min(self.min, float(values.min()))
            self.max = max(self.max, float(values.max()))

    def summary(self, column: str) -> QualitySummary:
        if not self.count:
            return QualitySummary(column=column, count=0, mean=math.nan, min=math.nan, max=math.nan)
        return QualitySummary(
            column=column,
            count=self.count,
            mean=self.total / self.count,
            min=self.min,
            max=self.max,
        )


class _Lengths:
    """All lengths, in pieces so large that the system takes each back as soon as it is copied."""

    def __init__(self) -> None:
        self._pieces: list[NDArray[np.float64]] = []
        self._count = 0

    def add(self, lengths: "NDArray[np.float64]") -> None:
        while len(lengths):
            start = self._count % _LENGTHS_IN_PIECE
            if not start:
                self._pieces.append(np.empty(_LENGTHS_IN_PIECE))
            some = lengths[: _LENGTHS_IN_PIECE - start]
            self._pieces[-1][start : start + len(some)] = some
            self._count += len(some)
            lengths = lengths[len(some) :]

    def take_all(self) -> "NDArray[np.float64]":
        """Give them in one piece; none are held afterwards."""
        whole, start = np.empty(self._count), 0
        while self._pieces:
            some = self._pieces.pop(0)[: self._count - start]
            whole[start : start + len(some)] = some
            start += len(some)
        self._count = 0
        return whole


@dataclass(slots=True)
class _ClipSums:
    """Everything that is summed up while the batches pass."""

    facts: FactSums
    lengths: _Lengths = field(default_factory=_Lengths)
    sums: list[float] = field(default_factory=list)
    groups: dict[str, _GroupSums] = field(
        default_factory=lambda: {column: _GroupSums() for column in GROUP_COLUMNS}
    )
    quality: dict[str, _QualitySums] = field(
        default_factory=lambda: {column: _QualitySums() for column in QUALITY_COLUMNS}
    )
    num_with_text: int = 0
    text_sources: dict[str, int] = field(default_factory=dict)
    text_errors: ErrorCounter = field(default_factory=ErrorCounter)
    num_accepted: int = 0
    num_rejected: int = 0
    rejected_seconds: float = 0.0

    def add(self, batch: pa.RecordBatch) -> None:
        self.facts.meet(batch)
        accepted = batch.column("accepted")
        if accepted.null_count < len(accepted):
            batch = self._without_rejected(batch, accepted)
        lengths = _view(batch.column("length_seconds"))
        self.lengths.add(lengths)
        self.sums.append(float(lengths.sum()))
        for column, group in self.groups.items():
            group.add(batch.column(column), lengths)
        self.facts.add(batch, lengths)
        for column, quality in self.quality.items():
            quality.add(batch.column(column))
        texts = batch.column("text")
        self.num_with_text += len(texts) - texts.null_count
        for entry in batch.column("text_source").drop_null().value_counts().to_pylist():
            name, count = entry["values"], entry["counts"]
            self.text_sources[name] = self.text_sources.get(name, 0) + count
        self.text_errors.add(batch)

    def _without_rejected(self, batch: pa.RecordBatch, accepted: pa.BooleanArray) -> pa.RecordBatch:
        rejected = pc.and_kleene(accepted.is_valid(), pc.invert(accepted))
        left_out = batch.filter(rejected)
        self.num_accepted += accepted.true_count
        self.num_rejected += len(left_out)
        self.rejected_seconds += float(_view(left_out.column("length_seconds")).sum())
        return batch.filter(pc.invert(rejected))


def _view(array: pa.Array) -> "NDArray[Any]":
    """View numbers without nulls as numpy does; `to_numpy` would load all of pandas first."""
    return np.from_dlpack(array)


def _statistics(lengths: "NDArray[np.float64]") -> LengthStatistics:
    """Summarise lengths, whose order is lost."""
    if not len(lengths):
        nan = math.nan
        return LengthStatistics(
            count=0, mean=nan, std=nan, min=nan, q25=nan, q50=nan, q75=nan, max=nan
        )
    mean = float(lengths.mean())
    std = _deviation(lengths, mean) if len(lengths) > 1 else math.nan
    q25, q50, q75 = np.quantile(lengths, _QUANTILES, overwrite_input=True).tolist()
    return LengthStatistics(
        count=len(lengths),
        mean=mean,
        std=std,
        min=float(lengths.min()),
        q25=q25,
        q50=q50,
        q75=q75,
        max=float(lengths.max()),
    )


def _deviation(lengths: "NDArray[np.float64]", mean: float) -> float:
    """Give the standard deviation of a sample, some lengths after the other."""
    parts = (
        lengths[at : at + _SUMMED_AT_ONCE] - mean for at in range(0, len(lengths), _SUMMED_AT_ONCE)
    )
    squares = math.fsum(float(part @ part) for part in parts)
    return math.sqrt(squares / (len(lengths) - 1))


def _histogram(lengths: "NDArray[np.float64]") -> Histogram:
    """Count into at most 20 bins from 0, whose width is 1, 2 or 5 times a power of ten."""
    longest = float(lengths.max()) if len(lengths) else 0.0
    if longest <= 0:
        return Histogram(edges=(0.0, 1.0), counts=(len(lengths),))
    exponent = math.floor(math.log10(longest / _MAX_BINS))
    steps = (factor * 10.0**power for power in (exponent, exponent + 1) for factor in (1, 2, 5))
    width = next(step for step in steps if longest / step <= _MAX_BINS)
    bins = max(1, math.ceil(longest / width))
    # The product may come out a hair below the longest clip, which would then not be counted.
    end = max(bins * width, longest)
    counts, edges = np.histogram(lengths, bins=bins, range=(0.0, end))
    return Histogram(
        edges=tuple(round(edge, 9) for edge in edges.tolist()), counts=tuple(counts.tolist())
    )
