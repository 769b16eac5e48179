"""Floor 3b: proof that the store holds what was published, byte by byte."""
