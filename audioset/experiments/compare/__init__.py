"""Floor 5: which data and which choices made which result, and how certain that is."""
