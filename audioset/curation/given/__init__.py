"""Floor 3b: sources cut at the times that somebody else's corpus gives."""

from audioset.curation.given.cut_given import GivenCut, cut_given, find_given

__all__ = ["GivenCut", "cut_given", "find_given"]
