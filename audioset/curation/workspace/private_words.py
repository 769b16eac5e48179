"""What people wrote of clips for each other alone, as columns that a condition may name.

They are in no manifest and never published: only a workspace can be asked by them. What a filter of
a published version says has to hold for whoever reads it.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import pyarrow as pa

from audioset.catalog.decisions import HeldDecision
from audioset.catalog.fields import ACCEPTED_TEXT_FIELD, NOTE_FIELD, TAG
from audioset.curation.workspace.clip_sets import ClipSet, large_batches
from audioset.curation.workspace.roots import Roots
from audioset.curation.workspace.working import Working
from audioset.records.manifest import column_names, manifest_schema

FieldsHeld = Mapping[str, HeldDecision]  # of one clip: field to what holds
_WORDS = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")


def note_of(held: FieldsHeld) -> str | None:
    """Give the note of a clip."""
    value = held[NOTE_FIELD].value if NOTE_FIELD in held else None
    return value if isinstance(value, str) else None


def tags_of(held: FieldsHeld) -> list[str]:
    """Give the tags among the decisions about a clip, sorted."""
    tagged = (name for name, each in held.items() if name.startswith(TAG) and each.value)
    return sorted(name.removeprefix(TAG) for name in tagged)


def text_accepted(held: FieldsHeld) -> str | None:
    """Give the text with which a clip was accepted that has another one now, else None.

    Who accepts it again, or decides its text, has heard it as it is.
    """
    note, verdict = held.get(ACCEPTED_TEXT_FIELD), held.get("accepted")
    if note is None or verdict is None or verdict.value is not True or "text" in held:
        return None
    return note.value if isinstance(note.value, str) and note.row_id > verdict.row_id else None


_TEXTS, _LISTS = pa.string(), pa.list_(pa.string())
_COLUMNS: Mapping[str, tuple[pa.DataType, Callable[[FieldsHeld], object]]] = {
    NOTE_FIELD: (_TEXTS, note_of),
    "tags": (_LISTS, lambda held: tags_of(held) or None),
    ACCEPTED_TEXT_FIELD: (_TEXTS, text_accepted),
}


def words_of(where: str) -> set[str]:
    """Give the words of a condition, names of columns among them, in small letters."""
    return {word.lower() for word in _WORDS.findall(where)}


def names_private_words(where: str) -> bool:
    """Tell whether a condition may look at what is private."""
    return not words_of(where).isdisjoint(_COLUMNS)


def with_private_words(rows: pa.Table, held_of: Callable[[str], FieldsHeld]) -> pa.Table:
    """Give rows with a column of each kind of private words, null where there are none.

    Args:
        rows: at least a column `clip_id`.
        held_of: gives what is decided about a clip, by the id of its row.
    """
    held = [held_of(clip_id) for clip_id in rows["clip_id"].to_pylist()]
    for name, (kind, read) in _COLUMNS.items():
        rows = rows.append_column(name, pa.array([read(each) for each in held], kind))
    return rows


def filter_with_private_words(rows: pa.Table, where: str, working: Working) -> pa.Table:
    """Keep the rows of a workspace for which a condition holds; see `storage.filters.filter_rows`.

    It may name `note`, `tags` (a list) and `accepted_text` too.

    Raises:
        InvalidInputError: as `filter_rows`.
        StorageError: the catalog cannot be read.
    """
    from audioset.storage.filters import filter_rows

    if not names_private_words(where):
        return filter_rows(rows, where)
    held = read_private_words(working)
    widened = with_private_words(rows, lambda clip_id: held.get(clip_id, {}))
    return filter_rows(widened, where).select(rows.column_names)


def scan_where(
    scan: Callable[[Sequence[str]], Iterable[pa.RecordBatch]],
    where: str,
    columns: Sequence[str],
    held_of: Callable[[str], FieldsHeld] | None,
) -> Iterator[pa.RecordBatch]:
    """Stream columns of the rows for which a condition holds; see `storage.filters.filter_rows`.

    Only these columns and those that it names are read.

    Args:
        scan: streams columns of all rows.
        where: the condition.
        columns: that are given.
        held_of: gives what is decided about a clip, for a condition that names private words too;
            None for rows that have none.

    Raises:
        InvalidInputError: not a condition, an unknown column, or one that takes too long.
    """
    from audioset.storage.filters import filter_rows

    said = words_of(where)
    named = dict.fromkeys(["clip_id", *columns, *(n for n in column_names() if n in said)])
    is_private = held_of is not None and names_private_words(where)

    def kept(rows: pa.Table) -> pa.Table:
        if held_of is not None and is_private:
            rows = with_private_words(rows, held_of)
        return filter_rows(rows, where).select(columns)

    empty = True
    for batch in large_batches(scan(list(named)), list(named)):
        empty = False
        yield from kept(_widened(batch)).to_batches()
    if empty:  # a bad condition is told also where there is no clip
        kept(manifest_schema().empty_table())


def clips_where(clips: ClipSet, where: str, working: Working | None) -> ClipSet:
    """Give those of some clips for which a condition holds.

    Args:
        clips: all of them.
        where: as for `scan_where`.
        working: the workspace that they are the clips of; None for those of a version.

    Raises:
        StorageError: the catalog cannot be read.
    """
    held = read_private_words(working) if working and names_private_words(where) else {}

    def scan(columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        held_of = (lambda clip_id: held.get(clip_id, {})) if working else None
        return scan_where(clips.scan, where, columns, held_of)

    return ClipSet(f"{clips.name} where {where}", scan, clips.audio)


def _widened(batch: pa.RecordBatch) -> pa.Table:
    """Give a batch all columns, null where they were not read: messages name those there are."""
    arrays = [
        batch.column(column.name)
        if column.name in batch.schema.names
        else pa.nulls(batch.num_rows, column.type)
        for column in manifest_schema()
    ]
    return pa.Table.from_arrays(arrays, names=manifest_schema().names)


def read_private_words(working: Working) -> Mapping[str, FieldsHeld]:
    """Read what is decided about each clip, by the id of its row.

    Raises:
        StorageError: the catalog cannot be read.
    """
    found: defaultdict[str, dict[str, HeldDecision]] = defaultdict(dict)
    for (kind, clip_id, name), what in (
        Roots.read(working).by_rows(working.catalog.held_all()).items()
    ):
        if kind == "clip":
            found[clip_id][name] = what
    return found
