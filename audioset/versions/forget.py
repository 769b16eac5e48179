"""Forget: take withdrawn recordings out of every version of a dataset.

The order is that of a publish: shards and manifests without the clips, then the withdrawal, whose
appearance makes every reader see the versions without them; only then the objects that hold the
clips are removed. A `forget` that stops anywhere is completed by the next one.
"""

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from audioset.engine import Progress, no_progress
from audioset.errors import AlreadyExistsError, ConflictError, IntegrityError
from audioset.records.version import StoredObject, VersionRecord
from audioset.records.withdrawal import RemainingVersion, Withdrawal
from audioset.settings import user_name
from audioset.storage.shards import SHARD_FACTS, Member, write_shard
from audioset.storage.store import Store
from audioset.versions.digest import table_digest
from audioset.versions.layout import shard_key, version_key, withdrawal_key
from audioset.versions.publish import BATCH_ROWS, commit, make_record, put_manifests, totals_of
from audioset.versions.references import needed_keys, withdrawn_keys
from audioset.versions.resolve import list_version_numbers, list_versions, read_version
from audioset.versions.withdrawals import list_withdrawals


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
        versions: those that hold any of them, oldest first.
        num_left_behind: objects that an earlier `forget`, which was broken off, did not remove.
    """

    dataset: str
    recordings: frozenset[str]
    versions: tuple[AffectedVersion, ...]
    num_left_behind: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What `forget` did.

    Attributes:
        withdrawal: the tombstone; None when everything had been withdrawn before.
        version: the new version without the clips; None when the latest had none of them.
        num_removed: objects that held the clips and are gone.
    """

    withdrawal: Withdrawal | None
    version: VersionRecord | None
    num_removed: int


def plan_forget(
    store: Store, dataset: str, *, column: str, value: str, also: frozenset[str] = frozenset()
) -> ForgetPlan:
    """Find what a withdrawal would touch; changes nothing.

    Args:
        column: "speaker", "clip_id" or "source_id".
        value: of that column in the clips that are withdrawn.
        also: `pcm_sha256` of more recordings that go with them.

    Raises:
        IntegrityError: a manifest is damaged or missing.
        StorageError: the store did not answer, or refused.
    """
    columns = list(dict.fromkeys(["clip_id", "pcm_sha256", "length_seconds", column]))
    rows = {
        record: read_version(store, record).select(columns)
        for record in list_versions(store, dataset)
    }
    chosen = [table.filter(pc.equal(table[column], value)) for table in rows.values()]
    found = (pcm for table in chosen for pcm in table["pcm_sha256"].to_pylist())
    recordings = also.union(found)
    affected = []
    for record, table in rows.items():
        gone = table.filter(_holds(table, recordings))
        if gone.num_rows:
            affected.append(AffectedVersion(
                record=record, clip_ids=tuple(gone["clip_id"].to_pylist()),
                length_seconds=float(pc.sum(gone["length_seconds"]).as_py()),
            ))  # fmt: skip
    left_behind = _left_behind(store, dataset, list_withdrawals(store, dataset))
    return ForgetPlan(
        dataset=dataset, recordings=recordings, versions=tuple(affected),
        num_left_behind=len(left_behind),
    )  # fmt: skip


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
    if plan.versions:
        withdrawal = _make_withdrawal(store, plan, message, progress)
        _put(store, withdrawal)
    version = _publish_rest(store, dataset, message)
    withdrawals = list_withdrawals(store, dataset)
    keys = _left_behind(store, dataset, withdrawals)
    for number, key in enumerate(sorted(keys), 1):
        store.delete(key)
        progress("removing", number, len(keys), "objects")
    known = {affected.record.version for affected in plan.versions}
    _require_no_newcomer(store, dataset, plan, max(known, default=0), version)
    return Forgotten(withdrawal=withdrawal, version=version, num_removed=len(keys))


def _make_withdrawal(
    store: Store, plan: ForgetPlan, message: str, progress: Progress
) -> Withdrawal:
    withdrawals = list_withdrawals(store, plan.dataset)
    rewriter = _Rewriter(store, plan.dataset, plan.recordings)
    left = []
    for number, affected in enumerate(plan.versions):
        progress("rewriting versions", number, len(plan.versions), "versions")
        left.append(rewriter.rewrite(affected))
    progress("rewriting versions", len(plan.versions), len(plan.versions), "versions")
    return Withdrawal(
        dataset=plan.dataset,
        number=len(withdrawals) + 1,
        recordings=tuple(sorted(plan.recordings)),
        versions=tuple(left),
        message=message,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        created_by=user_name(),
        nonce=secrets.token_hex(16),
    )


class _Rewriter:
    """Makes shards and manifests without the withdrawn recordings; each shard once."""

    def __init__(self, store: Store, dataset: str, recordings: frozenset[str]) -> None:
        self._store = store
        self._dataset = dataset
        self._recordings = recordings
        self._made: dict[str, tuple[StoredObject, dict[str, Member]] | None] = {}

    def rewrite(self, affected: AffectedVersion) -> RemainingVersion:
        record = affected.record
        rows = read_version(self._store, record)
        gone = _holds(rows, self._recordings)
        touched = set(rows.filter(gone)["shard_sha256"].to_pylist())
        kept = rows.filter(pc.invert(gone))
        shards = []
        for shard in record.shards:
            if shard.sha256 not in touched:
                shards.append(shard)
            elif made := self._without(shard, kept):
                shards.append(made[0])
        kept = self._point(kept, touched)
        return RemainingVersion(
            version=record.version,
            num_withdrawn=record.num_withdrawn + len(affected.clip_ids),
            **totals_of(kept),
            size_bytes=sum(shard.size_bytes for shard in shards),
            manifests=put_manifests(self._store, self._dataset, kept) if kept.num_rows else (),
            shards=tuple(shards),
        )

    def _without(
        self, shard: StoredObject, kept: pa.Table
    ) -> tuple[StoredObject, dict[str, Member]] | None:
        """Put the shard that holds the kept clips of an old one; None when none is left."""
        if shard.sha256 not in self._made:
            rows = kept.filter(pc.equal(kept["shard_sha256"], shard.sha256))
            self._made[shard.sha256] = self._put(shard, rows) if rows.num_rows else None
        return self._made[shard.sha256]

    def _put(self, shard: StoredObject, rows: pa.Table) -> tuple[StoredObject, dict[str, Member]]:
        with self._store.scratch() as scratch:
            old, new = scratch / "old.tar", scratch / "new.tar"
            self._store.get_file(shard_key(self._dataset, shard.sha256), old)
            columns = [*SHARD_FACTS, "audio_sha256", "offset_bytes", "size_bytes"]
            made, members = write_shard(new, _copies(old, rows.select(columns).to_pylist()))
            self._store.put_content(shard_key(self._dataset, made.sha256), new, take=True)
        return made, {member.clip_id: member for member in members}

    def _point(self, rows: pa.Table, touched: set[str]) -> pa.Table:
        """Let the rows of rewritten shards point to the new ones."""
        hashes, offsets = rows["shard_sha256"].to_pylist(), rows["offset_bytes"].to_pylist()
        for position, clip_id in enumerate(rows["clip_id"].to_pylist()):
            made = self._made[hashes[position]] if hashes[position] in touched else None
            if made is not None:
                hashes[position] = made[0].sha256
                offsets[position] = made[1][clip_id].offset_bytes
        for name, values in (("shard_sha256", hashes), ("offset_bytes", offsets)):
            index = rows.schema.get_field_index(name)
            field = rows.schema.field(index)
            rows = rows.set_column(index, field, pa.array(values, field.type))
        return rows


def _copies(shard: Path, rows: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Give the clips of an old shard that stay, each proven by its hash."""
    with shard.open("rb") as file:
        for row in rows:
            file.seek(row["offset_bytes"])
            flac = file.read(row["size_bytes"])
            if hashlib.sha256(flac).hexdigest() != row["audio_sha256"]:
                raise IntegrityError(
                    f"clip {row['clip_id']} is damaged in its shard; audioset verify tells more; "
                    "nothing was withdrawn"
                )
            yield row, flac


def _put(store: Store, withdrawal: Withdrawal) -> None:
    """Make the withdrawal visible, exactly once."""
    key = withdrawal_key(withdrawal.dataset, withdrawal.number)
    try:
        store.put_new(key, withdrawal.to_json().encode())
    except AlreadyExistsError as error:
        found = Withdrawal.from_json(store.get(key), name=store.uri(key))
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
        rows, dataset=dataset, version=latest.version + 1,
        digest=table_digest(rows.to_batches(BATCH_ROWS)), shards=latest.shards,
        manifests=latest.manifests, parent=latest.version,
        message=message or f"{latest.num_withdrawn} clips withdrawn",
        num_withdrawals=len(list_withdrawals(store, dataset)),
    )  # fmt: skip
    return commit(store, record)


def _left_behind(store: Store, dataset: str, withdrawals: Sequence[Withdrawal]) -> set[str]:
    """Find objects in the store that still hold what was withdrawn."""
    if not withdrawals:
        return set()
    originals = [
        VersionRecord.from_json(store.get(version_key(dataset, number)), name=f"v{number}")
        for number in list_version_numbers(store, dataset)
    ]
    needed = needed_keys(list_versions(store, dataset))
    held = withdrawn_keys(originals, withdrawals, needed)
    return {key for key in held if store.size(key) is not None}


def _require_no_newcomer(
    store: Store, dataset: str, plan: ForgetPlan, known: int, own: VersionRecord | None
) -> None:
    """Look for a version that appeared while the withdrawal was made, and holds the clips."""
    newest = own.version if own else known
    for record in list_versions(store, dataset):
        if record.version > known and record.version != newest:
            rows = read_version(store, record)
            if pc.any(_holds(rows, plan.recordings)).as_py():
                raise ConflictError(
                    f"{record.ref} was published meanwhile and holds withdrawn clips; "
                    "run forget again"
                )


def _holds(rows: pa.Table, recordings: frozenset[str]) -> pa.ChunkedArray:
    return pc.is_in(rows["pcm_sha256"], value_set=pa.array(sorted(recordings), pa.string()))
