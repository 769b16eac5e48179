"""Floor 3b: lengths, totals and quality of any set of clips."""

from audioset.curation.describe.describe import DESCRIBE_COLUMNS, describe_batches

__all__ = ["DESCRIBE_COLUMNS", "describe_batches"]
