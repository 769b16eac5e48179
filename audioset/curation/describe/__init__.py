"""Floor 3b: lengths, totals and quality of any set of clips."""
