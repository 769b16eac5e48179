"""Floor 4a: every HTML page and every picture. The only place with templates and matplotlib."""
