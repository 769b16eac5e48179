"""Decisions laid over rows of manifests: whose word goes before whose, and what no manifest has."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from audioset.catalog.decisions import DecisionKey, DecisionValue
from audioset.catalog.fields import UNSURE, is_private
from audioset.catalog.held_columns import HeldColumn, HeldColumns
from audioset.records.manifest import column_names
from audioset.records.reshaping import RESHAPING_FIELDS
from audioset.records.split_report import SPLIT_AUTHOR

Decisions = Mapping[DecisionKey, tuple[DecisionValue, str]]  # the value, and who decided


def lay_over(batch: pa.RecordBatch, decisions: Decisions) -> pa.RecordBatch:
    """Lay decisions over rows that were read without them; they have clip_id and speaker."""
    decided = arrange(decisions)
    return decided.apply(batch) if decided else batch


_PLANNED = "planned"  # about a clip, but not by a person: it gives way to their word on a speaker
_KINDS = (_PLANNED, "speaker", "clip")  # the later goes before the earlier
_UNSURE_AS_JSON = json.dumps(UNSURE)


@dataclass(slots=True)
class DecidedValues:
    """Decisions arranged to be laid over rows: `columns[kind][column]`, `facts[kind][name]`."""

    columns: dict[str, dict[str, HeldColumn]] = field(default_factory=dict)
    facts: dict[str, dict[str, HeldColumn]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.columns or self.facts)

    def apply(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Lay the decisions over a batch that has at least clip_id and speaker."""
        if not len(batch):
            return batch
        arrays = dict(zip(batch.schema.names, batch.columns, strict=True))
        clip_ids = arrays["clip_id"]
        # Who speaks comes first: facts of a speaker belong to the speaker that was decided.
        of_clips = self.columns.get("clip", {})
        if "speaker" in of_clips:
            arrays["speaker"] = _replace(arrays["speaker"], clip_ids, of_clips["speaker"])
        for kind in _KINDS:
            ids = arrays["speaker"] if kind == "speaker" else clip_ids
            for name, column in self.columns.get(kind, {}).items():
                if name in arrays:
                    arrays[name] = _replace(arrays[name], ids, column)
                if name == "text":
                    _say_who_wrote(arrays, ids, column)
            if kind in self.facts and "extra" in arrays:
                arrays["extra"] = _update_extra(arrays["extra"], ids, self.facts[kind])
        return pa.RecordBatch.from_arrays(list(arrays.values()), schema=batch.schema)


class UnsureVerdicts:
    """Tells of which clips a person was unsure: of them, or of all of their speaker's."""

    def __init__(self, decisions: Decisions) -> None:
        columns = HeldColumns.of(decisions).columns
        self._of_clips = columns.get(("clip", "accepted"))
        self._of_speakers = columns.get(("speaker", "accepted"))

    def __bool__(self) -> bool:
        verdicts = (self._of_clips, self._of_speakers)
        return any(
            pc.any(pc.equal(each.values, _UNSURE_AS_JSON)).as_py() for each in verdicts if each
        )

    def of(self, batch: pa.RecordBatch) -> pa.BooleanArray:
        """Tell it of the rows of a batch that has clip_id and speaker, decided."""
        of_clips = _verdicts(batch["clip_id"], self._of_clips)
        verdicts = pc.coalesce(of_clips, _verdicts(batch["speaker"], self._of_speakers))
        return pc.fill_null(pc.equal(verdicts, _UNSURE_AS_JSON), False)  # noqa: FBT003


def _verdicts(ids: pa.Array, column: HeldColumn | None) -> pa.Array:
    if column is None:
        return pa.nulls(len(ids), pa.large_string())
    places, decided = _find(ids, column)
    return decided.values.take(places)


def arrange(decisions: Decisions, *, by_people: bool = False) -> DecidedValues:
    """Arrange decisions; private ones are in no manifest.

    Args:
        by_people: leave out what `audioset split` decided.
    """
    arranged = DecidedValues()
    known = set(column_names())
    for (kind, name), column in HeldColumns.of(decisions).columns.items():
        if is_private(name) or name in RESHAPING_FIELDS:  # these say which rows there are
            continue
        place = arranged.columns if name in known else arranged.facts
        if name != "split":
            place.setdefault(kind, {})[name] = column
            continue
        planned = column.is_by(SPLIT_AUTHOR)
        by_kind = {kind: column.filter(pc.invert(planned)), _PLANNED: column.filter(planned)}
        for each, part in by_kind.items():
            if part and not (by_people and each == _PLANNED):
                place.setdefault(each, {})[name] = part
    return arranged


def _replace(array: pa.Array, ids: pa.Array, column: HeldColumn) -> pa.Array:
    """Replace the rows about whose id something was decided; ids align with the array."""
    places, decided = _find(ids, column)
    if not decided:
        return array
    # Of who was unsure a manifest says nothing, as of who never looked: see `find_unsure`.
    is_verdict = pa.types.is_boolean(array.type)
    values = [None if is_verdict and value == UNSURE else value for value in decided.decoded()]
    return pc.if_else(places.is_valid(), pa.array(values, array.type).take(places), array)


def _say_who_wrote(arrays: dict[str, pa.Array], ids: pa.Array, column: HeldColumn) -> None:
    """Make the person who decided a text its writer; no model's confidence holds any more."""
    if not {"text_source", "text_score"} & set(arrays):
        return
    places, decided = _find(ids, column)
    if not decided:
        return
    writers = [None if value is None else "human" for value in decided.decoded()]
    for name, values in (("text_source", writers), ("text_score", [None] * len(writers))):
        if name in arrays:
            found = pa.array(values, arrays[name].type).take(places)
            arrays[name] = pc.if_else(places.is_valid(), found, arrays[name])


def _find(ids: pa.Array, column: HeldColumn) -> tuple[pa.Array, HeldColumn]:
    """Give which decision is about each row, null where none is, and the decisions meant."""
    span = pc.min_max(ids).as_py()
    if span["min"] is None:
        return pa.nulls(len(ids), pa.int32()), column.slice(0, 0)
    near = column.between(span["min"], span["max"])  # rows of one source, so these are few
    places = pc.index_in(ids, value_set=near.subjects.cast(pa.string()))
    return places, near.slice(0, 0) if places.null_count == len(places) else near


def _update_extra(array: pa.Array, ids: pa.Array, facts: Mapping[str, HeldColumn]) -> pa.Array:
    """Set or remove facts without a column of the rows about whose id some were decided."""
    of_subject: dict[str, dict[str, DecisionValue]] = {}
    for name, column in facts.items():
        for subject, value, _ in _find(ids, column)[1]:
            of_subject.setdefault(subject, {})[name] = value
    if not of_subject:
        return array
    rows: list[Any] = array.to_pylist()
    for row, subject in enumerate(ids.to_pylist()):
        if subject in of_subject:
            merged = {**dict(rows[row] or ()), **of_subject[subject]}
            rows[row] = sorted((name, value) for name, value in merged.items() if value is not None)
    return pa.array(rows, array.type)
