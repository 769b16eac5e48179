"""Floor 3a: how a line sounds when a voice says it."""
