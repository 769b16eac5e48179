"""Floor 3b: train, validation and test, of which nothing leaks to another."""

from audioset.curation.split.leaks import certify_clips
from audioset.curation.split.shared import CODED_COLUMNS, shared_columns
from audioset.curation.split.split import plan_split
from audioset.curation.split.write import write_split

__all__ = ["CODED_COLUMNS", "certify_clips", "plan_split", "shared_columns", "write_split"]
