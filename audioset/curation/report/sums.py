"""What is counted of clips for a report while their rows pass: bins, groups and flags."""

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audioset.curation.report.choice import SCORE_COLUMNS
from audioset.curation.workspace.worst import count_flags
from audioset.records.dataset_report import ColumnHistogram, GroupQuality
from audioset.records.description import Description
from audioset.records.lines import flag_name
from audioset.records.manifest import QUALITY_COLUMNS, columns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_MEANS = ("loudness_lufs", "snr_db")
_COUNTED = ("length_seconds", *SCORE_COLUMNS, *QUALITY_COLUMNS)
SUM_COLUMNS = ("source_name", "speaker", "accepted", "flags", *_COUNTED)
_MOST_BINS = 24


class ReportSums:
    """Running counts of a report; holds as many numbers as there are bins and groups."""

    def __init__(self, description: Description) -> None:
        """Take between which values each column lies from a description of the same clips."""
        lengths = description.lengths
        bounds = {"length_seconds": (0.0, lengths.max)}
        bounds |= dict.fromkeys(SCORE_COLUMNS, (0.0, 1.0))  # they are shares
        bounds |= {of.column: (of.min, of.max) for of in description.quality}
        self._bins = {
            name: _Bins(_nice_edges(*bounds[name]))
            for name in _COUNTED
            if all(map(math.isfinite, bounds[name]))
        }
        self._flags: Counter[str] = Counter()
        self.speakers, self.sources = GroupQualities("speaker"), GroupQualities("source_name")

    def add(self, batch: pa.RecordBatch) -> None:
        """Count clips that are not rejected; they must have `SUM_COLUMNS`."""
        for name, bins in self._bins.items():
            bins.add(batch.column(name))
        for entry in batch.column("flags").drop_null().value_counts().to_pylist():
            for flag in filter(None, entry["values"].split(",")):
                self._flags[flag_name(flag)] += entry["counts"]
        for groups in (self.speakers, self.sources):
            groups.add(batch)

    def flags(self) -> dict[str, int]:
        """Give the clips that carry each flag, most first."""
        return dict(sorted(self._flags.items(), key=lambda entry: (-entry[1], entry[0])))

    def histograms(self) -> tuple[ColumnHistogram, ...]:
        """Give the histograms of the columns that any clip has."""
        known = {entry.name: entry.metadata for entry in columns()}
        return tuple(
            ColumnHistogram(
                column=name,
                unit=known[name]["unit"],
                meaning=known[name]["meaning"],
                edges=tuple(round(edge, 9) for edge in bins.edges.tolist()),
                counts=tuple(bins.counts.tolist()),
                num_missing=bins.num_missing,
            )
            for name, bins in self._bins.items()
            if bins.counts.any()
        )


class _Bins:
    """Counts of one column between fixed borders."""

    def __init__(self, edges: "NDArray[np.float64]") -> None:
        self.edges = edges
        self.counts = np.zeros(len(edges) - 1, np.int64)
        self.num_missing = 0

    def add(self, column: pa.Array) -> None:
        values = pc.cast(column, pa.float64()).to_numpy(zero_copy_only=False)
        finite = values[np.isfinite(values)]
        self.num_missing += len(values) - len(finite)
        inside = np.clip(finite, self.edges[0], self.edges[-1])  # float32 may stand a hair outside
        self.counts += np.histogram(inside, self.edges)[0]


def _nice_edges(low: float, high: float) -> "NDArray[np.float64]":
    """Divide a range into at most 24 bins whose width is 1, 2 or 5 times a power of ten."""
    span = high - low
    if span <= 0:
        half = abs(low) / 20 or 0.5
        return np.array([low - half, low + half])
    exponent = math.floor(math.log10(span / _MOST_BINS))
    for step in (
        factor * 10.0**power for power in (exponent, exponent + 1) for factor in (1, 2, 5)
    ):
        first, last = math.floor(low / step), math.ceil(high / step)
        if last - first <= _MOST_BINS:
            break
    edges: NDArray[np.float64] = np.arange(first, last + 1) * np.float64(step)
    return edges


@dataclass(slots=True)
class _GroupQualitySum:
    clips: int = 0
    seconds: float = 0.0
    accepted: int = 0
    flagged: int = 0
    sums: "NDArray[np.float64]" = field(default_factory=lambda: np.zeros((len(_MEANS), 2)))


class GroupQualities:
    """Running totals by the values of one column."""

    def __init__(self, column: str) -> None:
        self._column = column
        self._groups: dict[str | None, _GroupQualitySum] = {}

    def add(self, batch: pa.RecordBatch) -> None:
        """Count a batch that has `SUM_COLUMNS`."""
        encoded = batch.column(self._column).dictionary_encode(null_encoding="encode")
        codes = encoded.indices.to_numpy(zero_copy_only=False)
        names = encoded.dictionary.to_pylist()

        def summed(weights: "NDArray[Any] | None" = None) -> "NDArray[Any]":
            return np.bincount(codes, weights=weights, minlength=len(names))

        accepted = pc.fill_null(batch.column("accepted"), False).to_numpy(zero_copy_only=False)  # noqa: FBT003
        counts = summed()
        seconds = summed(batch.column("length_seconds").to_numpy(zero_copy_only=False))
        is_accepted, is_flagged = summed(accepted), summed(count_flags(batch.column("flags")) > 0)
        means = np.stack([_sum_and_count(batch.column(name), summed) for name in _MEANS], axis=1)
        for place, name in enumerate(names):
            group = self._groups.setdefault(name, _GroupQualitySum())
            group.clips += int(counts[place])
            group.seconds += float(seconds[place])
            group.accepted += int(is_accepted[place])
            group.flagged += int(is_flagged[place])
            group.sums += means[place]

    def ranked(self) -> tuple[GroupQuality, ...]:
        """Give the totals, longest first."""
        ordered = sorted(
            self._groups.items(), key=lambda entry: (-entry[1].seconds, entry[0] or "")
        )
        return tuple(
            GroupQuality(
                name=name,
                num_clips=group.clips,
                length_seconds=group.seconds,
                num_accepted=group.accepted,
                num_flagged=group.flagged,
                **_means(group.sums),
            )
            for name, group in ordered
        )


def _sum_and_count(column: pa.Array, summed: Any) -> "NDArray[np.float64]":
    """Give the sum of the finite values of each group and their number, shape (groups, 2)."""
    values = pc.cast(column, pa.float64()).to_numpy(zero_copy_only=False)
    finite = np.isfinite(values)
    return np.stack([summed(np.where(finite, values, 0.0)), summed(finite)], axis=1)


def _means(sums: "NDArray[np.float64]") -> "Mapping[str, float | None]":
    return {
        name: float(total / number) if number else None
        for name, (total, number) in zip(_MEANS, sums.tolist(), strict=True)
    }
