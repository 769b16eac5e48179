"""Floor 3a: sound as the aligner hears it: features, and where it is silent."""
