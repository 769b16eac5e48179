"""Which clips must not be published again: those whose recording or speech was withdrawn.

A clip is withdrawn when its samples are those of a withdrawn recording, when its source was
withdrawn as a whole, or when it shares speech with a withdrawn span of its source: 0.1 s or more of
it, or half of a clip that is shorter than 0.2 s. Less is the padding of a neighbour. Tracks and
channels do not matter: what is said at one moment may be heard on all of them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from audioset.records.overlap import LEAST_SHARED_SECONDS
from audioset.records.withdrawal import Withdrawal, read_span

_HALF_A_MS = 0.0005  # spans are kept in whole milliseconds
# What a row must have so that it can be told whether it was withdrawn.
WITHDRAWN_COLUMNS = ("pcm_sha256", "source_sha256", "start_seconds", "end_seconds")


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Everything that was withdrawn from a dataset.

    Attributes:
        recordings: `pcm_sha256` of withdrawn recordings.
        sources: sha256 of sources that were withdrawn as a whole.
        covered: of each source that has withdrawn spans, by its sha256: moments in seconds,
            ascending, and how many seconds before each of them are withdrawn.
    """

    recordings: frozenset[str]
    sources: frozenset[str]
    covered: dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]

    @classmethod
    def of(cls, withdrawals: Iterable[Withdrawal]) -> "Withdrawn":
        """Join the withdrawals of a dataset."""
        recordings: set[str] = set()
        sources: set[str] = set()
        spans: dict[str, list[tuple[float, float]]] = {}
        for withdrawal in withdrawals:
            recordings.update(withdrawal.recordings)
            sources.update(withdrawal.sources)
            for source, start, end in map(read_span, withdrawal.spans):
                spans.setdefault(source, []).append((start, end))
        covered = {source: _cover(found) for source, found in spans.items()}
        return cls(frozenset(recordings), frozenset(sources), covered)

    def __bool__(self) -> bool:
        return bool(self.recordings or self.sources or self.covered)

    def same_samples(self, rows: pa.Table | pa.RecordBatch) -> NDArray[np.bool_]:
        """Tell for each row whether its samples are those of a withdrawn recording."""
        return _is_in(rows["pcm_sha256"], self.recordings)

    def same_speech(self, rows: pa.Table | pa.RecordBatch) -> NDArray[np.bool_]:
        """Tell for each row whether it holds withdrawn speech by its source and span."""
        held = _is_in(rows["source_sha256"], self.sources)
        names = sorted(self.covered)
        codes = pc.index_in(rows["source_sha256"], value_set=pa.array(names, pa.string()))
        codes = np.asarray(pc.fill_null(codes, -1))
        starts, ends = np.asarray(rows["start_seconds"]), np.asarray(rows["end_seconds"])
        found = np.flatnonzero(codes >= 0)
        found = found[np.argsort(codes[found], kind="stable")]
        for mine in np.split(found, np.flatnonzero(np.diff(codes[found])) + 1):
            if mine.size:
                moments, before = self.covered[names[codes[mine[0]]]]
                shared = np.interp(ends[mine], moments, before)
                shared -= np.interp(starts[mine], moments, before)
                least = np.minimum(LEAST_SHARED_SECONDS, (ends[mine] - starts[mine]) / 2)
                held[mine] |= shared >= least - _HALF_A_MS
        return held

    def holds(self, rows: pa.Table | pa.RecordBatch) -> NDArray[np.bool_]:
        """Tell for each row, with `WITHDRAWN_COLUMNS`, whether it must not be published."""
        return self.same_samples(rows) | self.same_speech(rows)


class Sieve:
    """Leaves withdrawn clips out of a stream of rows, and counts them.

    Attributes:
        num_left_out: clips so far.
    """

    def __init__(self, withdrawn: Withdrawn) -> None:
        self.num_left_out = 0
        self._withdrawn = withdrawn

    def sift(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Give the rows that may be published; they must have `WITHDRAWN_COLUMNS`."""
        for batch in batches:
            gone = self._withdrawn.holds(batch)
            self.num_left_out += int(gone.sum())
            yield batch.filter(pa.array(~gone)) if gone.any() else batch


def _cover(spans: Sequence[tuple[float, float]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Join spans that overlap; give all edges, and the withdrawn seconds before each."""
    joined: list[list[float]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], end)
        else:
            joined.append([start, end])
    lengths = [end - start for start, end in joined]
    after = np.cumsum(lengths)
    before = np.column_stack([after - lengths, after]).ravel()
    return np.array(list(chain.from_iterable(joined))), before


def _is_in(values: pa.ChunkedArray | pa.Array, wanted: frozenset[str]) -> NDArray[np.bool_]:
    found = pc.is_in(values, value_set=pa.array(sorted(wanted), pa.string()))
    return np.array(found, dtype=bool)  # a copy: it is written to


def scan_left(
    scan: Callable[[Sequence[str]], Iterable[pa.RecordBatch]],
    withdrawn: Withdrawn,
    columns: Sequence[str],
) -> Iterator[pa.RecordBatch]:
    """Stream the given columns of the rows that were not withdrawn."""
    read = tuple(dict.fromkeys([*columns, *WITHDRAWN_COLUMNS]))
    for batch in Sieve(withdrawn).sift(scan(read)):
        yield batch.select(list(columns))
