"""How many clips say what: totals by the values of columns and of facts that have no column."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audioset.errors import NAMES_SHOWN, InvalidInputError, NotFoundError
from audioset.near_names import ask_whether
from audioset.records.description import FactTotal
from audioset.records.manifest import FACT_COLUMNS, column_names, manifest_schema
from audioset.wording import some_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Bounds the memory: some 30 MB. Nobody reads a table of more.
_MOST_GROUPS = 100_000
_MOST_NAMES = 1_000  # of facts without a column that are remembered, to say what there is


def parse_facts(words: Iterable[str]) -> tuple[str, ...]:
    """Give the names in words such as `speaker,split`, each once.

    Raises:
        InvalidInputError: a word holds no name.
    """
    given = list(words)
    names = [name.strip() for word in given for name in word.split(",")]
    if not all(names):
        raise InvalidInputError(
            f"{','.join(given)!r} lacks a name; write columns or facts such as gender, several "
            "with a comma: speaker,split"
        )
    return tuple(dict.fromkeys(names))


def columns_of_facts(by: Sequence[str]) -> tuple[str, ...]:
    """Give the columns that hold some facts: their own, or the one for facts without a column.

    Raises:
        InvalidInputError: a column with another value for nearly every clip, or the column of all
            facts together.
    """
    schema, known = manifest_schema(), set(column_names())
    for name in by:
        if name == "extra":
            raise InvalidInputError(
                "'extra' holds many facts; name one of them, as it was set: mic, for mic=lapel"
            )
        if name in known and pa.types.is_floating(schema.field(name).type):
            raise InvalidInputError(
                f"{name!r} is measured and differs from clip to clip, so there is nothing to count "
                f"by; describe a view instead, such as 'scots@v3?{name} > 20'"
            )
    return tuple(dict.fromkeys(name if name in known else "extra" for name in by))


class FactSums:
    """Running totals by the values of some columns and facts, in their combinations."""

    def __init__(self, by: Sequence[str]) -> None:
        known = set(column_names())
        self._by = tuple(by)
        self._without_column = [name for name in by if name not in known]
        self._met: set[str] = set()  # facts without a column that any clip has
        self._num_clips = 0
        self._totals: dict[tuple[str | None, ...], tuple[int, float]] = {}

    def meet(self, batch: pa.RecordBatch) -> None:
        """Learn which facts there are, also of clips that are not counted."""
        self._num_clips += len(batch)
        if self._without_column:
            names = set(pc.unique(batch.column("extra").keys).to_pylist())
            full = len(self._met) >= _MOST_NAMES
            self._met |= names.intersection(self._without_column) if full else names

    def add(self, batch: pa.RecordBatch, lengths: "NDArray[np.float64]") -> None:
        """Count clips whose lengths are given in seconds, shape (rows,)."""
        if not self._by or not len(batch):
            return
        columns = [_encode(self._values(batch, name)) for name in self._by]
        sizes = [len(names) for _, names in columns]
        codes = np.ravel_multi_index([code for code, _ in columns], sizes)
        found, codes = np.unique(codes, return_inverse=True)
        clips = np.bincount(codes).tolist()
        seconds = np.bincount(codes, weights=lengths).tolist()
        places = zip(*(place.tolist() for place in np.unravel_index(found, sizes)), strict=True)
        for at, count, length in zip(places, clips, seconds, strict=True):
            key = tuple(names[place] for (_, names), place in zip(columns, at, strict=True))
            count_before, length_before = self._totals.get(key, (0, 0.0))
            self._totals[key] = (count_before + count, length_before + length)
        if len(self._totals) > _MOST_GROUPS:
            raise InvalidInputError(
                f"{','.join(self._by)!r} has more than {_MOST_GROUPS:,} values here; count by what "
                "clips share, such as speaker"
            )

    def ranked(self) -> tuple[FactTotal, ...]:
        """Give the totals, longest first; those of clips that do not say it come last.

        Raises:
            NotFoundError: no clip has a fact of this name.
        """
        self._require_met()
        whole = sum(length for _, length in self._totals.values())

        def order(key: tuple[str | None, ...]) -> tuple[object, ...]:
            return (None in key, -self._totals[key][1], [value or "" for value in key])

        return tuple(
            FactTotal(
                values=dict(zip(self._by, key, strict=True)),
                num_clips=self._totals[key][0],
                length_seconds=self._totals[key][1],
                share=self._totals[key][1] / whole if whole else 0.0,
            )
            for key in sorted(self._totals, key=order)
        )

    def _values(self, batch: pa.RecordBatch, name: str) -> pa.Array:
        if name in self._without_column:
            return pc.map_lookup(batch.column("extra"), pa.scalar(name), "first")
        return pc.cast(batch.column(name), pa.string())

    def _require_met(self) -> None:
        missing = [name for name in self._without_column if name not in self._met]
        if missing and self._num_clips:
            raise NotFoundError(_explain_missing(missing[0], sorted(self._met)))


def _explain_missing(name: str, met: Sequence[str]) -> str:
    there = list(_names_of_facts(met))
    meant = ask_whether(name.lower(), [*there, *(c for c in column_names() if c not in there)])
    hint = f"{meant} " if meant else ""
    shown = some_of(there, 2 * NAMES_SHOWN)
    return f"no clip has a fact {name!r}; {hint}there are {shown}, and all other columns"


def _names_of_facts(met: Sequence[str]) -> Iterator[str]:
    """Give the facts that people look for first: their own, then those with a column."""
    yield from met
    yield from (*FACT_COLUMNS, "split", "source_name")


def _encode(values: pa.Array) -> "tuple[NDArray[Any], list[str | None]]":
    """Give numbers for the values, shape (rows,), and the values by these; blank is not given."""
    blank = pc.equal(pc.utf8_trim_whitespace(values), "")
    given = pc.if_else(blank, pa.scalar(None, pa.string()), values)
    encoded = given.dictionary_encode(null_encoding="encode")
    return np.from_dlpack(encoded.indices), encoded.dictionary.to_pylist()
