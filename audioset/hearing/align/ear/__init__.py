"""Floor 3a: what a sound is turned into for the aligner: features, and where it is silent."""
