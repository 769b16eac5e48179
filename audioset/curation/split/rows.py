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
from audioset.curation.split.shared import (
    CODED_COLUMNS,
    by_clip_id,
    only,
)
from audioset.curation.workspace.effective import fields_of, read_decisions, scan_effective
from audioset.curation.workspace.working import Working
from audioset.records.manifest import manifest_schema
from audioset.records.published_clips import PublishedClips
from audioset.records.split_report import SPLIT_AUTHOR
from audioset.records.version import FIRST_VERSION
from audioset.storage.arrays import code_columns, coded_schema, replace_column

_NEVER = np.iinfo(np.int32).max  # first version of a clip that no version holds
_PEOPLE, _BEFORE = "split_by_people", "split_before"
_OUT, _ACTIVE = "withdrawn", "active"

# Columns, and what tells by them which rows are meant.
WhichRows = tuple[Sequence[str], Callable[[pa.RecordBatch], NDArray[np.bool_]]]
ReadPublished = Callable[[pa.ChunkedArray], PublishedClips]


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
    read_published: ReadPublished,
    columns: Sequence[str],
    *,
    withdrawn: WhichRows | None = None,
    anew: bool,
) -> SplitRows:
    """Bring working clips, what people decided and what was published into one table.

    Clips that were rejected, or that only older versions hold, keep their split too: what shares
    something with them must not go to another one. A model may have been tested on them.

    Args:
        read_published: given the ids of the working clips, gives what versions say.
        columns: as `shared_columns` gives them.
        withdrawn: tells which working clips were withdrawn.
        anew: only what people decided is held.

    Raises:
        NotFoundError: there are no working clips.
    """
    here = _read_here(working, columns, withdrawn)
    published = read_published(here["clip_id"])
    before, by_people = here["split"], here[_PEOPLE]
    held = by_people if anew else pc.coalesce(by_people, published.splits, before)
    here = replace_column(here, "split", held).append_column(_BEFORE, before)
    first_versions = published.first_versions
    here = here.append_column(FIRST_VERSION, pa.array(first_versions, mask=first_versions < 0))
    num_withdrawn = int(pc.sum(here[_OUT], min_count=0).as_py())
    active = pc.and_(pc.fill_null(here["accepted"], True), pc.invert(here[_OUT]))  # noqa: FBT003
    table = here.drop_columns([_OUT]).append_column(_ACTIVE, active)
    if len(published.gone):
        table = pa.concat_tables([table, _gone(published.gone, table.schema, anew=anew)])
    # Whoever is not published and has no split can leak nothing.
    matters = pc.or_(table[_ACTIVE], pc.is_valid(table["split"]))
    table = by_clip_id(only(table, np.asarray(matters)).unify_dictionaries())
    return _number(table, columns, num_withdrawn=num_withdrawn)


def _read_here(working: Working, columns: Sequence[str], withdrawn: WhichRows | None) -> pa.Table:
    """Read the working clips file after file; gives them in the order of their ids.

    Beside the columns: the splits without those that the command decided, and whether a clip was
    withdrawn.
    """
    told_by, is_out = withdrawn or ((), _none)
    wanted = tuple(dict.fromkeys((*columns, *told_by)))
    schema = coded_schema(manifest_schema(), columns, CODED_COLUMNS)
    decisions = read_decisions(working, fields_of(wanted))
    batches, out = [], []
    for batch in scan_effective(working, wanted, decisions=decisions):
        batches.append(code_columns(batch, schema))
        out.append(is_out(batch))
    rows = pa.Table.from_batches(batches, schema)
    by_people = rows["split"]
    if _was_planned(decisions):
        scan = scan_effective(working, ("split",), by_people=True, decisions=decisions)
        by_people = pa.Table.from_batches(scan)["split"]
    rows = rows.append_column(_PEOPLE, by_people).append_column(_OUT, pa.chunked_array(out))
    return by_clip_id(rows.unify_dictionaries())


def _gone(rows: pa.Table, schema: pa.Schema, *, anew: bool) -> pa.Table:
    """Give clips that only versions hold as those that are here: nobody decides about them."""
    nothing = pa.nulls(len(rows), pa.string())
    made = {_PEOPLE: nothing, _BEFORE: nothing, _ACTIVE: pa.array(np.zeros(len(rows), bool))}
    if anew:
        made["split"] = nothing
    columns = [made[name] if name in made else rows[name] for name in schema.names]
    return pa.Table.from_arrays(columns, schema=schema)


def _none(batch: pa.RecordBatch) -> NDArray[np.bool_]:
    return np.zeros(len(batch), bool)


def _was_planned(decisions: HeldColumns) -> bool:
    """Tell whether the command decided any split; else people did all that there are."""
    column = decisions.columns.get(("clip", "split"))
    return column is not None and bool(pc.any(column.is_by(SPLIT_AUTHOR)).as_py())


class _Ids(Sequence[str]):
    """Clip ids by number, which as objects would take twice as much."""

    def __init__(self, ids: pa.ChunkedArray) -> None:
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
        ids=_Ids(table["clip_id"]),
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
