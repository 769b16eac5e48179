"""The last steps of a publish: parts of the manifest, then the record, exactly once."""

import hashlib
import secrets
import warnings
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime

import pyarrow as pa

from audioset.errors import (
    AlreadyExistsError,
    AudiosetError,
    ConflictError,
    NotFoundError,
    StorageError,
)
from audioset.records.identity import VersionRef
from audioset.records.version import VERSION_FORMAT, ContentObject, VersionRecord, count_dead_clips
from audioset.settings import user_name
from audioset.storage.rows.laid_rows import ManyRows, divided
from audioset.storage.store import Store
from audioset.storage.tables import encode_batches
from audioset.versions.layout import manifest_key, version_key
from audioset.versions.publish.put_shards import SAFE_AGE
from audioset.versions.read.resolve import resolve
from audioset.versions.read.totals import totals_of

# Bounds what a reader of one part holds in memory, and who writes one: some 200 MB.
PART_ROWS = 1_000_000


def put_manifests(
    store: Store, dataset: str, batches: Iterable[pa.RecordBatch]
) -> tuple[ContentObject, ...]:
    """Put the rows of a version, storage columns filled, as parts of a manifest.

    Held are the bytes of one part, and a group of its rows.
    """
    return tuple(_put_part(store, dataset, part) for part in divided(batches, PART_ROWS))


def _put_part(store: Store, dataset: str, batches: Iterable[pa.RecordBatch]) -> ContentObject:
    data, num_clips = encode_batches(batches)
    sha256 = hashlib.sha256(data).hexdigest()
    store.put_content(manifest_key(dataset, sha256), data, younger_than=SAFE_AGE)
    return ContentObject(sha256=sha256, size_bytes=len(data), num_clips=num_clips)


def make_record(
    rows: ManyRows,
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
        # What earlier releases read rightly keeps the number that they know.
        format_version=VERSION_FORMAT if count_dead_clips(shards, rows.num_rows) else 1,
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
