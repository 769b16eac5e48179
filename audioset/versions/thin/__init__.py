"""Floor 3b: workspaces whose audio lies in the store: rows checked out, audio fetched and freed."""

from audioset.versions.thin.checkout import CheckoutReport, checkout
from audioset.versions.thin.fetch import FetchReport, fetch
from audioset.versions.thin.free import FreeReport, free

__all__ = ["CheckoutReport", "FetchReport", "FreeReport", "checkout", "fetch", "free"]
