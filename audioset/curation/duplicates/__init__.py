"""Floor 3b: clips that hold the same recording, and which of them to keep."""
