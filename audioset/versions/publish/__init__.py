"""Floor 3b: from rows and audio to the next version: shards, manifest, record, in this order."""

from audioset.versions.publish.latest import find_latest
from audioset.versions.publish.publish import Publication, publish_table, tell_published

__all__ = ["Publication", "find_latest", "publish_table", "tell_published"]
