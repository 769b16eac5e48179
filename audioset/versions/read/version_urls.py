"""Where the objects of a version lie, and what else its shards hold."""

from audioset.records.version import VersionRecord
from audioset.records.version_urls import VersionUrls
from audioset.storage.store import Store
from audioset.versions.layout import manifest_key, shard_key


def find_urls(store: Store, record: VersionRecord) -> VersionUrls:
    """Give the addresses of the shards and of the parts of the manifest of a version."""
    held = sum(shard.num_clips for shard in record.shards)
    return VersionUrls(
        ref=record.ref,
        urls=tuple(store.uri(shard_key(record.dataset, shard.sha256)) for shard in record.shards),
        manifest_urls=tuple(
            store.uri(manifest_key(record.dataset, part.sha256)) for part in record.manifests
        ),
        num_clips=record.num_clips,
        num_other_clips=held - record.num_clips,
    )
