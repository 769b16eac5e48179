"""Floor 6b: what the commands show for publishing, comparing, keeping and withdrawing versions."""
