"""The clips that `audioset split` divides, and the split that each of them holds already."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from audioset.curation.split.leaks import Sides, sides_of, split_names
from audioset.curation.split.plan import Candidates
from audioset.curation.split.shared import SHARED_COLUMNS, by_clip_id, only
from audioset.curation.workspace.effective import scan_effective
from audioset.curation.workspace.working import Working
from audioset.records.manifest import manifest_schema
from audioset.records.version import FIRST_VERSION

_NEVER = np.iinfo(np.int64).max  # first version of a clip that no version holds
_PEOPLE, _BEFORE, _ACTIVE = "split_by_people", "split_before", "active"

WhichRows = Callable[[pa.Table], NDArray[np.bool_]]


@dataclass(frozen=True, slots=True, eq=False)
class SplitRows:
    """Clips to divide, and clips that only hold their split: rejected ones, those of old versions.

    Attributes:
        table: `SHARED_COLUMNS` in the order of clip ids.
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
    working: Working, published: pa.Table, *, withdrawn: WhichRows | None = None, anew: bool
) -> SplitRows:
    """Bring working clips, what people decided and what was published into one table.

    Clips that were rejected, or that only older versions hold, keep their split too: what shares
    something with them must not go to another one. A model may have been tested on them.

    Args:
        published: all clips of all versions: `SHARED_COLUMNS` and `first_version` (int64).
        withdrawn: tells which working clips were withdrawn.
        anew: only what people decided is held.

    Raises:
        NotFoundError: there are no working clips.
    """
    rows = _as_table(scan_effective(working, SHARED_COLUMNS))
    out = withdrawn(rows) if withdrawn else np.zeros(len(rows), bool)
    by_people = _as_table(scan_effective(working, ("split",), by_people=True))["split"]
    places = pc.index_in(rows["clip_id"], value_set=published["clip_id"].combine_chunks())
    known = published.select([FIRST_VERSION, "split"]).take(places.combine_chunks())
    before = rows["split"]
    held = by_people if anew else pc.coalesce(by_people, known["split"], before)
    rows = _with_columns(rows, held, by_people, before, known[FIRST_VERSION])
    others = pc.invert(pc.is_in(published["clip_id"], value_set=rows["clip_id"].combine_chunks()))
    gone = published.filter(others)
    nothing = pa.chunked_array([pa.nulls(len(gone), pa.string())])
    gone = _with_columns(
        gone, nothing if anew else gone["split"], nothing, nothing, gone[FIRST_VERSION]
    )
    accepted = pc.fill_null(rows["accepted"], True)  # noqa: FBT003  Arrow's way
    accepted = pc.and_(accepted, pa.array(~out))
    active = pa.chunked_array([*accepted.chunks, pa.array(np.zeros(len(gone), bool))])
    table = pa.concat_tables([rows, gone]).append_column(_ACTIVE, active)
    # Whoever is not published and has no split can leak nothing.
    matters = pc.or_(table[_ACTIVE], pc.is_valid(table["split"]))
    table = by_clip_id(only(table, np.asarray(matters)))
    return _number(table, num_withdrawn=int(out.sum()))


def _as_table(batches: Iterable[pa.RecordBatch]) -> pa.Table:
    return pa.Table.from_batches(batches)


def _with_columns(
    rows: pa.Table,
    held: pa.ChunkedArray,
    by_people: pa.ChunkedArray,
    before: pa.ChunkedArray,
    first_version: pa.ChunkedArray,
) -> pa.Table:
    """Give what clips may share, with the split that is held, and what tells of splits."""
    at = SHARED_COLUMNS.index("split")
    rows = rows.select(SHARED_COLUMNS).set_column(at, manifest_schema().field("split"), held)
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


def _number(table: pa.Table, *, num_withdrawn: int) -> SplitRows:
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
        table=table.select(SHARED_COLUMNS),
        clips=clips,
        by_people=np.asarray(pc.is_valid(table[_PEOPLE])) & active,
        before=sides_of(table[_BEFORE], names),
        num_withdrawn=num_withdrawn,
    )
