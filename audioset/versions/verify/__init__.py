"""Floor 3b: proof that the store holds what was published, byte by byte."""

from audioset.versions.verify.verify import verify

__all__ = ["verify"]
