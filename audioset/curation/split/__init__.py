"""Floor 3b: train, validation and test, of which nothing leaks to another."""
