"""Diff: what changed from one manifest to another, in one pass over both.

Both come in the order of their clip ids and are merged window by window, so that no more than a
batch of each is held. Changes are laid down on the drive where they are many; of clips that only
one side has 24 bytes each stay in memory, since which of them were cut anew is known at the end.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from typing import TYPE_CHECKING, Any, overload

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
from audioset.storage.rows.laid_entries import EntryPile
from audioset.storage.store import Store
from audioset.storage.tables import ROW_GROUP_ROWS, order_manifest
from audioset.versions.diff.recut import CutPlaces, pair_recut
from audioset.versions.read.differing import differing_rows
from audioset.versions.read.resolve import scan_version
from audioset.versions.read.sieve import Withdrawn
from audioset.versions.read.windows import side_by_side
from audioset.versions.read.withdrawals import list_withdrawals

if TYPE_CHECKING:
    from numpy.typing import NDArray

DIFF_COLUMNS = tuple(entry.name for entry in columns() if entry.metadata["group"] != "storage")
_SHOWN = ("clip_id", "source_name", "length_seconds", "speaker", "split", "text")
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
        most_changes: None as soon as there are more.

    Raises:
        IntegrityError: a stored manifest is missing or does not match its hash.
        StorageError: the store did not answer, or refused; or the disk of temporary files is full.
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


class _Changes:
    """What was found so far; rows of clips that did not change are not kept."""

    def __init__(self) -> None:
        tapes: dict[str, int] = {}
        self.removed, self.added = _OneSided(tapes), _OneSided(tapes)
        self.recut = EntryPile(_make_recut)
        self.retexted = EntryPile(_make_retexted)
        self.relabelled = EntryPile(_make_relabelled)
        self.num_remeasured = self.num_unchanged = 0
        self.num_kept = 0
        self.totals = (_SideTotals(), _SideTotals())

    def add(self, before: pa.RecordBatch, after: pa.RecordBatch) -> None:
        """Compare one window."""
        for totals, rows in zip(self.totals, (before, after), strict=True):
            totals.add(rows)
        places = pc.index_in(_ids(after), value_set=_ids(before))
        common = places.drop_null().to_numpy(zero_copy_only=False)
        only_before = np.ones(before.num_rows, bool)
        only_before[common] = False
        self.num_kept += self.removed.add(before.filter(pa.array(only_before)))
        self.num_kept += self.added.add(after.filter(places.is_null()))
        if only_before.any():
            before = before.take(pa.array(common))
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
        self.recut.add(_recut(*(side.filter(pa.array(recut)) for side in (before, after))))
        self.retexted.add(_retexted(*(side.filter(pa.array(retexted)) for side in (before, after))))
        self.relabelled.add(_relabelled(before, after, labels))
        self.num_kept += int(recut.sum() + retexted.sum() + sum(d.sum() for d in labels.values()))
        told = np.logical_or.reduce([recut, retexted, *labels.values()])
        measured = np.logical_or.reduce([differs[name] for name in QUALITY_COLUMNS])
        self.num_remeasured += int((measured & ~told).sum())
        self.num_unchanged += int((~measured & ~told).sum())

    def to_diff(self, before: DiffInput, after: DiffInput) -> VersionDiff:
        pairs = pair_recut(self.removed.places, self.added.places)
        removed, added = self.removed.clips.done(), self.added.clips.done()
        recut = self.recut.done()
        if len(pairs):
            recut = _merged(removed, added, pairs, recut)
            removed, added = _without(removed, pairs[:, 0]), _without(added, pairs[:, 1])
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
            added=added,
            removed=removed,
            recut=recut,
            retexted=self.retexted.done(),
            relabelled=self.relabelled.done(),
            num_remeasured=self.num_remeasured,
            num_unchanged=self.num_unchanged,
            speakers=_total_changes("speaker", *self.totals),
            splits=_total_changes("split", *self.totals),
        )


class _OneSided:
    """Clips that only one side has, in the order of their ids."""

    def __init__(self, tapes: dict[str, int]) -> None:
        self.clips = EntryPile(_make_clip)
        self.places = CutPlaces(tapes)

    def add(self, rows: pa.RecordBatch) -> int:
        """Take clips, and tell how many."""
        self.clips.add(_shown(rows))
        self.places.add(rows)
        return int(rows.num_rows)


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


def _merged(
    removed: Sequence[DiffClip],
    added: Sequence[DiffClip],
    pairs: "NDArray[np.int64]",
    same: Sequence[RecutClip],
) -> Sequence[RecutClip]:
    """Give pairs of clips, and clips of the same id with other samples, in the order of ids."""
    every = np.zeros(len(removed), np.int64)
    every[pairs[:, 0]] = pairs[:, 1] + 1
    found = (
        RecutClip(before=clip, after=added[int(row) - 1])
        for clip, row in zip(removed, every, strict=True)
        if row
    )
    pile = EntryPile(_make_recut)
    both = merge(found, same, key=lambda pair: pair.before.clip_id)
    pile.add((_values(pair.before), _values(pair.after)) for pair in both)
    return pile.done()


def _without(clips: Sequence[DiffClip], rows: "NDArray[np.int64]") -> Sequence[DiffClip]:
    kept = np.ones(len(clips), bool)
    kept[rows] = False
    pile = EntryPile(_make_clip)
    pile.add(_values(clip) for clip, is_kept in zip(clips, kept, strict=True) if is_kept)
    return pile.done()


def _values(clip: DiffClip) -> tuple[object, ...]:
    return tuple(getattr(clip, name) for name in _SHOWN)


def _shown(rows: pa.RecordBatch) -> Iterable[tuple[Any, ...]]:
    return zip(*(rows.column(name).to_pylist() for name in _SHOWN), strict=True)


def _make_clip(*values: Any) -> DiffClip:
    return DiffClip(**dict(zip(_SHOWN, values, strict=True)))


def _make_recut(before: Sequence[Any], after: Sequence[Any]) -> RecutClip:
    return RecutClip(before=_make_clip(*before), after=_make_clip(*after))


def _make_retexted(clip_id: str, before: str | None, after: str | None) -> RetextedClip:
    return RetextedClip(clip_id=clip_id, before=before, after=after)


def _make_relabelled(
    clip_id: str, column: str, before: LabelValue, after: LabelValue
) -> RelabelledClip:
    return RelabelledClip(clip_id=clip_id, column=column, before=before, after=after)


def _recut(before: pa.RecordBatch, after: pa.RecordBatch) -> Iterable[tuple[Any, ...]]:
    return zip(_shown(before), _shown(after), strict=True)


def _retexted(before: pa.RecordBatch, after: pa.RecordBatch) -> Iterable[tuple[Any, ...]]:
    texts = (_ids(after), before.column("text"), after.column("text"))
    return zip(*(column.to_pylist() for column in texts), strict=True)


def _relabelled(
    before: pa.RecordBatch, after: pa.RecordBatch, differs: "dict[str, NDArray[np.bool_]]"
) -> Iterable[tuple[Any, ...]]:
    found: list[tuple[int, tuple[Any, ...]]] = []
    for name, changed in differs.items():
        rows = np.flatnonzero(changed)
        ids, old, new = (
            column.take(pa.array(rows)).to_pylist()
            for column in (_ids(after), before.column(name), after.column(name))
        )
        for row, clip_id, was, now in zip(rows.tolist(), ids, old, new, strict=True):
            facts = _extra_facts(was, now) if name == "extra" else [(name, was, now)]
            found += [(row, (clip_id, fact, a, b)) for fact, a, b in facts]
    return (change for _, change in sorted(found, key=lambda entry: entry[0]))


def _extra_facts(
    before: Sequence[tuple[str, str]] | None, after: Sequence[tuple[str, str]] | None
) -> Iterator[tuple[str, LabelValue, LabelValue]]:
    """Give each fact that differs under the name by which a condition finds it."""
    old, new = dict(before or ()), dict(after or ())
    for key in sorted({*old, *new}):
        if (key in old, old.get(key)) != (key in new, new.get(key)):
            yield f"extra['{key}']", old.get(key), new.get(key)
