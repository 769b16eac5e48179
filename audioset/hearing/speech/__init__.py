"""Floor 3a: where somebody speaks, by a neural detector that needs no torch."""
