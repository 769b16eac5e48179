"""Floor 3b: rules with limits that name what is wrong with clips."""

from audioset.curation.check.check import check_clips
from audioset.curation.check.rules import MEANINGS, RULES

__all__ = ["MEANINGS", "RULES", "check_clips"]
