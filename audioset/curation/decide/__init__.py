"""Floor 3b: decisions that a person takes about many clips at once."""
