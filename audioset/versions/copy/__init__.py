"""Floor 3b: versions, aliases and withdrawals from one store to another, verified on the way."""

from audioset.versions.copy.copy import copy_versions
from audioset.versions.copy.not_copied import tell_not_copied

__all__ = ["copy_versions", "tell_not_copied"]
