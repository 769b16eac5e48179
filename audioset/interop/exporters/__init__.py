"""Floor 4: what others read, one format per file."""
