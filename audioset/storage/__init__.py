"""Floor 2: bytes by name: the store, shards, tables. The only place that imports obstore."""
