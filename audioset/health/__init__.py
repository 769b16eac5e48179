"""Floor 5: whether an installation, a workspace and what it uses can work, and the cure."""

from audioset.health.examine import examine

__all__ = ["examine"]
