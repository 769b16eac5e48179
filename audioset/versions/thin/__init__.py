"""Floor 3b: workspaces whose audio lies in the store: rows checked out, audio fetched and freed."""

from audioset.versions.thin.checkout import checkout
from audioset.versions.thin.fetch import fetch
from audioset.versions.thin.free import free

__all__ = ["checkout", "fetch", "free"]
