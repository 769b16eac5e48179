"""Floor 3a: where a source says the lines of a transcript. Knows nothing of cutting."""
