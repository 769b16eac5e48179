"""The clips that `audioset split` divides, and the split that each of them holds already."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from audioset.catalog.held_columns import HeldColumns
from audioset.curation.split.leaks import Sides, sides_of, split_names
from audioset.curation.split.plan import Candidates
from audioset.curation.split.shared import CODED_COLUMNS, by_clip_id, only
from audioset.curation.workspace.effective import fields_of, read_decisions, scan_effective
from audioset.curation.workspace.working import Working
from audioset.records.manifest import manifest_schema
from audioset.records.split_report import SPLIT_AUTHOR
from audioset.records.version import FIRST_VERSION
from audioset.storage.arrays import code_columns, coded_schema
from audioset.storage.rows.ordered_ids import OrderedIds

_NEVER = np.iinfo(np.int64).max  # first version of a clip that no version holds
_PEOPLE, _BEFORE, _ACTIVE = "split_by_people", "split_before", "active"

# Columns, and what tells by them which rows are meant.
WhichRows = tuple[Sequence[str], Callable[[pa.RecordBatch], NDArray[np.bool_]]]


@dataclass(frozen=True, slots=True, eq=False)
class SplitRows:
    """Clips to divide, and clips that only hold their split: rejected ones, those of old versions.

    Attributes:
        table: `shared_columns` in the order of clip ids.
        clips: the same as numbers.
        by_people: bool, shape (number,): a person decided the split.
        before: splits as they are now.
        num_withdrawn: working clips that were withdrawn, and count as rejected.
    """

    table: pa.Table
    clips: Candidates
    by_people: NDArray[np.bool_]
    before: Sides
    num_withdrawn: int


def read_split_rows(
    working: Working,
    published: pa.Table,
    columns: Sequence[str],
    *,
    withdrawn: WhichRows | None = None,
    anew: bool,
) -> SplitRows:
    """Bring working clips, what people decided and what was published into one table.

    Clips that were rejected, or that only older versions hold, keep their split too: what shares
    something with them must not go to another one. A model may have been tested on them.

    Args:
        published: all clips of all versions in the order of their ids: the columns and
            `first_version` (int64).
        columns: as `shared_columns` gives them.
        withdrawn: tells which working clips were withdrawn.
        anew: only what people decided is held.

    Raises:
        NotFoundError: there are no working clips.
    """
    here = _Here.read(working, columns, withdrawn, published)
    rows, known = here.rows, here.places >= 0
    of_published = pa.array(here.places, mask=~known)
    before = rows["split"]
    held = here.by_people
    if not anew:
        held = pc.coalesce(held, published["split"].take(of_published), before)
    first_versions = published[FIRST_VERSION].take(of_published)
    rows = _with_columns(rows, columns, held, here.by_people, before, first_versions)
    others: NDArray[np.bool_] = np.ones(len(published), bool)
    others[here.places[known]] = False
    gone = published.filter(pa.array(others))
    nothing = pa.chunked_array([pa.nulls(len(gone), pa.string())])
    gone = _with_columns(
        gone, columns, nothing if anew else gone["split"], nothing, nothing, gone[FIRST_VERSION]
    )
    accepted = pc.fill_null(rows["accepted"], True)  # noqa: FBT003  Arrow's way
    accepted = pc.and_(accepted, pa.array(~here.out))
    active = pa.chunked_array([*accepted.chunks, pa.array(np.zeros(len(gone), bool))])
    table = pa.concat_tables([rows, gone]).append_column(_ACTIVE, active)
    # Whoever is not published and has no split can leak nothing.
    matters = pc.or_(table[_ACTIVE], pc.is_valid(table["split"]))
    table = by_clip_id(only(table, np.asarray(matters)).unify_dictionaries())
    return _number(table, columns, num_withdrawn=int(here.out.sum()))


@dataclass(frozen=True, slots=True, eq=False)
class _Here:
    """The working clips, read file after file.

    Attributes:
        rows: the columns.
        by_people: splits without those that the command decided.
        out: whether a clip was withdrawn.
        places: of each clip among the published ones; -1 for others.
    """

    rows: pa.Table
    by_people: pa.ChunkedArray
    out: NDArray[np.bool_]
    places: NDArray[np.int64]

    @classmethod
    def read(
        cls,
        working: Working,
        columns: Sequence[str],
        withdrawn: WhichRows | None,
        published: pa.Table,
    ) -> "_Here":
        told_by, is_out = withdrawn or ((), _none)
        wanted = tuple(dict.fromkeys((*columns, *told_by)))
        schema = coded_schema(manifest_schema(), columns, CODED_COLUMNS)
        decisions = read_decisions(working, fields_of(wanted))
        ordered = OrderedIds(published["clip_id"].combine_chunks())
        batches, out, places = [], [], []
        for batch in scan_effective(working, wanted, decisions=decisions):
            batches.append(code_columns(batch, schema))
            out.append(is_out(batch))
            places.append(ordered.places(batch["clip_id"]))
        rows = pa.Table.from_batches(batches, schema)
        by_people = rows["split"]
        if _was_planned(decisions):
            scan = scan_effective(working, ("split",), by_people=True, decisions=decisions)
            by_people = pa.Table.from_batches(scan)["split"]
        return cls(rows, by_people, np.concatenate(out), np.concatenate(places))


def _none(batch: pa.RecordBatch) -> NDArray[np.bool_]:
    return np.zeros(len(batch), bool)


def _was_planned(decisions: HeldColumns) -> bool:
    """Tell whether the command decided any split; else people did all that there are."""
    column = decisions.columns.get(("clip", "split"))
    return column is not None and bool(pc.any(column.is_by(SPLIT_AUTHOR)).as_py())


def _with_columns(
    rows: pa.Table,
    columns: Sequence[str],
    held: pa.ChunkedArray,
    by_people: pa.ChunkedArray,
    before: pa.ChunkedArray,
    first_version: pa.ChunkedArray,
) -> pa.Table:
    """Give what clips may share, with the split that is held, and what tells of splits."""
    at = columns.index("split")
    rows = rows.select(columns).set_column(at, manifest_schema().field("split"), held)
    for name, column in ((_PEOPLE, by_people), (_BEFORE, before), (FIRST_VERSION, first_version)):
        rows = rows.append_column(name, column)
    return rows


class _Ids(Sequence[str]):
    """Clip ids by number, which as objects would take twice as much."""

    def __init__(self, ids: pa.StringArray) -> None:
        self._ids = ids

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, number: int) -> str: ...

    @overload
    def __getitem__(self, number: slice) -> list[str]: ...

    def __getitem__(self, number: int | slice) -> Any:
        found = self._ids[number]
        return found.to_pylist() if isinstance(number, slice) else found.as_py()


def _number(table: pa.Table, columns: Sequence[str], *, num_withdrawn: int) -> SplitRows:
    active = np.asarray(table[_ACTIVE])
    names = split_names(table["split"], table[_BEFORE])
    clips = Candidates(
        ids=_Ids(table["clip_id"].combine_chunks()),
        seconds=np.where(active, np.asarray(table["length_seconds"]), 0.0),
        fixed=sides_of(table["split"], names).of_clip,
        active=active,
        first_version=np.asarray(pc.fill_null(table[FIRST_VERSION], _NEVER)),
    )
    return SplitRows(
        table=table.select(columns),
        clips=clips,
        by_people=np.asarray(pc.is_valid(table[_PEOPLE])) & active,
        before=sides_of(table[_BEFORE], names),
        num_withdrawn=num_withdrawn,
    )
