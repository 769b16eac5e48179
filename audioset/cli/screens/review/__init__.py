"""Floor 6b: what the commands show for judging clips and dividing them into splits."""
