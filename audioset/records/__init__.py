"""Floor 1: frozen values that the whole house speaks of. No input or output here."""
