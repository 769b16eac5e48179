"""Floor 5: a training run again by its recipe, and compared to the last bit."""
