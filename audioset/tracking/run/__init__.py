"""Floor 4: one training run from its pin to its receipt."""
