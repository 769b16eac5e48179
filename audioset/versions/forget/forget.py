"""Forget: take withdrawn recordings out of every version of a dataset.

The order is that of a publish: shards and manifests without the clips, then the withdrawal, whose
appearance makes every reader see the versions without them; only then the objects that hold the
clips are removed. A `forget` that stops anywhere is completed by the next one.
"""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow.compute as pc

from audioset.engine import Progress, no_progress
from audioset.errors import AlreadyExistsError, ConflictError
from audioset.records.version import VersionRecord
from audioset.records.withdrawal import REACH_COLUMNS, Reach, Withdrawal, reach_of
from audioset.settings import user_name
from audioset.storage.rows.laid_rows import scan_rows
from audioset.storage.store import Store
from audioset.versions.forget.rewrite import Rewriter, holds_any
from audioset.versions.layout import withdrawal_key
from audioset.versions.publish.commit import commit, make_record
from audioset.versions.read.digest import table_digest
from audioset.versions.read.left_behind import left_behind
from audioset.versions.read.resolve import (
    list_version_numbers,
    list_versions,
    read_record,
    read_version,
)
from audioset.versions.read.withdrawals import list_withdrawals, read_withdrawal
from audioset.versions.references import replaced_shards


@dataclass(frozen=True, slots=True, kw_only=True)
class AffectedVersion:
    """A version that holds withdrawn clips.

    Attributes:
        record: as it stands.
        clip_ids: of the withdrawn clips in it.
        length_seconds: of those clips.
    """

    record: VersionRecord
    clip_ids: tuple[str, ...]
    length_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetPlan:
    """What `forget` would take out of a dataset.

    Attributes:
        dataset: name of the dataset.
        recordings: `pcm_sha256` of the withdrawn recordings: the same recording goes under
            whatever clip id.
        spans: where they lie in their sources, as `make_span` writes it.
        sources: sha256 of sources that are withdrawn as a whole.
        source_names: file names of the sources of the clips.
        is_new: no earlier withdrawal of the dataset names all of these.
        versions: those that hold any of them, oldest first.
        shards: hashes of those that hold the recordings, whether a version names them or not.
        sharing: other versions that name any of these shards, oldest first.
        num_left_behind: objects that an earlier `forget`, which was broken off, did not remove.
    """

    dataset: str
    recordings: frozenset[str]
    spans: frozenset[str]
    sources: frozenset[str]
    source_names: frozenset[str]
    is_new: bool
    versions: tuple[AffectedVersion, ...]
    shards: frozenset[str]
    sharing: tuple[VersionRecord, ...]
    num_left_behind: int

    @property
    def reach(self) -> Reach:
        """What it takes out."""
        return Reach(
            recordings=self.recordings,
            spans=self.spans,
            sources=self.sources,
            source_names=self.source_names,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What `forget` did.

    Attributes:
        withdrawal: the tombstone; None when everything had been withdrawn before. It is written
            also when no version held the clips: they must not be published later.
        version: the new version without the clips; None when the latest had none of them.
        num_removed: objects that held the clips and are gone.
    """

    withdrawal: Withdrawal | None
    version: VersionRecord | None
    num_removed: int


def plan_forget(
    store: Store,
    dataset: str,
    *,
    column: str,
    value: str,
    also: Reach | None = None,
    also_shards: frozenset[str] = frozenset(),
) -> ForgetPlan:
    """Find what a withdrawal would touch; changes nothing.

    Args:
        column: "speaker", "clip_id" or "source_id"; by "source_id" the sources are withdrawn as a
            whole.
        value: of that column in the clips that are withdrawn.
        also: what else goes with them.
        also_shards: hashes of shards that hold any of it, though no version may name it there.

    Raises:
        IntegrityError: a manifest is damaged or missing.
        StorageError: the store did not answer, or refused.
    """
    names = ["clip_id", "length_seconds", "shard_sha256", *REACH_COLUMNS, column]
    columns = list(dict.fromkeys(names))
    rows = {
        record: read_version(store, record).select(columns)
        for record in list_versions(store, dataset)
    }
    reach = also or Reach()
    for table in rows.values():
        chosen = table.filter(pc.equal(table[column], value))
        reach |= reach_of(chosen, whole_sources=column == "source_id")
    withdrawals = list_withdrawals(store, dataset)
    shards = replaced_shards(_originals(store, dataset) if withdrawals else (), withdrawals)
    shards |= also_shards
    affected = []
    recordings = reach.recordings
    for record, table in rows.items():
        gone = table.filter(holds_any(table, recordings))
        if gone.num_rows:
            reach |= reach_of(gone)
            shards.update(gone["shard_sha256"].to_pylist())
            affected.append(
                AffectedVersion(
                    record=record,
                    clip_ids=tuple(gone["clip_id"].to_pylist()),
                    length_seconds=float(pc.sum(gone["length_seconds"]).as_py()),
                )
            )
    holding = {one.record.version for one in affected}
    return ForgetPlan(
        dataset=dataset,
        recordings=reach.recordings,
        spans=reach.spans,
        sources=reach.sources,
        source_names=reach.source_names,
        is_new=not _is_withdrawn(reach, withdrawals),
        versions=tuple(affected),
        shards=frozenset(shards),
        sharing=tuple(
            record
            for record in rows
            if record.version not in holding and _names_any(record, shards)
        ),
        num_left_behind=len(left_behind(store, dataset, withdrawals)),
    )


def _originals(store: Store, dataset: str) -> list[VersionRecord]:
    return [read_record(store, dataset, n) for n in list_version_numbers(store, dataset)]


def _names_any(record: VersionRecord, shards: Collection[str]) -> bool:
    return any(shard.sha256 in shards for shard in record.shards)


def _is_withdrawn(reach: Reach, withdrawals: Sequence[Withdrawal]) -> bool:
    """Tell whether earlier withdrawals name all of it; those of format 1 name no spans."""
    return (
        reach.recordings <= {pcm for one in withdrawals for pcm in one.recordings}
        and reach.sources <= {source for one in withdrawals for source in one.sources}
        and reach.spans <= {span for one in withdrawals for span in one.spans}
    )


def forget(
    store: Store, plan: ForgetPlan, *, message: str = "", progress: Progress = no_progress
) -> Forgotten:
    """Carry out a plan: new shards and manifests, the withdrawal, the removal, a new version.

    Raises:
        ConflictError: somebody published or withdrew at the same moment; try again.
        IntegrityError: a shard is damaged.
        StorageError: the store or the disk refused.
    """
    dataset = plan.dataset
    withdrawal = None
    if plan.versions or plan.sharing or plan.is_new:
        withdrawal = _make_withdrawal(store, plan, message, progress)
        _put(store, withdrawal)
    version = _publish_rest(store, dataset, message)
    withdrawals = list_withdrawals(store, dataset)
    keys = left_behind(store, dataset, withdrawals)
    for number, key in enumerate(sorted(keys), 1):
        store.delete(key)
        progress("removing", number, len(keys), "objects")
    known = {record.version for record in _records(plan)}
    _require_no_newcomer(store, dataset, plan, max(known, default=0), version)
    return Forgotten(withdrawal=withdrawal, version=version, num_removed=len(keys))


def _make_withdrawal(
    store: Store, plan: ForgetPlan, message: str, progress: Progress
) -> Withdrawal:
    withdrawals = list_withdrawals(store, plan.dataset)
    spans = tuple(sorted(plan.spans))
    records = _records(plan)
    rewriter = Rewriter(store, records, plan.shards, plan.recordings, spans)
    left = []
    for number, record in enumerate(records):
        progress("rewriting versions", number, len(records), "versions")
        left.append(rewriter.rewrite(record))
    progress("rewriting versions", len(records), len(records), "versions")
    return Withdrawal(
        dataset=plan.dataset,
        number=len(withdrawals) + 1,
        recordings=tuple(sorted(plan.recordings)),
        spans=spans,
        sources=tuple(sorted(plan.sources)),
        versions=tuple(left),
        message=message,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        created_by=user_name(),
        nonce=secrets.token_hex(16),
    )


def _records(plan: ForgetPlan) -> list[VersionRecord]:
    """Give the versions that are written anew, oldest first."""
    records = [*(affected.record for affected in plan.versions), *plan.sharing]
    return sorted(records, key=lambda record: record.version)


def _put(store: Store, withdrawal: Withdrawal) -> None:
    """Make the withdrawal visible, exactly once."""
    key = withdrawal_key(withdrawal.dataset, withdrawal.number)
    try:
        store.put_new(key, withdrawal.to_json().encode())
    except AlreadyExistsError as error:
        found = read_withdrawal(store, withdrawal.dataset, withdrawal.number)
        if found.nonce != withdrawal.nonce:  # else only the answer was lost
            raise ConflictError(
                f"{found.created_by} withdrew clips of {found.dataset} at the same moment; "
                "run forget again"
            ) from error


def _publish_rest(store: Store, dataset: str, message: str) -> VersionRecord | None:
    """Publish what is left of the latest version, when something was withdrawn from it."""
    records = list_versions(store, dataset)
    latest = records[-1] if records else None
    if latest is None or not latest.num_withdrawn or not latest.num_clips:
        return None
    rows = read_version(store, latest)
    record = make_record(
        rows,
        dataset=dataset,
        version=latest.version + 1,
        digest=table_digest(scan_rows(rows)),
        shards=latest.shards,
        manifests=latest.manifests,
        parent=latest.version,
        message=message or f"{latest.num_withdrawn} clips withdrawn",
        num_withdrawals=len(list_withdrawals(store, dataset)),
        shard_bytes=latest.shard_bytes,
    )
    return commit(store, record)


def _require_no_newcomer(
    store: Store, dataset: str, plan: ForgetPlan, known: int, own: VersionRecord | None
) -> None:
    """Look for a version that appeared while the withdrawal was made, and holds the clips."""
    newest = own.version if own else known
    for record in list_versions(store, dataset):
        if record.version > known and record.version != newest:
            rows = read_version(store, record)
            holds = pc.any(holds_any(rows, plan.recordings)).as_py()
            if holds or _names_any(record, plan.shards):
                raise ConflictError(
                    f"{record.ref} was published meanwhile and holds withdrawn clips; "
                    "run forget again"
                )
