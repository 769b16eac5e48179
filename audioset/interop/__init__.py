"""Floor 4: other people's formats, one per file."""
