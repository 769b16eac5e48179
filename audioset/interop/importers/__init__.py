"""Floor 4: what others wrote, one format per file."""
