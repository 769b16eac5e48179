"""Which few of many clips are to be heard: the worst, the best, and some by chance.

Chance is the hash of a clip's samples, so that the same clips are chosen in every report.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audioset.curation.workspace.clip_sets import PLACE_COLUMNS
from audioset.records.dataset_report import ReportedClip
from audioset.records.manifest import QUALITY_COLUMNS

if TYPE_CHECKING:
    from numpy.typing import NDArray

NUM_WORST, NUM_BEST, NUM_RANDOM = 12, 6, 18
_QUIET_SNR_DB = 30.0  # above it nobody hears the noise
_CLIPPED_SHARE = 0.001  # a sample in a thousand is heard as distortion
_SHOWN = (
    "source_name",
    "start_seconds",
    "length_seconds",
    "sampling_rate",
    "speaker",
    "split",
    "text",
    "hypothesis",
    "accepted",
)
SCORE_COLUMNS = ("text_score", "take_similarity")
CHOICE_COLUMNS = (*PLACE_COLUMNS, "pcm_sha256", *_SHOWN, "flags", *SCORE_COLUMNS, *QUALITY_COLUMNS)
_SortKeys = list[tuple[str, str]]
_BY_HASH: _SortKeys = [("pcm_sha256", "ascending"), ("clip_id", "ascending")]
_WORST_FIRST: _SortKeys = [("badness", "descending"), *_BY_HASH]
_BEST_FIRST: _SortKeys = [("badness", "ascending"), *_BY_HASH]


class Choice:
    """Keeps the rows of the chosen clips while batches pass, and no others."""

    def __init__(self) -> None:
        self._worst = _First(_WORST_FIRST, NUM_WORST)
        self._best = _First(_BEST_FIRST, NUM_BEST)
        self._random = _First(_BY_HASH, NUM_RANDOM)

    def add(self, batch: pa.RecordBatch) -> None:
        """Look at clips that are not rejected; they must have `CHOICE_COLUMNS`."""
        rows = pa.Table.from_batches([batch]).select(CHOICE_COLUMNS)
        rows = rows.append_column("badness", pa.array(badness_of(batch)))
        for kept in (self._worst, self._best, self._random):
            kept.add(rows)

    def worst(self) -> tuple[ReportedClip, ...]:
        """Give the clips that most speaks against, the worst first."""
        return self._worst.clips()

    def best(self) -> tuple[ReportedClip, ...]:
        """Give the clips that least speaks against, the best first."""
        return self._best.clips()

    def random(self) -> tuple[ReportedClip, ...]:
        """Give clips by chance, always the same ones."""
        return self._random.clips()


def badness_of(batch: pa.RecordBatch) -> "NDArray[np.float64]":
    """Tell how much speaks against each clip: 1 for each flag, and 0 to 1 for each measure.

    Measures are speech at an edge, clipping, noise below 30 dB, and what is missing of the scores
    of text and take. What was not measured speaks against nothing.
    """
    noise = (_QUIET_SNR_DB - _numbers(batch, "snr_db", missing=_QUIET_SNR_DB)) / _QUIET_SNR_DB
    clipped = _numbers(batch, "clipped_share", missing=0.0) / _CLIPPED_SHARE
    against = [noise, clipped, _numbers(batch, "edge_speech", missing=0.0)]
    against += [1 - _numbers(batch, name, missing=1.0) for name in SCORE_COLUMNS]
    total: NDArray[np.float64] = count_flags(batch).astype(np.float64)
    for measure in against:
        total += np.clip(measure, 0.0, 1.0)
    return np.round(total, 6)


def count_flags(batch: pa.RecordBatch) -> "NDArray[np.int64]":
    """Count the flags of each clip, shape (rows,)."""
    flags = batch.column("flags")
    given = pc.fill_null(pc.not_equal(flags, ""), False)  # noqa: FBT003
    commas = pc.fill_null(pc.count_substring(flags, ","), 0)
    counts = pc.if_else(given, pc.add(commas, 1), 0)
    return np.asarray(counts.to_numpy(zero_copy_only=False), dtype=np.int64)


def _numbers(batch: pa.RecordBatch, name: str, *, missing: float) -> "NDArray[np.float64]":
    values = pc.cast(batch.column(name), pa.float64())
    numbers = pc.fill_null(values, missing).to_numpy(zero_copy_only=False)
    return np.where(np.isfinite(numbers), numbers, missing)


class _First:
    """The first rows in some order of all that pass."""

    def __init__(self, order: _SortKeys, number: int) -> None:
        self._order, self._number = order, number
        self._kept: pa.Table | None = None

    def add(self, rows: pa.Table) -> None:
        new = rows.take(pc.select_k_unstable(rows, self._number, sort_keys=self._order))
        both = new if self._kept is None else pa.concat_tables([self._kept, new])
        self._kept = both.sort_by(self._order).slice(0, self._number)

    def clips(self) -> tuple[ReportedClip, ...]:
        rows: Sequence[dict[str, Any]] = self._kept.to_pylist() if self._kept is not None else ()
        return tuple(_clip(row) for row in rows)


def _clip(row: dict[str, Any]) -> ReportedClip:
    measured = {name: row[name] for name in (*SCORE_COLUMNS, *QUALITY_COLUMNS)}
    return ReportedClip(
        **{name: row[name] for name in (*PLACE_COLUMNS, *_SHOWN)},
        flags=tuple(flag for flag in (row["flags"] or "").split(",") if flag),
        measures={name: value for name, value in measured.items() if value is not None},
        badness=row["badness"],
    )
