"""NOT_GIVEN: what a caller did not say, where the real value follows from what else was said."""

from typing import Any

# The default of such a field, never its value: `__post_init__` puts the real one in its place.
# None, so that a flag that nobody gave can be passed on as it is; of any type, since it stands for
# a value of each.
NOT_GIVEN: Any = None
