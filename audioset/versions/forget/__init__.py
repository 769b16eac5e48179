"""Floor 3b: withdrawn recordings, taken out of every version in the store."""
