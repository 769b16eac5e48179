"""Floor 5: an alias for a model that its data, its test and its score allow."""
