"""Floor 3b: train, validation and test, of which nothing leaks to another."""

from audioset.curation.split.leaks import certify_clips
from audioset.curation.split.shared import SHARED_COLUMNS
from audioset.curation.split.split import plan_split, write_split

__all__ = ["SHARED_COLUMNS", "certify_clips", "plan_split", "write_split"]
