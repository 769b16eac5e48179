"""Floor 3a: of the text of cues, what is said and by whom; the rest never becomes text."""
