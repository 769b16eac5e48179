"""Floor 3b: lengths, totals and quality of any set of clips."""

from audioset.curation.describe.by_facts import parse_facts
from audioset.curation.describe.describe import describe_batches, describe_columns

__all__ = ["describe_batches", "describe_columns", "parse_facts"]
