"""Floor 3b: what lies in a workspace: sources, clip files, rows with what people decided."""
