"""Floor 4: registered models: their files, their aliases, and how they got them."""
