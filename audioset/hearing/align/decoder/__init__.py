"""Floor 3a: the best way of lines through sound."""
