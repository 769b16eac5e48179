"""Which few of many clips are to be heard: the worst, the best, and some by chance.

The worst are those that the review shows first, and the best those that it shows last.
Chance is the hash of a clip's samples, so that the same clips are chosen in every report.
"""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from audioset.curation.workspace.clip_audio import PLACE_COLUMNS
from audioset.curation.workspace.worst import worst_first
from audioset.records.dataset_report import ReportedClip
from audioset.records.manifest import QUALITY_COLUMNS

NUM_WORST, NUM_BEST, NUM_RANDOM = 12, 6, 18
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
CHOICE_COLUMNS = (
    *PLACE_COLUMNS, "pcm_sha256", *_SHOWN, "text_source", "flags", *SCORE_COLUMNS, *QUALITY_COLUMNS,
)  # fmt: skip
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
        rows = rows.append_column("badness", pa.array(worst_first(batch).round(6)))
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
