"""The effective manifest: what machines measured, with what people decided laid over it.

A decision about a clip wins over one about its speaker, which wins over what `audioset split`
decided, which wins over the measured row.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audioset.catalog.decisions import (
    Decision,
    DecisionKey,
    DecisionValue,
    RecordedDecision,
    SubjectKind,
)
from audioset.catalog.fields import require_decision
from audioset.curation.workspace.roots import Roots
from audioset.curation.workspace.working import Working
from audioset.errors import NAMES_SHOWN, InvalidInputError, NotFoundError
from audioset.records.manifest import column_names, manifest_schema
from audioset.records.reshaping import RESHAPING_FIELDS
from audioset.records.split_report import SPLIT_AUTHOR
from audioset.settings import user_name
from audioset.storage.tables import list_manifests, scan_manifests

Decisions = Mapping[DecisionKey, tuple[DecisionValue, str]]  # the value, and who decided


def read_effective(working: Working, *, decisions: Decisions | None = None) -> pa.Table:
    """Read what a publish takes: the working clips that nobody rejected, decisions applied.

    Args:
        decisions: those that hold, where they were read already.

    Returns:
        Shape (number of clips, all columns), file after file; empty when nothing was cut yet.

    Raises:
        InvalidInputError: a file is not a manifest, or two files hold the same clip.
        StorageError: a manifest or the catalog cannot be read.
    """
    if not any(working.manifests_dir.glob("*.parquet")):
        return manifest_schema().empty_table()
    table = read_all_effective(working, decisions=decisions)
    # Null, where nobody looked, is no rejection.
    return table.filter(pc.or_kleene(pc.is_null(table["accepted"]), table["accepted"]))


def read_all_effective(
    working: Working, where: str | None = None, *, decisions: Decisions | None = None
) -> pa.Table:
    """Read all working clips, rejected ones too, decisions applied.

    Args:
        where: SQL condition on the columns; other clips stay out.
        decisions: as for `scan_effective`.

    Returns:
        Shape (number of clips, all columns), file after file.

    Raises:
        NotFoundError: nothing was cut yet.
        InvalidInputError: the condition is none; or as for `read_effective`.
        StorageError: a manifest or the catalog cannot be read.
    """
    from audioset.storage.filters import filter_rows

    batches = scan_effective(working, decisions=decisions)
    table = pa.Table.from_batches(batches, schema=manifest_schema())
    return filter_rows(table, where) if where else table


def read_accepted(working: Working, where: str | None = None) -> pa.Table:
    """Read what a publish takes, as `read_effective` does, and require that there is something.

    Args:
        where: SQL condition on the columns; other clips stay out.

    Raises:
        InvalidInputError: no clip was cut, all were rejected, or the condition holds for none; or
            as for `read_effective`.
        StorageError: a manifest or the catalog cannot be read.
    """
    from audioset.storage.filters import filter_rows

    rows = read_effective(working)
    if not rows.num_rows:
        manifests = sorted(working.manifests_dir.glob("*.parquet"))
        was_cut = any(batch.num_rows for batch in scan_manifests(manifests, ["clip_id"]))
        raise InvalidInputError(
            "there is nothing to publish: every clip was rejected; accept some, as audioset decide "
            "CLIP --accept does"
            if was_cut
            else "there is nothing to publish: no clip was cut yet; start with audioset cut FILE"
        )
    kept = filter_rows(rows, where) if where else rows
    if not kept.num_rows:
        raise InvalidInputError(
            f"there is nothing to publish: the condition {where!r} holds for none of "
            f"{rows.num_rows:,} clips"
        )
    return kept


def scan_effective(
    working: Working,
    columns: Sequence[str] | None = None,
    *,
    by_people: bool = False,
    decisions: Decisions | None = None,
) -> Iterator[pa.RecordBatch]:
    """Stream the working manifests with decisions applied, rejected clips included.

    Holds one batch of rows and the decisions, whatever the number of clips.

    Args:
        columns: which to give, in this order; all when None.
        by_people: leave out what `audioset split` decided.
        decisions: those that hold, where they were read already.

    Raises:
        NotFoundError: nothing was cut yet.
        InvalidInputError: a file is not a manifest, or two files hold the same clip.
        StorageError: a manifest or the catalog cannot be read.
    """
    for _, batch in scan_effective_files(
        working, columns, by_people=by_people, decisions=decisions
    ):
        yield batch


def scan_effective_files(
    working: Working,
    columns: Sequence[str] | None = None,
    *,
    by_people: bool = False,
    decisions: Decisions | None = None,
) -> Iterator[tuple[Path, pa.RecordBatch]]:
    """Stream as `scan_effective` does; each batch comes with the file of its rows."""
    wanted = list(columns or column_names())
    held = read_decisions(working) if decisions is None else decisions
    decided = _arrange(held, by_people=by_people)
    read = dict.fromkeys([*wanted, "source_id", *(("clip_id", "speaker") if decided else ())])
    owners = _Owners()
    for path in list_manifests(working.manifests_dir):
        for batch in scan_manifests([path], columns=list(read)):
            owners.add(batch, path)
            yield path, (decided.apply(batch) if decided else batch).select(wanted)


def lay_over(batch: pa.RecordBatch, decisions: Decisions) -> pa.RecordBatch:
    """Lay decisions over rows that were read without them; they have clip_id and speaker."""
    decided = _arrange(decisions)
    return decided.apply(batch) if decided else batch


def record_decisions(
    decisions: Iterable[Decision], working: Working, *, by: str | None = None
) -> int:
    """Record what a person decided, all or nothing; returns how many decisions.

    Args:
        by: who decided; the user's name when None.

    Raises:
        NotFoundError: a clip or speaker that no working manifest has.
        InvalidInputError: a field that a person cannot decide, or a bad value.
        StorageError: the catalog cannot be reached or refused.
    """
    wanted = list(decisions)
    for decision in wanted:
        require_decision(decision)
    roots = Roots.read(working)
    _require_clips({d.subject_id for d in wanted if d.subject_kind == "clip"}, working, roots)
    _require_speakers(wanted, working)
    done = working.catalog.record(roots.about_roots(wanted), by=by or user_name())
    return len(done.row_ids)


def read_history(
    subject_id: str, working: Working, *, subject_kind: SubjectKind = "clip"
) -> list[RecordedDecision]:
    """Give everything that was ever decided about one clip or speaker, oldest first.

    Raises:
        NotFoundError: nothing was ever decided about it, and there is none of that id here.
        StorageError: the catalog cannot be reached.
    """
    is_clip = subject_kind == "clip"
    root = Roots.read(working).root_of(subject_id) if is_clip else subject_id
    found = working.catalog.history(subject_kind, root)
    if not found and not _is_here(subject_id, working, subject_kind):
        raise NotFoundError(
            f"no {subject_kind} {subject_id!r}: nothing was decided about it, and there is none in "
            f"{working.manifests_dir}"
        )
    return found


def _is_here(subject_id: str, working: Working, subject_kind: SubjectKind) -> bool:
    """Tell whether there is such a clip or speaker, perhaps among those that were removed."""
    column = "clip_id" if subject_kind == "clip" else "speaker"
    return any(
        pc.any(pc.equal(batch[column], subject_id)).as_py()
        for clips in (working, working.aside)
        if any(clips.manifests_dir.glob("*.parquet"))
        for batch in scan_effective(clips, [column])
    )


def read_decisions(working: Working) -> Decisions:
    """Give the decisions that hold, and who took each; those about clips by the ids of their rows.

    Raises:
        StorageError: the catalog cannot be reached.
    """
    return Roots.read(working).by_rows(working.catalog.current_with_author())


_PLANNED = "planned"  # about a clip, but not by a person: it gives way to their word on a speaker


@dataclass(slots=True)
class _Decided:
    """Decisions arranged for lookup: `columns[kind][column][id]`, `extra[kind][id][name]`."""

    columns: dict[str, dict[str, dict[str, DecisionValue]]] = field(default_factory=dict)
    extra: dict[str, dict[str, dict[str, DecisionValue]]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.columns or self.extra)

    def apply(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Lay the decisions over a batch that has at least clip_id and speaker."""
        arrays = dict(zip(batch.schema.names, batch.columns, strict=True))
        clip_ids = arrays["clip_id"].to_pylist()
        # Who speaks comes first: facts of a speaker belong to the speaker that was decided.
        speaker_of = self.columns.get("clip", {}).get("speaker", {})
        arrays["speaker"] = _replace(arrays["speaker"], clip_ids, speaker_of)
        speakers = arrays["speaker"].to_pylist()
        for kind, ids in ((_PLANNED, clip_ids), ("speaker", speakers), ("clip", clip_ids)):
            for name, values in self.columns.get(kind, {}).items():
                if name in arrays:
                    arrays[name] = _replace(arrays[name], ids, values)
            if kind in self.extra and "extra" in arrays:
                arrays["extra"] = _update_extra(arrays["extra"], ids, self.extra[kind])
        return pa.RecordBatch.from_arrays(list(arrays.values()), schema=batch.schema)


def _arrange(decisions: Decisions, *, by_people: bool = False) -> _Decided:
    arranged = _Decided()
    known = set(column_names())
    for (subject_kind, subject, name), (value, author) in decisions.items():
        kind = _PLANNED if (name, author) == ("split", SPLIT_AUTHOR) else str(subject_kind)
        if by_people and kind == _PLANNED:
            continue
        if name in RESHAPING_FIELDS:  # they say which rows there are
            continue
        if name not in known:
            arranged.extra.setdefault(kind, {}).setdefault(subject, {})[name] = value
            continue
        columns = arranged.columns.setdefault(kind, {})
        columns.setdefault(name, {})[subject] = value
        if name == "text":
            # The person is now the text's writer, and no model's confidence holds any more.
            writer = "human" if value is not None else None
            columns.setdefault("text_source", {})[subject] = writer
            columns.setdefault("text_score", {})[subject] = None
    return arranged


def _replace(
    array: pa.Array, ids: Sequence[str | None], values: Mapping[str, DecisionValue]
) -> pa.Array:
    """Replace the rows whose id has a value; ids align with the array."""
    rows = [row for row, subject in enumerate(ids) if subject in values]
    if not rows:
        return array
    mask = np.zeros(len(array), bool)
    mask[rows] = True
    replacements = pa.array([values[ids[row] or ""] for row in rows], array.type)
    return pc.replace_with_mask(array, pa.array(mask), replacements)


def _update_extra(
    array: pa.Array, ids: Sequence[str | None], facts: Mapping[str, Mapping[str, DecisionValue]]
) -> pa.Array:
    """Set or remove extra facts of the rows whose id has some."""
    if not any(subject in facts for subject in ids):
        return array
    rows: list[Any] = array.to_pylist()
    for row, subject in enumerate(ids):
        if subject in facts:
            merged = {**dict(rows[row] or ()), **facts[subject or ""]}
            rows[row] = sorted((name, value) for name, value in merged.items() if value is not None)
    return pa.array(rows, array.type)


@dataclass(slots=True)
class _Owners:
    """Which files hold clips of which source, to find a clip that stands in two files.

    A clip id begins with its source id, so only files that share a source are compared.
    """

    files: dict[str, set[Path]] = field(default_factory=dict)
    compared: set[tuple[Path, Path]] = field(default_factory=set)

    def add(self, batch: pa.RecordBatch, path: Path) -> None:
        for source_id in pc.unique(batch.column("source_id")).to_pylist():
            owners = self.files.setdefault(source_id, set())
            for other in sorted(owners - {path}):
                self._compare(other, path)
            owners.add(path)

    def _compare(self, other: Path, path: Path) -> None:
        if (other, path) in self.compared:
            return
        shared = _clip_ids(path) & _clip_ids(other)
        if shared:
            raise InvalidInputError(
                f"clip {min(shared)} stands in both {other} and {path}; keep one of the files"
            )
        self.compared.add((other, path))


def list_clip_ids(working: Working) -> set[str]:
    """List the ids of the working clips; none where there is no manifest.

    Raises:
        InvalidInputError: a file is not a manifest.
        StorageError: a manifest cannot be read.
    """
    paths = working.manifests_dir.glob("*.parquet")
    return set().union(*(_clip_ids(path) for path in paths if not path.name.startswith(".")))


def _clip_ids(path: Path) -> set[str]:
    batches = scan_manifests([path], columns=["clip_id"])
    return {clip_id for batch in batches for clip_id in batch.column(0).to_pylist()}


def _require_clips(wanted: set[str], working: Working, roots: Roots) -> None:
    missing = {clip_id for clip_id in wanted if not roots.knows(clip_id)}
    if missing:
        for batch in scan_manifests(list_manifests(working.manifests_dir), columns=["clip_id"]):
            missing.difference_update(batch.column(0).to_pylist())
            if not missing:
                return
    if missing:
        more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        raise NotFoundError(
            f"no clip {min(missing)!r}{more} in {working.manifests_dir}; a clip's id is the name "
            f"of its file in {working.clips_dir} without .flac"
        )


def _require_speakers(decisions: Sequence[Decision], working: Working) -> None:
    wanted = {d.subject_id for d in decisions if d.subject_kind == "speaker"}
    if not wanted:
        return
    speakers: set[str] = {str(d.value) for d in decisions if d.field == "speaker" and d.value}
    for batch in scan_effective(working, columns=["speaker"]):
        speakers.update(name for name in pc.unique(batch.column(0)).to_pylist() if name)
    missing = sorted(wanted - speakers)
    if missing:
        shown = ", ".join(sorted(speakers)[:NAMES_SHOWN]) or "not set yet"
        raise NotFoundError(f"no clip of speaker {missing[0]!r}; speakers are {shown}")
