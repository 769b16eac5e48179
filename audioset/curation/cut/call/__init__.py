"""Floor 3b: what one call of cut means, asks, and remembers of where files lie."""
