"""Floor 3b: cutting by the lines of a transcript: choose them, check them, find their takes."""

from audioset.curation.cut.lines.learnt_voice import said_as_learnt
from audioset.curation.cut.lines.sound import choose_stretches, gaps_of, read_stretches, stretch_of

__all__ = ["choose_stretches", "gaps_of", "read_stretches", "said_as_learnt", "stretch_of"]
