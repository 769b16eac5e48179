"""A version is its parent plus a change: what a workspace lacks of its parent, and what is meant.

Three tables decide: the rows of the version that the workspace goes on from (base), its rows as
they are (ours), and those of the version that the next one shall go on from (theirs). Where others
published meanwhile, base and theirs are not the same.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audioset.errors import ConflictError, InvalidInputError, as_option
from audioset.records.held_here import HeldHere
from audioset.records.identity import VersionRef
from audioset.records.manifest import columns
from audioset.storage.arrays import as_booleans, as_texts
from audioset.storage.rows.laid_rows import ManyRows
from audioset.versions.read.differing import differing_rows
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
        rows: what the next version has where all that is kept: theirs, with the change of ours.
        num_lacking: clips that the workspace lacks, and nobody took out here.
        num_kept: clips that it lacked before, of which it was said that versions keep them.
        num_newer: clips that others changed meanwhile, and that are here as they were.
        num_gone: clips that others took out meanwhile, and that are here as they were.
        behind: clips that are here as they were before others changed or took them out, those that
            were asked about before too.
    """

    ref: VersionRef
    rows: pa.Table
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


def plan_onto(
    ours: pa.Table,
    theirs: pa.Table,
    base: pa.Table | None,
    held: HeldHere,
    ref: VersionRef,
    *,
    is_whole: bool,
    keeps: bool = False,
    told: pa.Table | None = None,
    behind: Collection[str] = (),
) -> OntoVersion:
    """Plan the rows of the version after another: theirs, with the change from base to ours.

    Args:
        ours, theirs: all columns, one row per clip.
        base: None where it is not known: then ours hold, and nothing of them counts as unchanged.
        held: what the workspace knows.
        ref: of theirs.
        is_whole: whether the workspace had all of the base.
        keeps: whether it was said that versions keep what it lacked of the base.
        told: the version whose difference from the workspace was asked about; the base when None.
        behind: clips of which it was said that they are as there, and of which the base has the
            rows of the workspace.

    Raises:
        ConflictError: here and there the same clip was changed, each otherwise.
    """
    lacking = find_lacking(theirs, held, base if is_whole else None)
    settled = _find_settled(theirs, base if keeps else None)
    newer = gone = np.zeros(ours.num_rows, bool)
    if base is not None:
        newer, gone = _find_behind(ours, theirs, base, ref)
    taken = pc.is_in(theirs["clip_id"], value_set=_ids(ours.filter(pa.array(newer))))
    brought = theirs.filter(pc.or_(lacking, taken.combine_chunks()))
    kept = ours.filter(pa.array(~(newer | gone)))
    return OntoVersion(
        ref=ref,
        rows=pa.concat_tables([kept, brought.select(kept.column_names)]).combine_chunks(),
        num_lacking=_count(pc.and_not(lacking, settled)),
        num_kept=_count(pc.and_(lacking, settled)),
        num_newer=int((newer & ~_as_told(ours, theirs, told, behind)).sum()),
        num_gone=int((gone & ~_gone_as_told(ours, told, behind)).sum()),
        behind=frozenset(ours.filter(pa.array(newer | gone))["clip_id"].to_pylist()),
    )


def find_lacking(theirs: pa.Table, held: HeldHere, whole: pa.Table | None) -> pa.Array:
    """Tell of each row of a version whether the workspace lacks it without having taken it out.

    Args:
        theirs: ids of clips and sources, and hashes of sources.
        held: what the workspace knows.
        whole: rows of the version that the workspace goes on from, all of which it had; None where
            it is not known, or had not all.
    """
    known = pc.or_(
        pc.is_in(theirs["clip_id"], value_set=as_texts({*held.clip_ids, *held.removed.clips})),
        pc.is_in(theirs["source_sha256"], value_set=as_texts(held.removed.sources)),
    )
    if whole is not None:
        was_here = pc.is_in(theirs["clip_id"], value_set=_ids(whole))
    else:
        was_here = pc.is_in(theirs["source_id"], value_set=as_texts(held.source_ids))
    return pc.invert(pc.or_(known, was_here)).combine_chunks()


def count_others(rows: ManyRows, here: ManyRows) -> int:
    """Count the rows of clips that are not among those that are here."""
    if rows is here:
        return 0
    return _count(pc.invert(pc.is_in(rows["clip_id"], value_set=here["clip_id"])))


def _find_settled(theirs: pa.Table, asked: pa.Table | None) -> pa.Array:
    """Tell of each row whether it was there when one said that what is not here is kept."""
    ids = as_texts(()) if asked is None else _ids(asked)
    return pc.is_in(theirs["clip_id"], value_set=ids).combine_chunks()


def _as_told(
    ours: pa.Table, theirs: pa.Table, told: pa.Table | None, behind: Collection[str]
) -> "NDArray[np.bool_]":
    """Tell of each row whether theirs are as they were when one said that they hold."""
    if told is None or not behind:
        return np.zeros(ours.num_rows, bool)
    chosen = told.filter(pc.is_in(told["clip_id"], value_set=as_texts(behind)))
    same = chosen.filter(pa.array(_states(chosen, theirs) == _EQUAL))
    return as_booleans(pc.is_in(ours["clip_id"], value_set=_ids(same)))


def _gone_as_told(
    ours: pa.Table, told: pa.Table | None, behind: Collection[str]
) -> "NDArray[np.bool_]":
    """Tell of each row whether it was gone when one said that it is."""
    if told is None or not behind:
        return np.zeros(ours.num_rows, bool)
    asked = as_booleans(pc.is_in(ours["clip_id"], value_set=as_texts(behind)))
    return asked & ~as_booleans(pc.is_in(ours["clip_id"], value_set=_ids(told)))


def _count(chosen: pa.Array) -> int:
    return int(pc.sum(chosen, min_count=0).as_py())


def _refuse(ours: pa.Table, both: "NDArray[np.bool_]", ref: VersionRef) -> None:
    """Refuse what would lose somebody's word: of what was changed here and there one holds."""
    if not both.any():
        return
    clips = ours.filter(pa.array(both))["clip_id"]
    raise ConflictError(
        f"{count(len(clips), 'clip')} of this workspace and of {ref} were changed here and there, "
        f"each otherwise; the first is {clips[0].as_py()}: compare with audioset diff {ref}, and "
        f"publish them as they are here with {as_option('replace', 'True')}"
    )


def _find_behind(
    ours: pa.Table, theirs: pa.Table, base: pa.Table, ref: VersionRef
) -> "tuple[NDArray[np.bool_], NDArray[np.bool_]]":
    """Tell of each row whether others changed its clip, or took it out, and it is as it was here.

    Only clips of which base and theirs differ are compared with ours: they are few.

    Raises:
        ConflictError: as `plan_onto`.
    """
    newer, gone = np.zeros((2, ours.num_rows), bool)
    changed = pc.is_in(ours["clip_id"], value_set=_changed_ids(base, theirs))
    met = np.flatnonzero(as_booleans(changed))
    if len(met):
        clips = ours.take(pa.array(met))
        by_base, by_theirs = _states(clips, base), _states(clips, theirs)
        _refuse(clips, (by_base != _EQUAL) & (by_theirs != _EQUAL), ref)
        newer[met] = (by_base == _EQUAL) & (by_theirs == _DIFFERS)
        gone[met] = (by_base == _EQUAL) & (by_theirs == _ABSENT)
    return newer, gone


def _states(rows: pa.Table, others: pa.Table) -> "NDArray[np.int8]":
    """Tell of each row whether others have its clip, and say the same of it."""
    places = pc.index_in(rows["clip_id"], value_set=_ids(others)).combine_chunks()
    present = places.is_valid()
    places = places.drop_null()
    differs = np.zeros(len(places), bool)
    for name in _COMPARED if len(places) else ():  # Arrow aborts at maps without a chunk
        ours, theirs = rows[name].filter(present), others[name].take(places)
        differs |= differing_rows(ours.combine_chunks(), theirs.combine_chunks())
    states = np.full(rows.num_rows, _ABSENT, np.int8)
    states[as_booleans(present)] = np.where(differs, _DIFFERS, _EQUAL)
    return states


def _changed_ids(base: pa.Table, theirs: pa.Table) -> pa.Array:
    """Give the ids of clips that others changed, took out or brought."""
    if base is theirs:
        return as_texts(())
    changed = base["clip_id"].filter(pa.array(_states(base, theirs) != _EQUAL))
    brought = theirs["clip_id"].filter(pc.invert(pc.is_in(theirs["clip_id"], _ids(base))))
    return pa.chunked_array([*changed.chunks, *brought.chunks], pa.string()).combine_chunks()


def _ids(rows: pa.Table) -> pa.Array:
    return rows["clip_id"].combine_chunks()
