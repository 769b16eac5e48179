"""Which objects of a dataset the versions need."""

from collections.abc import Iterable, Sequence

from audioset.records.version import VersionRecord
from audioset.records.withdrawal import Withdrawal
from audioset.storage.objects import StoredObject
from audioset.storage.store import Store
from audioset.versions.layout import manifest_key, shard_key


def needed_keys(records: Iterable[VersionRecord]) -> set[str]:
    """Give the keys of all shards and manifests that records name."""
    keys: set[str] = set()
    for record in records:
        keys.update(shard_key(record.dataset, shard.sha256) for shard in record.shards)
        keys.update(manifest_key(record.dataset, part.sha256) for part in record.manifests)
    return keys


def withdrawn_keys(
    originals: Iterable[VersionRecord], withdrawals: Sequence[Withdrawal], needed: set[str]
) -> set[str]:
    """Give the keys of objects that hold what was withdrawn and nobody may read any more.

    Args:
        originals: records as they were published.
        withdrawals: of their dataset.
        needed: by what is left of the records.
    """
    held = needed_keys(originals)
    for withdrawal in withdrawals:
        # What an earlier withdrawal left may hold what a later one took.
        for left in withdrawal.versions:
            held.update(shard_key(withdrawal.dataset, shard.sha256) for shard in left.shards)
            held.update(manifest_key(withdrawal.dataset, p.sha256) for p in left.manifests)
    return held - needed


def replaced_shards(
    originals: Iterable[VersionRecord], withdrawals: Sequence[Withdrawal]
) -> set[str]:
    """Give the hashes of shards that withdrawals wrote anew: they hold what was withdrawn.

    Args:
        originals: records as they were published.
        withdrawals: of their dataset, in order.
    """
    named = {record.version: {s.sha256 for s in record.shards} for record in originals}
    replaced: set[str] = set()
    for withdrawal in withdrawals:
        for left in withdrawal.versions:
            rest = {shard.sha256 for shard in left.shards}
            replaced |= named.get(left.version, set()) - rest
            named[left.version] = rest
    return replaced


def lost_keys(store: Store, record: VersionRecord) -> list[str]:
    """Find shards and manifests of a version that the store has not, or not whole, by their size.

    Raises:
        StorageError: the store did not answer, or refused.
    """
    stored = {found.key: found.size_bytes for found in stored_content(store, record.dataset)}
    named = [(shard_key(record.dataset, s.sha256), s.size_bytes) for s in record.shards]
    named += [(manifest_key(record.dataset, p.sha256), p.size_bytes) for p in record.manifests]
    return sorted(key for key, size_bytes in named if stored.get(key) != size_bytes)


def sizes_of_shards(store: Store, dataset: str) -> dict[str, int]:
    """Give the sizes of the shards that a dataset has in the store, by their hashes, in bytes.

    Raises:
        StorageError: the store did not answer, or refused.
    """
    prefix, suffix = shard_key(dataset, "\n").split("\n")
    return {
        found.key.removeprefix(prefix).removesuffix(suffix): found.size_bytes
        for found in store.list_objects(prefix.rstrip("/"))
    }


def stored_content(store: Store, dataset: str) -> list[StoredObject]:
    """List the shards and manifests that a dataset has in the store.

    Raises:
        StorageError: the store did not answer, or refused.
    """
    folders = (f"{dataset}/shards", f"{dataset}/manifests")
    return [found for folder in folders for found in store.list_objects(folder)]
