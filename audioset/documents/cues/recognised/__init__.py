"""Floor 3a: the JSON that speech recognisers and aligners write, and tools around them, as cues."""

from audioset.documents.cues.recognised.read import parse_json

__all__ = ["parse_json"]
