"""Which columns a table of clips has, in which order, and what can be decided in them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from audioset.catalog.fields import DECIDABLE_COLUMNS, NOTE_FIELD, UNSURE, is_private
from audioset.errors import InvalidInputError
from audioset.interop.clip_tables.cells import show_cell
from audioset.near_names import near_or_all
from audioset.records.manifest import FACT_COLUMNS, column_names, columns

if TYPE_CHECKING:
    import pyarrow as pa

SUBJECT = "clip_id"
EXPORTED = "exported"  # the column that names the export, and the hidden sheet of a workbook
FACTS = "extra"  # the column of facts without one of their own; each becomes one here
# What people change first; then what they may look at, where there is something in it.
_FIRST = ("text", "speaker", "accepted", "split", *FACT_COLUMNS[1:])
_THEN = (
    "flags", "length_seconds", "source_name", "start_seconds", "text_source", "text_score",
    "hypothesis", "line", "take", "snr_db", "loudness_lufs", "clipped_share", "speech_share",
    "edge_speech",
)  # fmt: skip
_OF_MANIFEST = frozenset(column_names())
_KINDS: dict[str, str] = {
    column.name: column.metadata["arrow"].rstrip("0123456789").replace("map<string, string>", "map")
    for column in columns()
}


def kind_of(column: str) -> str:
    """Give the kind of a column's values: "text", "string", "bool", "int" or "float"."""
    if is_private(column):
        return "text" if column == NOTE_FIELD else "bool"
    return "text" if column == "text" else _KINDS.get(column, "string")


def is_decidable(column: str) -> bool:
    """Tell whether people decide a column: some of the manifest's, and every fact."""
    if column in _OF_MANIFEST:
        return column in DECIDABLE_COLUMNS
    return column not in (SUBJECT, EXPORTED) and not _hides_column(column)


def fact_column(key: str) -> str:
    """Name the column of a fact: as `to_pandas` does, where a column of the manifest has its name.

    Such a fact cannot be decided: the decision would be about the column.
    """
    return f"{FACTS}_{key}" if key in _OF_MANIFEST or key == EXPORTED else key


def _hides_column(column: str) -> bool:
    bare = column.removeprefix(f"{FACTS}_")
    return bare != column and (bare in _OF_MANIFEST or bare == EXPORTED)


@dataclass(frozen=True, slots=True)
class ShownClips:
    """Clips as rows of cells.

    Attributes:
        columns: without `clip_id`.
        cells: by clip id, in the order of the columns.
    """

    columns: tuple[str, ...]
    cells: Mapping[str, tuple[str, ...]]


def fact_keys(table: "pa.Table") -> set[str]:
    """Give the names of the facts that any clip has."""
    return {key for pairs in table[FACTS].to_pylist() for key, _ in pairs or ()}


def show_clips(
    table: "pa.Table",
    wanted: Sequence[str] | None = None,
    *,
    unsure: Collection[str] = (),
) -> ShownClips:
    """Show rows of a manifest as cells.

    Args:
        table: all columns.
        wanted: columns and facts to show, those that nobody has as empty ones; when None those that
            people change, then those to look at that are not empty.
        unsure: ids of clips of which a person was unsure, of whom the column `accepted` is null.
    """
    facts = [dict(pairs or ()) for pairs in table[FACTS].to_pylist()]
    keys = {fact_column(key): key for key in sorted({key for each in facts for key in each})}
    names = _default(table, keys) if wanted is None else list(wanted)
    shown: list[list[str]] = []
    for name in names:
        values: Sequence[Any] = (
            table[name].to_pylist()
            if name in _OF_MANIFEST
            else [each.get(keys.get(name, name)) for each in facts]
        )
        shown.append([show_cell(value) for value in values])
        if name == "accepted" and unsure:
            clips = zip(table[SUBJECT].to_pylist(), shown[-1], strict=True)
            shown[-1] = [UNSURE if clip in unsure else cell for clip, cell in clips]
    rows = zip(*shown, strict=True) if shown else [()] * table.num_rows
    return ShownClips(tuple(names), dict(zip(table[SUBJECT].to_pylist(), rows, strict=True)))


def _default(table: "pa.Table", facts: Mapping[str, str]) -> list[str]:
    then = [name for name in _THEN if table[name].null_count < table.num_rows]
    decidable = [name for name in facts if is_decidable(name)]
    others = [name for name in facts if name not in decidable]
    return [*_FIRST, *decidable, *then, *others]


def choose_columns(names: Sequence[str], table: "pa.Table") -> list[str] | None:
    """Give the columns that somebody names, each once; None where nobody names one.

    Raises:
        InvalidInputError: no clip has such a column.
    """
    known = [name for name in column_names() if name != FACTS]
    known += sorted(map(fact_column, fact_keys(table)))
    for name in names:
        if name not in known:
            hint = near_or_all(name.lower(), known, told="there are")
            raise InvalidInputError(f"no clip has a column or fact {name!r}; {hint}")
    chosen = [name for name in dict.fromkeys(names) if name not in (SUBJECT, EXPORTED)]
    return chosen if names else None
