"""Floor 6b: what the commands show that search, compare, promote and reproduce."""
