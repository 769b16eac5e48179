"""Publish: working clips become the next version. Shards first, then the manifest, the record last.

Until the record appears nothing is visible, so a publish that stops anywhere does no harm: what it
uploaded is named by its hash, and the next run finds it there.
"""

import hashlib
import secrets
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from audioset.engine import Progress, no_progress
from audioset.errors import (
    AlreadyExistsError,
    AudiosetError,
    ConflictError,
    IntegrityError,
    InvalidInputError,
    NotFoundError,
    StorageError,
)
from audioset.records.identity import VersionRef
from audioset.records.manifest import columns
from audioset.records.version import DEFAULT_SHARD_BYTES, ContentObject, VersionRecord
from audioset.settings import require_dataset_name, user_name
from audioset.storage.probes import require_exclusive_create
from audioset.storage.shards import split_shards
from audioset.storage.store import Store
from audioset.storage.tables import encode_manifest, order_manifest
from audioset.versions.layout import manifest_key, version_key
from audioset.versions.publish.latest import find_latest
from audioset.versions.publish.put_shards import SAFE_AGE, PutShard, ShardPutter
from audioset.versions.publish.reuse import KnownClips, find_known_clips
from audioset.versions.publish.working_audio import clip_sizes
from audioset.versions.read.digest import table_digest
from audioset.versions.read.resolve import read_version, resolve
from audioset.versions.read.sieve import Withdrawn
from audioset.versions.read.totals import totals_of
from audioset.versions.read.withdrawals import list_withdrawals
from audioset.versions.references import lost_keys

# Bounds what a reader of one part holds in memory: some 200 MB.
PART_ROWS = 1_000_000
# Rows that are hashed at once; many tiny batches, one per source, would take minutes.
BATCH_ROWS = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What a publish did.

    Attributes:
        record: of the version, whether it is new or was there.
        unchanged: the rows equal those of the latest version, which `record` is; nothing was
            written but what the store had lost of it.
        num_new_shards, num_reused_shards: shards that were uploaded, and that were there.
        uploaded_bytes, reused_bytes: of those shards.
        run_id: MLflow run that records the publication; None when it was not logged.
        tracking_error: why it was not logged, one line; None when it was, or was not asked for.
        num_left_out: clips that were left out because they were withdrawn.
        num_cut_anew: how many of them are not the withdrawn recordings themselves, but hold speech
            of them: their source was cut otherwise.
        num_unjudged: clips of lines that carry flags and that nobody judged; they are published.
        num_unsure: clips that were left out because a person was unsure of them.
        waiting: clips whose edges people decided, and that are published as they were, since their
            source was not here to cut them: how many, by its name.
        num_let_go: clips that were removed from the workspace before, and cannot come back now.
        unused_message: that was given, and is not kept: the version stands with its own.
    """

    record: VersionRecord
    unchanged: bool
    num_new_shards: int
    num_reused_shards: int
    uploaded_bytes: int
    reused_bytes: int
    run_id: str | None = None
    tracking_error: str | None = None
    num_left_out: int = 0
    num_cut_anew: int = 0
    num_unjudged: int = 0
    num_unsure: int = 0
    waiting: Mapping[str, int] = field(default_factory=dict)
    num_let_go: int = 0
    unused_message: str = ""

    @property
    def ref(self) -> VersionRef:
        """Name of the version, `dataset@v3`."""
        return self.record.ref


def publish_table(
    table: pa.Table,
    *,
    clips_dir: Path,
    store: Store,
    dataset: str,
    parent: int | None = None,
    message: str = "",
    progress: Progress = no_progress,
    shard_bytes: int | None = None,
) -> Publication:
    """Publish a manifest and its clips as the next version of a dataset.

    Args:
        table: manifest, any order; its storage columns are replaced.
        clips_dir: holds `<clip_id>.flac` of every row.
        store: where to publish.
        dataset: name of the dataset.
        parent: number of the version that this one goes on from; the latest when None.
        message: what the publisher says of the version.
        progress: told of bytes of audio.
        shard_bytes: mean audio bytes of a shard; those of the parent when None, 64 MiB for the
            first. Other shards are shared with no version before.

    Raises:
        InvalidInputError: no rows, the table is not a manifest, or no shard can have that size.
        NotFoundError: no such parent.
        MediaError: a clip's audio is missing, or is not what its row says.
        IntegrityError: the latest version is damaged, and these clips do not repair it.
        ConflictError: somebody published the same version number meanwhile; publish again.
        StorageError: the store or the disk refused, or the store cannot hold versions.
    """
    require_dataset_name(dataset)
    withdrawals = list_withdrawals(store, dataset)
    rows, left_out = _leave_out(_prepare(table), Withdrawn.of(withdrawals))
    digest = table_digest(rows.to_batches(BATCH_ROWS))
    latest, number = find_latest(store, dataset)
    same = latest if latest is not None and latest.digest == digest else None
    if same is not None and not lost_keys(store, same):
        return left_out.tell(_unchanged(same, message))
    base = latest
    if parent is not None and same is None:
        base = resolve(store, VersionRef(dataset, parent))
    sizes = clip_sizes(clips_dir, rows["clip_id"].to_pylist())
    if latest is None:
        require_exclusive_create(store)
    known = _find_known(store, base, rows, sizes)
    if shard_bytes is None or same is not None:  # what was lost comes back as it was
        shard_bytes = base.shard_bytes if base else DEFAULT_SHARD_BYTES
    plan = split_shards(rows["clip_id"].to_pylist(), sizes, target_bytes=shard_bytes)
    with _told_when_broken_off(), store.scratch() as scratch:
        putter = ShardPutter(
            rows, sizes, clips_dir, store=store, dataset=dataset, known=known, scratch=scratch
        )
        put = putter.put_all(plan, progress)
        manifests = put_manifests(store, dataset, _add_storage(rows, put))
    if same is not None:
        return left_out.tell(_repaired(store, same, put, message))
    shards = tuple(shard.stored for shard in put)
    record = make_record(
        rows,
        dataset=dataset,
        version=number,
        digest=digest,
        shards=shards,
        manifests=manifests,
        parent=base.version if base else None,
        message=message,
        num_withdrawals=len(withdrawals),
        shard_bytes=shard_bytes,
    )
    if list_withdrawals(store, dataset) != withdrawals:
        raise ConflictError(f"clips of {dataset} were withdrawn meanwhile; run publish again")
    standing = commit(store, record)
    return left_out.tell(
        _publication(record, put) if standing is record else _unchanged(standing, message)
    )


@contextmanager
def _told_when_broken_off() -> Iterator[None]:
    """Say with an error before the record that nothing is to be seen of this publish."""
    try:
        yield
    except StorageError as error:
        raise StorageError(f"{error}; nothing was published") from error


def _prepare(table: pa.Table) -> pa.Table:
    """Order the rows; their storage columns are filled anew when the shards are there."""
    if not table.num_rows:
        raise InvalidInputError(
            "there is nothing to publish: the manifest has no clip; cut a source first: audioset "
            "cut FILE"
        )
    return order_manifest(table, "the manifest").combine_chunks()


@dataclass(frozen=True, slots=True)
class _LeftOut:
    """How many clips were left out, and how many of them only by their span."""

    num_clips: int
    num_cut_anew: int

    def tell(self, publication: Publication) -> Publication:
        return replace(publication, num_left_out=self.num_clips, num_cut_anew=self.num_cut_anew)


def _leave_out(rows: pa.Table, withdrawn: Withdrawn) -> tuple[pa.Table, _LeftOut]:
    """Leave out clips that were withdrawn; give the rest, and how many they are."""
    if not withdrawn:
        return rows, _LeftOut(0, 0)
    same = withdrawn.same_samples(rows)
    gone = same | withdrawn.same_speech(rows)
    if gone.all():
        raise InvalidInputError("there is nothing to publish: every clip was withdrawn")
    kept = rows.filter(pa.array(~gone))
    return kept.combine_chunks(), _LeftOut(int(gone.sum()), int((gone & ~same).sum()))


def _find_known(
    store: Store, latest: VersionRecord | None, rows: pa.Table, sizes: list[int]
) -> KnownClips | None:
    if latest is None:
        return None
    # This only saves work: a damaged older version must not keep a good new one from appearing.
    with suppress(IntegrityError):
        return find_known_clips(rows, sizes, latest, read_version(store, latest))
    return None


def _add_storage(rows: pa.Table, put: list[PutShard]) -> pa.Table:
    """Fill the storage columns; the shards hold the rows in order."""
    values: dict[str, list[Any]] = {column.name: [] for column in columns(group="storage")}
    for shard in put:
        for member in shard.members:
            values["audio_sha256"].append(member.audio_sha256)
            values["shard_sha256"].append(shard.stored.sha256)
            values["offset_bytes"].append(member.offset_bytes)
            values["size_bytes"].append(member.size_bytes)
    for name, column in values.items():
        index = rows.schema.get_field_index(name)
        field = rows.schema.field(index)
        rows = rows.set_column(index, field, pa.array(column, field.type))
    return rows


def put_manifests(store: Store, dataset: str, rows: pa.Table) -> tuple[ContentObject, ...]:
    """Put the rows of a version, storage columns filled, as parts of a manifest."""
    parts = []
    for start in range(0, rows.num_rows, PART_ROWS):
        part = rows.slice(start, PART_ROWS)
        data = encode_manifest(part)
        sha256 = hashlib.sha256(data).hexdigest()
        store.put_content(manifest_key(dataset, sha256), data, younger_than=SAFE_AGE)
        parts.append(ContentObject(sha256=sha256, size_bytes=len(data), num_clips=part.num_rows))
    return tuple(parts)


def make_record(
    rows: pa.Table,
    *,
    dataset: str,
    version: int,
    digest: str,
    shards: tuple[ContentObject, ...],
    manifests: tuple[ContentObject, ...],
    parent: int | None,
    message: str,
    num_withdrawals: int,
    shard_bytes: int,
) -> VersionRecord:
    """Describe a version by its rows and the objects that hold them."""
    return VersionRecord(
        dataset=dataset,
        version=version,
        digest=digest,
        **totals_of(rows),
        size_bytes=sum(shard.size_bytes for shard in shards),
        manifests=manifests,
        shards=shards,
        parent=parent,
        message=message,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        created_by=user_name(),
        nonce=secrets.token_hex(16),
        num_withdrawals=num_withdrawals,
        shard_bytes=shard_bytes,
    )


def commit(store: Store, record: VersionRecord) -> VersionRecord:
    """Make the version visible, exactly once, and give the record that stands under its name.

    The answer to the one call that matters can get lost on the way; then the client repeats the
    call and is told that the record exists, or gives up. The nonce in the record tells whose it is.
    """
    try:
        store.put_new(version_key(record.dataset, record.version), record.to_json().encode())
    except (AlreadyExistsError, StorageError) as error:
        try:
            found = resolve(store, record.ref)
        except (NotFoundError, StorageError):
            raise error from None
        if found.nonce == record.nonce:
            return record
        if found.digest != record.digest:
            raise ConflictError(
                f"{record.ref} was published by {found.created_by} at the same moment; "
                "run publish again"
            ) from error
        return found  # somebody published the same data at the same moment
    except KeyboardInterrupt:
        with suppress(AudiosetError):  # who asks to stop is not told that we cannot look
            if resolve(store, record.ref).nonce == record.nonce:
                tell_published(record.ref)
        raise
    return record


def tell_published(ref: VersionRef) -> None:
    """Warn who stops a publish behind its last step that the version is there."""
    warnings.warn(
        f"{ref} is published, but MLflow may lack it; audioset log catches up", stacklevel=2
    )


def _publication(record: VersionRecord, put: list[PutShard]) -> Publication:
    new = [shard.stored.size_bytes for shard in put if shard.uploaded]
    reused = [shard.stored.size_bytes for shard in put if not shard.uploaded]
    return Publication(
        record=record,
        unchanged=False,
        num_new_shards=len(new),
        num_reused_shards=len(reused),
        uploaded_bytes=sum(new),
        reused_bytes=sum(reused),
    )


def _repaired(
    store: Store, record: VersionRecord, put: list[PutShard], message: str
) -> Publication:
    """Tell what was put again of a version that had lost something."""
    if lost := lost_keys(store, record):
        raise IntegrityError(
            f"{record.ref} lacks {len(lost)} objects that these clips do not give, the first is "
            f"{store.uri(lost[0])}; restore them from a backup"
        )
    unused = _unused(message, record)
    return replace(_publication(record, put), unchanged=True, unused_message=unused)


def _unchanged(record: VersionRecord, message: str) -> Publication:
    return Publication(
        record=record,
        unchanged=True,
        num_new_shards=0,
        num_reused_shards=len(record.shards),
        uploaded_bytes=0,
        reused_bytes=record.size_bytes,
        unused_message=_unused(message, record),
    )


def _unused(message: str, record: VersionRecord) -> str:
    return "" if message == record.message else message
