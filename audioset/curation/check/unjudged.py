"""Clips of which a rule can say nothing: what it looks at was never measured, or cannot be told.

A clip without a measure breaks no limit. That it passes is no verdict, so it is counted.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from audioset.curation.check.rules import Rule, level_is_told, long_enough, numbers

Mask = NDArray[np.bool_]
_UNMEASURED = "clipped_share"  # has a value in every clip that was ever measured


def _null(column: str) -> Callable[[pa.RecordBatch], Mask]:
    return lambda batch: np.isnan(numbers(batch, column))


def _too_quiet(batch: pa.RecordBatch) -> Mask:
    return np.isnan(numbers(batch, "loudness_lufs")) & ~_is_silent(batch)


def _narrow_band(batch: pa.RecordBatch) -> Mask:
    return np.isnan(numbers(batch, "bandwidth_hz")) & ~_is_silent(batch)


def _is_silent(batch: pa.RecordBatch) -> Mask:
    """Digital silence has neither peak nor loudness nor bandwidth; that is what it is found by."""
    return np.isnan(numbers(batch, "peak_dbfs")) & ~np.isnan(numbers(batch, _UNMEASURED))


def _no_speech(batch: pa.RecordBatch) -> Mask:
    return np.isnan(numbers(batch, "speech_share")) | ~long_enough(batch)


def _low_snr(batch: pa.RecordBatch) -> Mask:
    return np.isnan(numbers(batch, "snr_db")) | ~level_is_told(batch)


def _long_silence(batch: pa.RecordBatch) -> Mask:
    # Without speech there is no silence before it: that is for `no_speech` to find.
    silence = np.isnan(numbers(batch, "head_silence_seconds"))
    return silence & (np.nan_to_num(numbers(batch, "speech_share"), nan=1.0) > 0)


# By rule; the others look at what every clip has, or at texts and facts, where null is a finding.
_UNJUDGED: Mapping[str, Callable[[pa.RecordBatch], Mask]] = {
    "no_speech": _no_speech,
    "too_quiet": _too_quiet,
    "clipped": _null("clipped_share"),
    "dc_offset": _null("dc_offset"),
    "low_snr": _low_snr,
    "narrow_band": _narrow_band,
    "cut_edge": _null("edge_speech"),
    "long_silence": _long_silence,
}
_COLUMNS = ("clipped_share", "peak_dbfs", "speech_share", "length_seconds")


class Unjudged:
    """Running counts of the clips of which rules can say nothing.

    Attributes:
        columns: that must be there beside those of the rules.
        num_unmeasured: clips that nobody ever measured.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._counts = {rule.name: 0 for rule in rules if rule.name in _UNJUDGED}
        self.columns = _COLUMNS if self._counts else ()
        self.num_unmeasured = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Count clips."""
        for rule in self._counts:
            self._counts[rule] += int(_UNJUDGED[rule](batch).sum())
        if self._counts:
            self.num_unmeasured += batch.column(_UNMEASURED).null_count

    @property
    def counts(self) -> Mapping[str, int]:
        """How many clips each rule left unjudged, in the order of the rules; none with 0."""
        return {rule: count for rule, count in self._counts.items() if count}
