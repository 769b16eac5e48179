"""Floor 3b: cutting by the lines of a transcript: choose them, check them, find their takes."""
