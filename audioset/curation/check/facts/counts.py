"""How often each value of each fact occurs, and of whom: counted while the clips pass."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audioset.records.manifest import FACT_COLUMNS

# Columns to count by; "extra" holds the facts without a column.
COUNTED_COLUMNS = ("clip_id", *FACT_COLUMNS, "extra")
IDS_KEPT = 3  # of the clips of a value, to find them by
# Some 100 MB. What has so many values, such as a number of its own for each clip, has no spellings.
_MOST_COUNTS = 400_000


class Said(NamedTuple):
    """A value, and of which speaker it is said; None where nobody is named."""

    value: str
    speaker: str | None


class Uses(NamedTuple):
    """How often something is said, and the first clips that say it."""

    num_clips: int
    clip_ids: tuple[str, ...]

    def joined(self, other: "Uses") -> "Uses":
        """Give both together, the clips of this one first."""
        return Uses(self.num_clips + other.num_clips, (*self.clip_ids, *other.clip_ids)[:IDS_KEPT])


def sum_uses(uses: Iterable[Uses]) -> Uses:
    """Give the uses of several together."""
    total = Uses(0, ())
    for one in uses:
        total = total.joined(one)
    return total


@dataclass(slots=True)
class FactCounts:
    """Running counts, by fact.

    Attributes:
        counts: of each fact, how often each value is said of each speaker.
        too_many: facts with so many values that they are no longer counted.
    """

    counts: dict[str, dict[Said, Uses]] = field(default_factory=dict)
    too_many: set[str] = field(default_factory=set)

    def add(self, batch: pa.RecordBatch) -> None:
        """Count clips; they have `COUNTED_COLUMNS`."""
        speakers = batch.column("speaker").dictionary_encode(null_encoding="encode")
        for name, values in _facts_in(batch):
            if name in self.too_many:
                continue
            counted = self.counts.setdefault(name, {})
            for said, uses in _count(values, speakers, batch.column("clip_id")):
                before = counted.get(said)
                counted[said] = uses if before is None else before.joined(uses)
        while sum(map(len, self.counts.values())) > _MOST_COUNTS:
            name = max(self.counts, key=lambda name: len(self.counts[name]))
            self.too_many.add(name)
            del self.counts[name]


def _facts_in(batch: pa.RecordBatch) -> Iterator[tuple[str, pa.Array]]:
    """Give each fact that some clip of the batch has, with its values."""
    for name in FACT_COLUMNS:
        values = batch.column(name)
        if values.null_count < len(values):
            yield name, values
    extra = batch.column("extra")
    for name in pc.unique(extra.keys).to_pylist():
        yield name, pc.map_lookup(extra, pa.scalar(name), "first")


def _count(
    values: pa.Array, speakers: pa.DictionaryArray, clip_ids: pa.Array
) -> Iterable[tuple[Said, Uses]]:
    encoded = values.dictionary_encode(null_encoding="encode")
    named, known = encoded.dictionary.to_pylist(), speakers.dictionary.to_pylist()
    codes = np.asarray(np.from_dlpack(encoded.indices), np.int64) * len(known)
    codes += np.asarray(np.from_dlpack(speakers.indices), np.int64)
    order = np.argsort(codes, kind="stable")
    found, starts, numbers = np.unique(codes[order], return_index=True, return_counts=True)
    ends = np.minimum(starts + numbers, starts + IDS_KEPT).tolist()
    # The first clips of each, asked for together.
    firsts = np.concatenate([order[start:end] for start, end in zip(starts, ends, strict=True)])
    ids = iter(clip_ids.take(pa.array(firsts)).to_pylist())
    for code, number in zip(found.tolist(), numbers.tolist(), strict=True):
        value, of = named[code // len(known)], known[code % len(known)]
        uses = Uses(number, tuple(islice(ids, min(number, IDS_KEPT))))
        if value is not None and value.strip():
            yield Said(value, of), uses
