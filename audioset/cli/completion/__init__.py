"""Completion in a shell, for each press of a key: from a list, without the commands themselves."""
