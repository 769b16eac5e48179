"""Floor 3b: from marks on the time line to the edges of clips, never inside of speech."""
