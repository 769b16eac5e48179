"""Floor 4: many runs at once: the trials of a search, the table of a comparison."""
