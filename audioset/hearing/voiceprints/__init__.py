"""Voiceprints: what is peculiar to a voice, as numbers that can be compared."""
