"""Take an operation back, and tell what holds now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from audioset.catalog.decisions import DecisionKey, DecisionValue, HeldDecision, SubjectKind
from audioset.catalog.fields import is_private
from audioset.curation.workspace.effective import scan_effective
from audioset.curation.workspace.roots import Roots
from audioset.curation.workspace.working import Working
from audioset.errors import NotFoundError
from audioset.records.manifest import column_names
from audioset.settings import user_name


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldsNow:
    """What holds of one field after an undo.

    Attributes:
        subject_kind, subject_id, field: what it is about.
        undone: the value that holds no more; of an undo that was undone, what it had brought back.
        value: what holds now.
        by: who decided that; None where machines wrote it, or nobody.
    """

    subject_kind: SubjectKind
    subject_id: str
    field: str
    undone: DecisionValue
    value: object
    by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """What an undo did.

    Attributes:
        op_id: of the undo itself; to undo it decides the same anew.
        undoes: the operation that was taken back.
        fields: what holds now of each field that it had decided; none where it held no more.
        waits: why clips whose edges it had moved are not as they were yet, one line; None when all
            are.
    """

    op_id: str
    undoes: str
    fields: tuple[HoldsNow, ...] = ()
    waits: str | None = None


def undo_operation(op_id: str | None, working: Working, *, by: str | None = None) -> Undone:
    """Take an operation back; see `Workspace.undo`.

    Raises:
        NotFoundError: there is no such operation, or none of that person holds.
        InvalidInputError: several operations begin so.
        StorageError: the catalog cannot be reached or refused.
    """
    who = by or user_name()
    catalog = working.catalog
    wanted = catalog.last_operation(who) if op_id is None else catalog.find_operation(op_id)
    if wanted is None:
        raise NotFoundError(
            f"{who} decided nothing that could be undone; name an operation, as audioset history "
            "CLIP shows them, or who decided (by)"
        )
    before = {row.decision.key: row for row in catalog.operation(wanted)}
    done = catalog.retract(wanted, by=who)
    held = _held(done.row_ids, working)
    machines = _written_by_machines([key for key in done.row_ids if key not in held], working)
    fields = tuple(
        HoldsNow(
            subject_kind=key[0],
            subject_id=key[1],
            field=key[2],
            undone=before[key].decision.value,
            value=held[key].value if key in held else machines.get(key),
            by=held[key].by if key in held else None,
        )
        for key in done.row_ids
    )
    return Undone(op_id=done.op_id, undoes=wanted, fields=fields)


def _held(keys: Iterable[DecisionKey], working: Working) -> dict[DecisionKey, HeldDecision]:
    held: dict[DecisionKey, HeldDecision] = {}
    wanted = list(keys)
    for kind in dict.fromkeys(key[0] for key in wanted):
        ids = dict.fromkeys(key[1] for key in wanted if key[0] == kind)
        held |= working.catalog.held(kind, ids)
    return held


def _written_by_machines(keys: list[DecisionKey], working: Working) -> Mapping[DecisionKey, object]:
    """Give what the effective manifest says of clips of which nobody decided it."""
    known = set(column_names())
    wanted = [key for key in keys if key[0] == "clip" and not is_private(key[2])]
    if not wanted or not any(working.manifests_dir.glob("*.parquet")):
        return {}
    by_row = Roots.read(working).by_rows({key: key for key in wanted})
    clips = {key[1] for key in by_row}
    columns = ["clip_id", *sorted({key[2] for key in wanted} & known), "extra"]
    found: dict[str, dict[str, Any]] = {}
    for batch in scan_effective(working, columns):
        ids = batch["clip_id"].to_pylist()
        for row in (row for row, clip in enumerate(ids) if clip in clips):
            (values,) = batch.slice(row, 1).to_pylist()
            found[ids[row]] = {**dict(values.pop("extra") or ()), **values}
    return {key: found.get(row[1], {}).get(row[2]) for row, key in by_row.items()}
