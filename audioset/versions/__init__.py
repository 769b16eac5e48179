"""Floor 3: immutable published versions in the store."""
