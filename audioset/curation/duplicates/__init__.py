"""Floor 3b: clips that hold the same recording, and which of them to keep."""

from audioset.curation.duplicates.find import find_duplicates
from audioset.curation.duplicates.reject import reject_duplicates

__all__ = ["find_duplicates", "reject_duplicates"]
