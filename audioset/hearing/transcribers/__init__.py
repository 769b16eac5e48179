"""Floor 3a: models that write what is said."""
