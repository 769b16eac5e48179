"""A version is its parent plus a change: what a workspace lacks of its parent, and what is meant.

Three tables decide: the rows of the version that the workspace goes on from (base), its rows as
they are (ours), and those of the version that the next one shall go on from (theirs). Where others
published meanwhile, base and theirs are not the same. All of them come in the order of their clip
ids and are merged window by window, so that no more than a batch of each is held.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audioset.errors import ConflictError, InvalidInputError, as_option
from audioset.records.held_here import HeldHere
from audioset.records.identity import VersionRef
from audioset.records.manifest import columns, manifest_schema
from audioset.storage.rows.laid_rows import ManyRows, lay_rows, scan_rows
from audioset.storage.rows.ordered_ids import OrderedIds
from audioset.versions.read.differing import differing_rows
from audioset.versions.read.windows import in_windows
from audioset.wording import count

if TYPE_CHECKING:
    from numpy.typing import NDArray

_COMPARED = tuple(
    entry.name for entry in columns() if entry.metadata["group"] != "storage"
)  # what is decided and measured; where audio lies is another thing
_ABSENT, _EQUAL, _DIFFERS = range(3)


@dataclass(frozen=True, slots=True, kw_only=True)
class OntoVersion:
    """What a publish would leave out, take back or bring, of the version that it goes on from.

    Attributes:
        ref: the version.
        rows: what the next version has where all that is kept: theirs, with the change of ours, in
            the order of clip ids.
        num_lacking: clips that the workspace lacks, and nobody took out here.
        num_kept: clips that it lacked before, of which it was said that versions keep them.
        num_newer: clips that others changed meanwhile, and that are here as they were.
        num_gone: clips that others took out meanwhile, and that are here as they were.
        behind: clips that are here as they were before others changed or took them out, those that
            were asked about before too.
    """

    ref: VersionRef
    rows: ManyRows
    num_lacking: int
    num_kept: int
    num_newer: int
    num_gone: int
    behind: frozenset[str] = frozenset()

    @property
    def is_plain(self) -> bool:
        """Whether all that is meant was said."""
        return not (self.num_lacking or self.num_newer or self.num_gone)

    def ask(self) -> InvalidInputError:
        """Ask which is meant."""
        told = [
            (self.num_lacking, "that this workspace lacks"),
            (self.num_newer, "that others changed since"),
            (self.num_gone, "fewer, which others took out since"),
        ]
        said = ", and ".join(f"{count(n, 'clip')} {what}" for n, what in told if n)
        return InvalidInputError(
            f"{self.ref} has {said}; {as_option('add', 'True')} keeps it so and adds what was "
            f"changed here, {as_option('replace', 'True')} publishes the clips of this workspace "
            "alone"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OntoBase:
    """The rows that a workspace goes on from.

    Attributes:
        told: of the version whose difference from the workspace was asked about; None where these
            are theirs.
        behind: ids of clips that are here as they were in earlier versions, ascending.
        earlier: their rows, which the base has in place of those of the version.
    """

    told: Iterable[pa.RecordBatch] | None
    behind: pa.StringArray = field(default_factory=lambda: pa.array([], pa.string()))
    earlier: Iterable[pa.RecordBatch] = ()


def plan_onto(
    ours: ManyRows,
    theirs: Iterable[pa.RecordBatch],
    base: OntoBase | None,
    held: HeldHere,
    ref: VersionRef,
    *,
    folder: Callable[[], Path],
    is_whole: bool,
    keeps: bool = False,
) -> OntoVersion:
    """Plan the rows of the version after another: theirs, with the change from base to ours.

    Args:
        ours, theirs: all columns, one row per clip, in the order of clip ids.
        base: None where it is not known: then ours hold, and nothing of them counts as unchanged.
        held: what the workspace knows.
        ref: of theirs.
        folder: gives the folder for the rows of many clips; see `lay_rows`.
        is_whole: whether the workspace had all of the base.
        keeps: whether it was said that versions keep what it lacked of the base.

    Raises:
        ConflictError: here and there the same clip was changed, each otherwise.
        StorageError: the folder cannot be written.
    """
    merge = _Merge(held, base, is_whole=is_whole, keeps=keeps)
    rows = lay_rows(merge.rows(scan_rows(ours), theirs), manifest_schema(), folder)
    merge.refuse(ref)
    return OntoVersion(
        ref=ref,
        rows=rows,
        num_lacking=merge.num_lacking,
        num_kept=merge.num_kept,
        num_newer=merge.num_newer,
        num_gone=merge.num_gone,
        behind=frozenset(merge.behind),
    )


class _Merge:
    """Merges a window of all sides after the other, and counts."""

    def __init__(
        self, held: HeldHere, base: OntoBase | None, *, is_whole: bool, keeps: bool
    ) -> None:
        self.num_lacking = self.num_kept = self.num_newer = self.num_gone = 0
        self.behind: list[str] = []
        self._refused: list[str] = []
        self._held, self._base = held, base
        self._is_whole, self._keeps = is_whole, keeps

    def rows(
        self, ours: Iterable[pa.RecordBatch], theirs: Iterable[pa.RecordBatch]
    ) -> Iterator[pa.RecordBatch]:
        """Give the rows of the next version."""
        base = self._base
        sides = [ours, theirs, *((base.told or (), base.earlier) if base else ((), ()))]
        for batches in in_windows(sides, manifest_schema()):
            here, there, told, earlier = (pa.Table.from_batches([batch]) for batch in batches)
            asked = None
            if base is not None:
                asked = _Asked(there if base.told is None else told, earlier, base.behind)
            yield from self._merged(here, there, asked).combine_chunks().to_batches()

    def _merged(self, ours: pa.Table, theirs: pa.Table, asked: "_Asked | None") -> pa.Table:
        base = None if asked is None else asked.base
        lacking = find_lacking(theirs, self._held, base if self._is_whole else None)
        settled = _find_settled(theirs, base if self._keeps else None)
        self.num_lacking += _count(pc.and_not(lacking, settled))
        self.num_kept += _count(pc.and_(lacking, settled))
        newer = gone = np.zeros(ours.num_rows, bool)
        if asked is not None:
            by_base, by_theirs = _states(ours, asked.base), _states(ours, theirs)
            newer = (by_base == _EQUAL) & (by_theirs == _DIFFERS)
            gone = (by_base == _EQUAL) & (by_theirs == _ABSENT)
            changed_there = _among(ours, _changed(asked.base, theirs))
            both = (by_base == _DIFFERS) & changed_there & (by_theirs != _EQUAL)
            both |= (by_base == _ABSENT) & (by_theirs == _DIFFERS)
            self._refused += ours["clip_id"].filter(pa.array(both)).to_pylist()
            self.num_newer += int((newer & ~asked.as_told(ours, theirs)).sum())
            self.num_gone += int((gone & ~asked.gone_as_told(ours)).sum())
        self.behind += ours["clip_id"].filter(pa.array(newer | gone)).to_pylist()
        taken = pc.is_in(theirs["clip_id"], value_set=_ids(ours.filter(pa.array(newer))))
        brought = theirs.filter(pc.or_(lacking, taken.combine_chunks()))
        kept = ours.filter(pa.array(~(newer | gone)))
        if not brought.num_rows:
            return kept
        return pa.concat_tables([kept, brought]).sort_by("clip_id")

    def refuse(self, ref: VersionRef) -> None:
        """Refuse what would lose somebody's word: of what was changed here and there one holds."""
        if not self._refused:
            return
        raise ConflictError(
            f"{count(len(self._refused), 'clip')} of this workspace and of {ref} were changed here "
            f"and there, each otherwise; the first is {self._refused[0]}: compare with audioset "
            f"diff {ref}, and publish them as they are here with {as_option('replace', 'True')}"
        )


class _Asked:
    """A window of the version that was asked about.

    Args:
        told: the rows of the version.
        earlier: of clips that are here as they were before.
        behind: ids of all of these.

    Attributes:
        base: the rows that the workspace goes on from.
    """

    def __init__(self, told: pa.Table, earlier: pa.Table, behind: pa.StringArray) -> None:
        self.base = self._told = told
        self._behind = OrderedIds(behind)
        if len(behind):
            others = told.filter(pa.array(~self._is_behind(told)))
            self.base = pa.concat_tables([others, earlier])

    def as_told(self, ours: pa.Table, theirs: pa.Table) -> "NDArray[np.bool_]":
        """Tell of each row whether theirs are as they were when one said that they hold."""
        chosen = self._told.filter(pa.array(self._is_behind(self._told)))
        return _among(ours, chosen.filter(pa.array(_states(chosen, theirs) == _EQUAL)))

    def gone_as_told(self, ours: pa.Table) -> "NDArray[np.bool_]":
        """Tell of each row whether it was gone when one said that it is."""
        return self._is_behind(ours) & ~_among(ours, self._told)

    def _is_behind(self, rows: pa.Table) -> "NDArray[np.bool_]":
        return self._behind.places(_ids(rows)) >= 0


def find_lacking(theirs: pa.Table, held: HeldHere, whole: pa.Table | None) -> pa.Array:
    """Tell of each row of a version whether the workspace lacks it without having taken it out.

    Args:
        theirs: ids of clips and sources, and hashes of sources.
        held: what the workspace knows.
        whole: rows of the version that the workspace goes on from, all of which it had; None where
            it is not known, or had not all.
    """
    is_held = OrderedIds(held.clip_ids).places(_ids(theirs)) >= 0
    known = pc.or_(
        pc.or_(pa.array(is_held), pc.is_in(_ids(theirs), value_set=_texts(held.removed.clips))),
        pc.is_in(theirs["source_sha256"], value_set=_texts(held.removed.sources)).combine_chunks(),
    )
    if whole is not None:
        was_here = pc.is_in(theirs["clip_id"], value_set=_ids(whole))
    else:
        was_here = pc.is_in(theirs["source_id"], value_set=_texts(held.source_ids))
    return pc.invert(pc.or_(known, was_here.combine_chunks()))


def _find_settled(theirs: pa.Table, asked: pa.Table | None) -> pa.Array:
    """Tell of each row whether it was there when one said that what is not here is kept."""
    ids = pa.array([], pa.string()) if asked is None else _ids(asked)
    return pc.is_in(theirs["clip_id"], value_set=ids).combine_chunks()


def _count(chosen: pa.Array) -> int:
    return int(pc.sum(chosen, min_count=0).as_py())


def _states(rows: pa.Table, others: pa.Table) -> "NDArray[np.int8]":
    """Tell of each row whether others have its clip, and say the same of it."""
    places = pc.index_in(rows["clip_id"], value_set=_ids(others)).combine_chunks()
    present = _values(places.is_valid())
    found = others.take(places.drop_null())
    same = rows.filter(pa.array(present))
    differs = np.zeros(same.num_rows, bool)
    for name in _COMPARED:
        differs |= differing_rows(same[name].combine_chunks(), found[name].combine_chunks())
    states = np.full(rows.num_rows, _ABSENT, np.int8)
    states[present] = np.where(differs, _DIFFERS, _EQUAL)
    return states


def _changed(base: pa.Table, theirs: pa.Table) -> pa.Table:
    """Give the rows of clips that others changed or took out."""
    return base.filter(pa.array(_states(base, theirs) != _EQUAL))


def _among(rows: pa.Table, others: pa.Table) -> "NDArray[np.bool_]":
    """Tell of each row whether others have its clip."""
    return _values(pc.is_in(_ids(rows), value_set=_ids(others)))


def _ids(rows: pa.Table) -> pa.Array:
    return rows["clip_id"].combine_chunks()


def _texts(values: Iterable[str]) -> pa.Array:
    return pa.array(sorted(values), pa.string())


def _values(column: "pa.Array | pa.ChunkedArray") -> "NDArray[Any]":
    return np.asarray(column.to_numpy(zero_copy_only=False))
