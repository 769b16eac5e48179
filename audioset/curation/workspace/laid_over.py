"""Decisions laid over rows of manifests: whose word goes before whose, and what no manifest has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audioset.catalog.decisions import DecisionKey, DecisionValue
from audioset.catalog.fields import UNSURE, is_private
from audioset.records.manifest import column_names
from audioset.records.reshaping import RESHAPING_FIELDS
from audioset.records.split_report import SPLIT_AUTHOR

Decisions = Mapping[DecisionKey, tuple[DecisionValue, str]]  # the value, and who decided


def lay_over(batch: pa.RecordBatch, decisions: Decisions) -> pa.RecordBatch:
    """Lay decisions over rows that were read without them; they have clip_id and speaker."""
    decided = arrange(decisions)
    return decided.apply(batch) if decided else batch


_PLANNED = "planned"  # about a clip, but not by a person: it gives way to their word on a speaker


@dataclass(slots=True)
class DecidedValues:
    """Decisions arranged for lookup: `columns[kind][column][id]`, `extra[kind][id][name]`."""

    columns: dict[str, dict[str, dict[str, DecisionValue]]] = field(default_factory=dict)
    extra: dict[str, dict[str, dict[str, DecisionValue]]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.columns or self.extra)

    def apply(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Lay the decisions over a batch that has at least clip_id and speaker."""
        arrays = dict(zip(batch.schema.names, batch.columns, strict=True))
        clip_ids = arrays["clip_id"].to_pylist()
        # Who speaks comes first: facts of a speaker belong to the speaker that was decided.
        speaker_of = self.columns.get("clip", {}).get("speaker", {})
        arrays["speaker"] = _replace(arrays["speaker"], clip_ids, speaker_of)
        speakers = arrays["speaker"].to_pylist()
        for kind, ids in ((_PLANNED, clip_ids), ("speaker", speakers), ("clip", clip_ids)):
            for name, values in self.columns.get(kind, {}).items():
                if name in arrays:
                    arrays[name] = _replace(arrays[name], ids, values)
            if kind in self.extra and "extra" in arrays:
                arrays["extra"] = _update_extra(arrays["extra"], ids, self.extra[kind])
        return pa.RecordBatch.from_arrays(list(arrays.values()), schema=batch.schema)


def arrange(decisions: Decisions, *, by_people: bool = False) -> DecidedValues:
    """Arrange decisions; private ones are in no manifest.

    Args:
        by_people: leave out what `audioset split` decided.
    """
    arranged = DecidedValues()
    known = set(column_names())
    for (subject_kind, subject, name), (value, author) in decisions.items():
        kind = _PLANNED if (name, author) == ("split", SPLIT_AUTHOR) else str(subject_kind)
        if by_people and kind == _PLANNED:
            continue
        if is_private(name) or name in RESHAPING_FIELDS:  # these say which rows there are
            continue
        if name not in known:
            arranged.extra.setdefault(kind, {}).setdefault(subject, {})[name] = value
            continue
        columns = arranged.columns.setdefault(kind, {})
        # Of who was unsure a manifest says nothing, as of who never looked: see `find_unsure`.
        columns.setdefault(name, {})[subject] = (
            None if (name == "accepted" and value == UNSURE) else value
        )
        if name == "text":
            # The person is now the text's writer, and no model's confidence holds any more.
            writer = "human" if value is not None else None
            columns.setdefault("text_source", {})[subject] = writer
            columns.setdefault("text_score", {})[subject] = None
    return arranged


def _replace(
    array: pa.Array, ids: Sequence[str | None], values: Mapping[str, DecisionValue]
) -> pa.Array:
    """Replace the rows whose id has a value; ids align with the array."""
    rows = [row for row, subject in enumerate(ids) if subject in values]
    if not rows:
        return array
    mask = np.zeros(len(array), bool)
    mask[rows] = True
    replacements = pa.array([values[ids[row] or ""] for row in rows], array.type)
    return pc.replace_with_mask(array, pa.array(mask), replacements)


def _update_extra(
    array: pa.Array, ids: Sequence[str | None], facts: Mapping[str, Mapping[str, DecisionValue]]
) -> pa.Array:
    """Set or remove extra facts of the rows whose id has some."""
    if not any(subject in facts for subject in ids):
        return array
    rows: list[Any] = array.to_pylist()
    for row, subject in enumerate(ids):
        if subject in facts:
            merged = {**dict(rows[row] or ()), **facts[subject or ""]}
            rows[row] = sorted((name, value) for name, value in merged.items() if value is not None)
    return pa.array(rows, array.type)
