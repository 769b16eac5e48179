"""Floor 3b: from rows and audio to the next version: shards, manifest, record, in this order."""

from audioset.versions.publish.commit import tell_published
from audioset.versions.publish.latest import find_latest
from audioset.versions.publish.publish import Publication, publish_table
from audioset.versions.publish.put_shards import PutBefore

__all__ = ["Publication", "PutBefore", "find_latest", "publish_table", "tell_published"]
