"""Diff: what changed from one manifest to another, in one pass over both.

Both come in the order of their clip ids and are merged window by window, so that no more than a
batch of each and the changes themselves are held, however many clips did not change.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audioset.records.manifest import QUALITY_COLUMNS, column_names, columns, manifest_schema
from audioset.records.version import VersionRecord
from audioset.records.version_diff import (
    DiffClip,
    DiffSide,
    LabelValue,
    RecutClip,
    RelabelledClip,
    RetextedClip,
    TotalChange,
    VersionDiff,
)
from audioset.storage.store import Store
from audioset.storage.tables import ROW_GROUP_ROWS, order_manifest
from audioset.versions.diff.recut import PLACE_COLUMNS, pair_recut
from audioset.versions.read.differing import differing_rows
from audioset.versions.read.resolve import scan_version
from audioset.versions.read.sieve import Withdrawn
from audioset.versions.read.windows import side_by_side
from audioset.versions.read.withdrawals import list_withdrawals

if TYPE_CHECKING:
    from numpy.typing import NDArray

DIFF_COLUMNS = tuple(entry.name for entry in columns() if entry.metadata["group"] != "storage")
_SHOWN = ("clip_id", "source_name", "length_seconds", "speaker", "split", "text")
_KEPT = tuple(dict.fromkeys((*_SHOWN, *PLACE_COLUMNS)))
# These follow from which samples were cut: of a clip with other samples they are no news.
_OF_THE_CUT = (*column_names(group="identity"), *column_names(group="time"))
_LABELS = tuple(
    name for name in DIFF_COLUMNS if name not in ("clip_id", "pcm_sha256", "text", *QUALITY_COLUMNS)
)
_NANOSECONDS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class DiffInput:
    """One side of a diff.

    Attributes:
        name: for people.
        batches: rows with at least `DIFF_COLUMNS`, in the order of their clip ids.
        num_withdrawn: clips that were withdrawn and are not among the rows.
    """

    name: str
    batches: Iterable[pa.RecordBatch]
    num_withdrawn: int = 0


def version_input(store: Store, record: VersionRecord) -> DiffInput:
    """Take a published version as one side of a diff; it is read when it is compared."""
    return DiffInput(
        str(record.ref), scan_version(store, record, DIFF_COLUMNS), record.num_withdrawn
    )


def table_input(store: Store, dataset: str, rows: pa.Table, *, name: str) -> DiffInput:
    """Take rows as the next publish would, in the order of their ids, withdrawn clips left out.

    Args:
        store: that holds the withdrawals.
        dataset: name of the dataset that they would be published to.
        rows: a manifest, any order.
        name: for people.

    Raises:
        InvalidInputError: the rows are not a manifest, or a clip id occurs twice.
        StorageError: the store did not answer, or refused.
    """
    withdrawn = Withdrawn.of(list_withdrawals(store, dataset))
    left = rows.filter(pa.array(~withdrawn.holds(rows))) if withdrawn else rows
    kept = order_manifest(left, "the working manifest").select(DIFF_COLUMNS)
    batches = kept.combine_chunks().to_batches(ROW_GROUP_ROWS)
    return DiffInput(name, batches, rows.num_rows - kept.num_rows)


@overload
def diff_rows(before: DiffInput, after: DiffInput) -> VersionDiff: ...
@overload
def diff_rows(
    before: DiffInput, after: DiffInput, *, most_changes: int | None
) -> VersionDiff | None: ...
def diff_rows(
    before: DiffInput, after: DiffInput, *, most_changes: int | None = None
) -> VersionDiff | None:
    """Tell what changed from one manifest to another.

    Args:
        most_changes: None as soon as there are more, since all of them are held in memory.

    Raises:
        IntegrityError: a stored manifest is missing or does not match its hash.
        StorageError: the store did not answer, or refused.
    """
    found = _Changes()
    schema = pa.schema([manifest_schema().field(name) for name in DIFF_COLUMNS])
    for ours, theirs in side_by_side(before.batches, after.batches, schema):
        found.add(ours, theirs)
        if most_changes is not None and found.num_kept > most_changes:
            return None
    return found.to_diff(before, after)


def _ids(batch: pa.RecordBatch) -> pa.Array:
    return batch.column("clip_id")


@dataclass(slots=True)
class _Changes:
    """What was found so far; rows of clips that did not change are not kept."""

    removed: list[pa.RecordBatch] = field(default_factory=list)
    added: list[pa.RecordBatch] = field(default_factory=list)
    recut: list[RecutClip] = field(default_factory=list)
    retexted: list[RetextedClip] = field(default_factory=list)
    relabelled: list[RelabelledClip] = field(default_factory=list)
    num_remeasured: int = 0
    num_unchanged: int = 0
    num_kept: int = 0  # of everything that is held in memory
    totals: "tuple[_SideTotals, _SideTotals]" = field(
        default_factory=lambda: (_SideTotals(), _SideTotals())
    )

    def add(self, before: pa.RecordBatch, after: pa.RecordBatch) -> None:
        """Compare one window."""
        for totals, rows in zip(self.totals, (before, after), strict=True):
            totals.add(rows)
        places = pc.index_in(_ids(after), value_set=_ids(before))
        common = places.drop_null().to_numpy(zero_copy_only=False)
        only_before = np.ones(before.num_rows, bool)
        only_before[common] = False
        self.removed.append(before.select(_KEPT).filter(pa.array(only_before)))
        self.added.append(after.select(_KEPT).filter(places.is_null()))
        if only_before.any():
            before = before.take(pa.array(common))
        self.num_kept += self.removed[-1].num_rows + self.added[-1].num_rows
        self._compare(before, after.filter(places.is_valid()) if places.null_count else after)

    def _compare(self, before: pa.RecordBatch, after: pa.RecordBatch) -> None:
        """Compare clips that both sides have; the rows of both are the same clips."""
        differs = {
            name: differing_rows(before.column(name), after.column(name))
            for name in DIFF_COLUMNS
            if name != "clip_id"
        }
        recut, retexted = differs["pcm_sha256"], differs["text"]
        for name in _OF_THE_CUT:
            if name in _LABELS:
                differs[name] = differs[name] & ~recut
        labels = {name: differs[name] for name in _LABELS if differs[name].any()}
        self.recut += _recut(*(side.filter(pa.array(recut)) for side in (before, after)))
        self.retexted += _retexted(*(side.filter(pa.array(retexted)) for side in (before, after)))
        self.relabelled += _relabelled(before, after, labels)
        self.num_kept += int(recut.sum() + retexted.sum() + sum(d.sum() for d in labels.values()))
        told = np.logical_or.reduce([recut, retexted, *labels.values()])
        measured = np.logical_or.reduce([differs[name] for name in QUALITY_COLUMNS])
        self.num_remeasured += int((measured & ~told).sum())
        self.num_unchanged += int((~measured & ~told).sum())

    def to_diff(self, before: DiffInput, after: DiffInput) -> VersionDiff:
        removed, added = _table(self.removed), _table(self.added)
        pairs = pair_recut(removed, added)
        old, new = _clips(removed), _clips(added)
        recut = [RecutClip(before=old[row], after=new[other]) for row, other in pairs]
        recut_old, recut_new = {row for row, _ in pairs}, {other for _, other in pairs}
        sides = [
            DiffSide(
                name=side.name,
                num_clips=totals.num_clips,
                length_seconds=totals.length / _NANOSECONDS,
                num_withdrawn=side.num_withdrawn,
            )
            for side, totals in zip((before, after), self.totals, strict=True)
        ]
        return VersionDiff(
            before=sides[0],
            after=sides[1],
            added=tuple(clip for row, clip in enumerate(new) if row not in recut_new),
            removed=tuple(clip for row, clip in enumerate(old) if row not in recut_old),
            recut=tuple(sorted([*recut, *self.recut], key=lambda pair: pair.before.clip_id)),
            retexted=tuple(self.retexted),
            relabelled=tuple(self.relabelled),
            num_remeasured=self.num_remeasured,
            num_unchanged=self.num_unchanged,
            speakers=_total_changes("speaker", *self.totals),
            splits=_total_changes("split", *self.totals),
        )


class _SideTotals:
    """Clips and lengths of one side, in nanoseconds: whole numbers do not depend on the order."""

    def __init__(self) -> None:
        self.num_clips = 0
        self.length = 0
        self.groups: dict[str, dict[str | None, tuple[int, int]]] = {
            name: defaultdict(lambda: (0, 0)) for name in ("speaker", "split")
        }

    def add(self, rows: pa.RecordBatch) -> None:
        seconds = rows.column("length_seconds").to_numpy(zero_copy_only=False)
        lengths = np.rint(seconds * _NANOSECONDS).astype(np.int64)
        self.num_clips += rows.num_rows
        self.length += int(lengths.sum())
        for name, totals in self.groups.items():
            table = pa.table({"name": rows.column(name), "length": lengths})
            sums = table.group_by("name", use_threads=False).aggregate(
                [("length", "count"), ("length", "sum")]
            )
            for row in sums.to_pylist():
                clips, length = totals[row["name"]]
                totals[row["name"]] = clips + row["length_count"], length + row["length_sum"]


def _total_changes(name: str, before: _SideTotals, after: _SideTotals) -> tuple[TotalChange, ...]:
    ours, theirs = before.groups[name], after.groups[name]
    changes = [(group, *ours[group], *theirs[group]) for group in {*ours, *theirs}]
    changes.sort(key=lambda c: (-abs(c[4] - c[2]), -max(c[2], c[4]), c[0] or ""))
    return tuple(
        TotalChange(
            name=group,
            num_before=clips,
            num_after=clips_after,
            before_seconds=length / _NANOSECONDS,
            after_seconds=length_after / _NANOSECONDS,
        )
        for group, clips, length, clips_after, length_after in changes
    )


def _table(batches: Sequence[pa.RecordBatch]) -> pa.Table:
    schema = pa.schema([manifest_schema().field(name) for name in _KEPT])
    return pa.Table.from_batches([batch.cast(schema) for batch in batches], schema=schema)


def _clips(rows: pa.Table | pa.RecordBatch) -> list[DiffClip]:
    return [DiffClip(**row) for row in rows.select(_SHOWN).to_pylist()]


def _recut(before: pa.RecordBatch, after: pa.RecordBatch) -> list[RecutClip]:
    clips = zip(_clips(before), _clips(after), strict=True)
    return [RecutClip(before=old, after=new) for old, new in clips]


def _retexted(before: pa.RecordBatch, after: pa.RecordBatch) -> list[RetextedClip]:
    texts = (_ids(after), before.column("text"), after.column("text"))
    return [
        RetextedClip(clip_id=clip_id, before=old, after=new)
        for clip_id, old, new in zip(*(column.to_pylist() for column in texts), strict=True)
    ]


def _relabelled(
    before: pa.RecordBatch, after: pa.RecordBatch, differs: "dict[str, NDArray[np.bool_]]"
) -> list[RelabelledClip]:
    found: list[tuple[int, RelabelledClip]] = []
    for name, changed in differs.items():
        rows = np.flatnonzero(changed)
        ids, old, new = (
            column.take(pa.array(rows)).to_pylist()
            for column in (_ids(after), before.column(name), after.column(name))
        )
        for row, clip_id, was, now in zip(rows.tolist(), ids, old, new, strict=True):
            facts = _extra_facts(was, now) if name == "extra" else [(name, was, now)]
            found += [
                (row, RelabelledClip(clip_id=clip_id, column=fact, before=a, after=b))
                for fact, a, b in facts
            ]
    return [change for _, change in sorted(found, key=lambda entry: entry[0])]


def _extra_facts(
    before: Sequence[tuple[str, str]] | None, after: Sequence[tuple[str, str]] | None
) -> Iterator[tuple[str, LabelValue, LabelValue]]:
    """Give each fact that differs under the name by which a condition finds it."""
    old, new = dict(before or ()), dict(after or ())
    for key in sorted({*old, *new}):
        if (key in old, old.get(key)) != (key in new, new.get(key)):
            yield f"extra['{key}']", old.get(key), new.get(key)
