"""Floor 3b: versions, aliases and withdrawals from one store to another, verified on the way."""

from audioset.versions.copy.copy import copy_versions

__all__ = ["copy_versions"]
