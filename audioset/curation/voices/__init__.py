"""Voices: which names are said of which, by what the clips sound like. Nothing is changed."""

from audioset.curation.voices.compare import SameVoice, TwoVoices, find_same, find_two
from audioset.curation.voices.hear import hear_voices

__all__ = ["SameVoice", "TwoVoices", "find_same", "find_two", "hear_voices"]
