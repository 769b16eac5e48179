"""Floor 6b: what the commands show for naming the version of a training."""
