"""Floor 3a: is it this recording that says the lines, by which voice, and if not, why?"""
