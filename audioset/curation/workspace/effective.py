"""The effective manifest: what machines measured, with what people decided laid over it.

A decision about a clip wins over one about its speaker, which wins over what `audioset split`
decided, which wins over the measured row.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from audioset.catalog.decisions import (
    Decision,
    DecisionKey,
    Recorded,
    RecordedDecision,
    SubjectKind,
)
from audioset.catalog.fields import DECIDABLE_COLUMNS, UNSURE, require_decision
from audioset.catalog.held_columns import HeldColumns
from audioset.curation.workspace.former_ids import with_former_ids
from audioset.curation.workspace.laid_over import Decisions, UnsureVerdicts, arrange
from audioset.curation.workspace.private_words import filter_with_private_words
from audioset.curation.workspace.roots import Roots
from audioset.curation.workspace.working import Working
from audioset.errors import NAMES_SHOWN, InvalidInputError, NotFoundError, as_option
from audioset.near_names import ask_whether
from audioset.records.manifest import column_names, manifest_schema
from audioset.settings import user_name
from audioset.storage.tables import list_manifests, scan_manifests

_FEW = 100


def read_effective(
    working: Working, *, decisions: Decisions | None = None, with_unsure: bool = False
) -> pa.Table:
    """Read what a publish takes: the working clips that nobody rejected, decisions applied.

    Args:
        decisions: those that hold, where they were read already.
        with_unsure: take those too of which a person was unsure.

    Returns:
        Shape (number of clips, all columns), file after file; empty when nothing was cut yet.

    Raises:
        InvalidInputError: a file is not a manifest, or two files hold the same clip.
        StorageError: a manifest or the catalog cannot be read.
    """
    if not any(working.manifests_dir.glob("*.parquet")):
        return manifest_schema().empty_table()
    held = read_decisions(working) if decisions is None else decisions
    table = read_all_effective(working, decisions=held)
    # Null, where nobody looked, is no rejection.
    kept = table.filter(pc.or_kleene(pc.is_null(table["accepted"]), table["accepted"]))
    unsure = frozenset() if with_unsure else find_unsure(working, held)
    if not unsure:
        return kept
    return kept.filter(pc.invert(pc.is_in(kept["clip_id"], pa.array(sorted(unsure)))))


def find_unsure(working: Working, decisions: Decisions | None = None) -> frozenset[str]:
    """Give the working clips of which a person was unsure: of them, or of all of their speaker's.

    Args:
        decisions: those that hold, where they were read already.

    Raises:
        StorageError: a manifest or the catalog cannot be read.
    """
    if decisions is None and not working.catalog.ever_said("accepted", UNSURE):
        return frozenset()
    held = read_decisions(working, ["accepted"]) if decisions is None else decisions
    unsure = UnsureVerdicts(held)
    if not unsure or not any(working.manifests_dir.glob("*.parquet")):
        return frozenset()
    found: set[str] = set()
    for batch in scan_effective(working, ["clip_id", "speaker"], decisions=decisions):
        found.update(batch["clip_id"].filter(unsure.of(batch)).to_pylist())
    return frozenset(found)


def read_all_effective(
    working: Working, where: str | None = None, *, decisions: Decisions | None = None
) -> pa.Table:
    """Read all working clips, rejected ones too, decisions applied.

    Args:
        where: SQL condition on the columns, and on what is private; other clips stay out.
        decisions: as for `scan_effective`.

    Returns:
        Shape (number of clips, all columns), file after file.

    Raises:
        NotFoundError: nothing was cut yet.
        InvalidInputError: the condition is none; or as for `read_effective`.
        StorageError: a manifest or the catalog cannot be read.
    """
    batches = scan_effective(working, decisions=decisions)
    table = pa.Table.from_batches(batches, schema=manifest_schema())
    return filter_with_private_words(table, where, working) if where else table


def tell_nothing(working: Working) -> InvalidInputError:
    """Tell why there is nothing to publish."""
    return InvalidInputError(f"there is nothing to publish: {_why_nothing(working)}")


def _why_nothing(working: Working) -> str:
    manifests = sorted(working.manifests_dir.glob("*.parquet"))
    if not any(batch.num_rows for batch in scan_manifests(manifests, ["clip_id"])):
        return "no clip was cut yet; start with audioset cut FILE"
    if find_unsure(working):
        return (
            "every clip was rejected or left unsure; accept some, as audioset decide CLIP --accept "
            f"does, or take the unsure ones too: {as_option('with_unsure')}"
        )
    return "every clip was rejected; accept some, as audioset decide CLIP --accept does"


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
    paths: Iterable[Path] | None = None,
) -> Iterator[tuple[Path, pa.RecordBatch]]:
    """Stream as `scan_effective` does; each batch comes with the file of its rows.

    Args:
        columns, by_people, decisions: as for `scan_effective`.
        paths: the working manifests, in the order in which they are read; by name when None.
    """
    wanted = list(columns or column_names())
    held = read_decisions(working, fields_of(wanted)) if decisions is None else decisions
    decided = arrange(held, by_people=by_people)
    read = dict.fromkeys([*wanted, "source_id", *(("clip_id", "speaker") if decided else ())])
    owners = _Owners()
    for path in list_manifests(working.manifests_dir) if paths is None else paths:
        for batch in scan_manifests([path], columns=list(read)):
            owners.add(batch, path)
            yield path, (decided.apply(batch) if decided else batch).select(wanted)


def record_decisions(
    decisions: Iterable[Decision],
    working: Working,
    *,
    by: str | None = None,
    op_id: str | None = None,
    expected: Mapping[DecisionKey, int | None] | None = None,
) -> Recorded:
    """Record what a person decided, all or nothing, as one operation.

    Args:
        by: who decided; the user's name when None.
        op_id, expected: as for `Catalog.record`.

    Raises:
        NotFoundError: a clip or speaker that no working manifest has.
        InvalidInputError: a field that a person cannot decide, or a bad value.
        DecisionConflict: others hold than expected; nothing was recorded.
        StorageError: the catalog cannot be reached or refused.
    """
    wanted = list(decisions)
    for decision in wanted:
        require_decision(decision)
    roots = Roots.read(working)
    _require_clips({d.subject_id for d in wanted if d.subject_kind == "clip"}, working, roots)
    _require_speakers(wanted, working)
    done = working.catalog.record(
        roots.about_roots(wanted),
        by=by or user_name(),
        op_id=op_id,
        expected=None if expected is None else roots.keys_of_roots(expected),
    )
    return replace(done, row_ids=roots.by_rows(done.row_ids))


def read_history(
    subject_id: str, working: Working, *, subject_kind: SubjectKind | None = None
) -> list[RecordedDecision]:
    """Give everything that was ever decided about one clip or speaker, oldest first.

    Args:
        subject_id: of either.
        working: the workspace.
        subject_kind: what is meant; when None a clip of this id, and else a speaker.

    Raises:
        NotFoundError: nothing was ever decided about it, and there is none of that id here.
        StorageError: the catalog cannot be reached.
    """
    kinds: tuple[SubjectKind, ...] = (subject_kind,) if subject_kind else ("clip", "speaker")
    for kind in kinds:
        found = _history_of(subject_id, working, kind)
        if found or _is_here(subject_id, working, kind):
            return found
    others: tuple[SubjectKind, ...] = ("clip", "speaker")
    hints = [
        f"; there is a {other} of this name: {as_option('subject_kind', other)}"
        for other in others
        if other not in kinds
        and (_history_of(subject_id, working, other) or _is_here(subject_id, working, other))
    ]
    raise NotFoundError(
        f"no {' or '.join(kinds)} {subject_id!r}: nothing was decided about it, and there is none "
        f"in {working.manifests_dir}{''.join(hints)}"
    )


def _history_of(subject_id: str, working: Working, kind: SubjectKind) -> list[RecordedDecision]:
    if kind != "clip":
        return working.catalog.history(kind, subject_id)
    roots = Roots.read(working)
    found = working.catalog.history(kind, roots.root_of(subject_id))
    if found:
        return found
    return working.catalog.history(kind, with_former_ids(roots, working).root_of(subject_id))


def _is_here(subject_id: str, working: Working, subject_kind: SubjectKind) -> bool:
    """Tell whether there is such a clip or speaker, perhaps among those that were removed."""
    column = "clip_id" if subject_kind == "clip" else "speaker"
    return any(
        pc.any(pc.equal(batch[column], subject_id)).as_py()
        for clips in (working, working.aside)
        if any(clips.manifests_dir.glob("*.parquet"))
        for batch in scan_effective(clips, [column])
    )


def fields_of(columns: Collection[str]) -> frozenset[str] | None:
    """Give the fields that columns are decided by; None for all, where facts are among them."""
    if "extra" in columns:
        return None
    of_texts = {"text"} if {"text_source", "text_score"} & set(columns) else set()
    fields = (of_texts | set(columns)) & set(DECIDABLE_COLUMNS)
    return frozenset(fields | {"speaker"} if fields else ())


def read_decisions(working: Working, fields: Collection[str] | None = None) -> HeldColumns:
    """Give the decisions that hold, and who took each; those about clips by the ids of their rows.

    Args:
        fields: of which; of all when None.

    Raises:
        StorageError: the catalog cannot be reached.
    """
    return working.catalog.current_with_author(fields).renamed(Roots.read(working).rows)


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
        paths = _likely_first(list_manifests(working.manifests_dir), wanted)
        for batch in scan_manifests(paths, columns=["clip_id"]):
            missing.difference_update(batch.column(0).to_pylist())
            if not missing:
                return
    if missing:
        more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        raise NotFoundError(
            f"no clip {min(missing)!r}{more} in {working.manifests_dir}; a clip's id is the name "
            f"of its file in {working.clips_dir} without .flac"
        )


def _likely_first(paths: list[Path], clip_ids: Collection[str]) -> list[Path]:
    """Put those manifests first that are named by the sources of a few clips."""
    if len(clip_ids) > _FEW:
        return paths
    named = [path for path in paths if any(each.startswith(f"{path.stem}-") for each in clip_ids)]
    return list(dict.fromkeys([*named, *paths]))


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
        hint = ask_whether(missing[0], sorted(speakers)) or f"speakers are {shown}"
        raise NotFoundError(f"no clip of speaker {missing[0]!r}; {hint}")
