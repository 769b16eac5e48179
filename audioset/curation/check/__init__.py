"""Floor 3b: rules with limits that name what is wrong with clips."""
