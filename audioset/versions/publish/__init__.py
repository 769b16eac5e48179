"""Floor 3b: from rows and audio to the next version: shards, manifest, record, in this order."""
