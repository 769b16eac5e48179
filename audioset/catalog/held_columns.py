"""Decisions that hold as columns of Arrow: a million are 100 MB, and as objects six times as much.

No SQLAlchemy here. Arrow is loaded where there is a decision.
"""

import json
from bisect import bisect_left, bisect_right
from collections.abc import ItemsView, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from audioset.catalog.decisions import DecisionKey, DecisionValue, SubjectKind

if TYPE_CHECKING:
    import pyarrow as pa

HeldRow = tuple[SubjectKind, str, str, str, str]  # kind, subject, field, value as JSON, who decided
_ROWS_OF_PART = 65_536


@dataclass(frozen=True, slots=True, eq=False)
class HeldColumn:
    """What holds in one field of clips, or of speakers.

    Attributes:
        subjects: ids, ascending as bytes; large_string, shape (decisions,).
        values: as JSON; large_string.
        by: who decided; dictionary of strings.
    """

    subjects: "pa.Array"
    values: "pa.Array"
    by: "pa.Array"

    def __len__(self) -> int:
        """How many hold."""
        return len(self.subjects)

    def between(self, first: str, last: str) -> "HeldColumn":
        """Give the decisions about the ids from one to another one."""
        start = bisect_left(self.subjects, first, key=_text)
        return self.slice(start, bisect_right(self.subjects, last, start, key=_text))

    def slice(self, start: int, end: int) -> "HeldColumn":
        """Give those from a place to another one, end exclusive."""
        return HeldColumn(*(each.slice(start, end - start) for each in self._arrays))

    def is_by(self, name: str) -> "pa.BooleanArray":
        """Tell which of them somebody took."""
        import pyarrow.compute as pc

        return pc.equal(self.by.cast(self.by.type.value_type), name)

    def filter(self, chosen: "pa.BooleanArray") -> "HeldColumn":
        """Give some of them; no copy where it is all."""
        if chosen.true_count == len(self):
            return self
        return HeldColumn(*(each.filter(chosen) for each in self._arrays))

    def decoded(self) -> list[DecisionValue]:
        """Give the values."""
        values: list[DecisionValue] = json.loads(f"[{','.join(self.values.to_pylist())}]")
        return values

    def renamed(self, names: Mapping[str, str]) -> "HeldColumn":
        """Give the same with other ids for some subjects."""
        import pyarrow as pa

        subjects = [names.get(each, each) for each in self.subjects.to_pylist()]
        return _ascending(pa.array(subjects, self.subjects.type), self.values, self.by)

    @property
    def _arrays(self) -> "tuple[pa.Array, pa.Array, pa.Array]":
        return self.subjects, self.values, self.by

    def __iter__(self) -> Iterator[tuple[str, DecisionValue, str]]:
        """Give subject, value and who decided."""
        for start in range(0, len(self), _ROWS_OF_PART):
            part = self.slice(start, min(start + _ROWS_OF_PART, len(self)))
            yield from zip(
                part.subjects.to_pylist(), part.decoded(), part.by.to_pylist(), strict=True
            )


class HeldColumns(Mapping[DecisionKey, tuple[DecisionValue, str]]):
    """For each key the value that holds and who decided it, held as columns.

    Attributes:
        columns: by kind of subject and field.
    """

    def __init__(self, columns: Mapping[tuple[SubjectKind, str], HeldColumn]) -> None:
        self.columns = columns

    @classmethod
    def of_rows(cls, rows: Iterable[HeldRow]) -> "HeldColumns":
        """Make it of rows, of which each key has one."""
        made: dict[tuple[SubjectKind, str], list[HeldColumn]] = {}
        waiting: dict[tuple[SubjectKind, str], tuple[list[str], list[str], list[str]]] = {}
        num_waiting = 0
        for kind, subject, field, value, by in rows:
            if (kind, field) not in waiting:
                waiting[kind, field] = ([], [], [])
            subjects, values, authors = waiting[kind, field]
            subjects.append(subject)
            values.append(value)
            authors.append(by)
            num_waiting += 1
            if num_waiting == _ROWS_OF_PART:
                _pack(waiting, made)
                num_waiting = 0
        _pack(waiting, made)
        return cls({key: _joined(parts) for key, parts in made.items()})

    @classmethod
    def of(cls, held: Mapping[DecisionKey, tuple[DecisionValue, str]]) -> "HeldColumns":
        """Make it of a mapping."""
        if isinstance(held, cls):
            return held
        return cls.of_rows(
            (kind, subject, field, json.dumps(value), by)
            for (kind, subject, field), (value, by) in held.items()
        )

    def renamed(self, clips: Mapping[str, str]) -> "HeldColumns":
        """Give the same with other ids for some clips."""
        if not clips:
            return self
        return HeldColumns(
            {
                (kind, field): column.renamed(clips) if kind == "clip" else column
                for (kind, field), column in self.columns.items()
            }
        )

    def __getitem__(self, key: DecisionKey) -> tuple[DecisionValue, str]:
        """Give what holds for a key."""
        kind, subject, field = key
        if (kind, field) in self.columns:
            for _, value, by in self.columns[kind, field].between(subject, subject):
                return value, by
        raise KeyError(key)

    def __iter__(self) -> Iterator[DecisionKey]:
        """Give the keys, field after field."""
        for (kind, field), column in self.columns.items():
            for subject in column.subjects:
                yield kind, subject.as_py(), field

    def __len__(self) -> int:
        """How many hold."""
        return sum(map(len, self.columns.values()))

    def items(self) -> ItemsView[DecisionKey, tuple[DecisionValue, str]]:
        """Give keys with what holds."""
        return _Items(self)


class _Items(ItemsView[DecisionKey, tuple[DecisionValue, str]]):
    """Goes through the columns, where looking up key after key would take long."""

    _mapping: HeldColumns

    def __iter__(self) -> Iterator[tuple[DecisionKey, tuple[DecisionValue, str]]]:
        for (kind, field), column in self._mapping.columns.items():
            for subject, value, by in column:
                yield (kind, subject, field), (value, by)


def _text(scalar: Any) -> str:
    return str(scalar.as_py())


def _pack(
    waiting: dict[tuple[SubjectKind, str], tuple[list[str], list[str], list[str]]],
    made: dict[tuple[SubjectKind, str], list[HeldColumn]],
) -> None:
    import pyarrow as pa

    for key, (subjects, values, authors) in waiting.items():
        text = pa.large_string()
        by = pa.array(authors, pa.string()).dictionary_encode()
        part = HeldColumn(pa.array(subjects, text), pa.array(values, text), by)
        made.setdefault(key, []).append(part)
    waiting.clear()


def _joined(parts: list[HeldColumn]) -> HeldColumn:
    import pyarrow as pa

    if len(parts) == 1:
        return _ascending(parts[0].subjects, parts[0].values, parts[0].by)
    pieces = list(zip(*((part.subjects, part.values, part.by) for part in parts), strict=True))
    parts.clear()  # of what is joined nothing is held twice
    by = pa.chunked_array(list(pieces.pop())).unify_dictionaries().combine_chunks()
    values = pa.concat_arrays(pieces.pop())
    return _ascending(pa.concat_arrays(pieces.pop()), values, by)


def _ascending(subjects: "pa.Array", values: "pa.Array", by: "pa.Array") -> HeldColumn:
    import pyarrow.compute as pc

    if len(subjects) < 2 or pc.all(pc.less(subjects[:-1], subjects[1:])).as_py():
        return HeldColumn(subjects, values, by)
    order = pc.sort_indices(subjects)
    return HeldColumn(*(each.take(order) for each in (subjects, values, by)))
