"""Floor 3: one verb per file, from a source to a good manifest."""
