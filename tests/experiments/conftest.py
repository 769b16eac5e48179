"""Published versions and training runs on them, as the tests of tracking have them."""

from tests.tracking.conftest import _template, published
from tests.tracking.trained import trained

__all__ = ["_template", "published", "trained"]
