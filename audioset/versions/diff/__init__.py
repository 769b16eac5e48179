"""Floor 3b: what changed from one version to another, clip by clip."""

from audioset.versions.diff.diff import DiffInput, diff_rows, table_input, version_input
from audioset.versions.diff.overlap import find_overlap

__all__ = ["DiffInput", "diff_rows", "find_overlap", "table_input", "version_input"]
