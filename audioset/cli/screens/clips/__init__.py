"""Floor 6b: what the commands show that make, describe and transcribe clips."""
