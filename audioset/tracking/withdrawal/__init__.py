"""Floor 4: withdrawn recordings: which runs and models read them, and taking them out."""
