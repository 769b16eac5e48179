"""Floor 2: rows and ids of more clips than memory should hold as objects, or at all."""
