"""Floor 6b: one file per command: words in, one verb of the workspace, a screen out."""
