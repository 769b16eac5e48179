"""Where the shards of a version lie, and what else they hold."""

from audioset.records.shard_urls import ShardUrls
from audioset.records.version import VersionRecord
from audioset.storage.store import Store
from audioset.versions.layout import shard_key


def find_urls(store: Store, record: VersionRecord) -> ShardUrls:
    """Give the addresses of the shards of a version."""
    held = sum(shard.num_clips for shard in record.shards)
    return ShardUrls(
        ref=record.ref,
        urls=tuple(store.uri(shard_key(record.dataset, shard.sha256)) for shard in record.shards),
        num_clips=record.num_clips,
        num_other_clips=held - record.num_clips,
    )
