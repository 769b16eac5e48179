"""Floor 3b: what goes over from the clips that a cut replaces: what models heard, people's word."""
