"""Floor 3b: a file that takes the place of a source: what goes over, and what does not fit."""
