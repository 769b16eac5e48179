"""Published versions and training runs on them, as the tests of tracking have them."""

from tests.tracking.conftest import _template, published
from tests.tracking.trained import _trained, trained

__all__ = ["_template", "_trained", "published", "trained"]
