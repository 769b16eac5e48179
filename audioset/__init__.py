"""Curate speech datasets from video, and know which data made which model.

The public names stand in `__init__.pyi`, once, and are loaded when they are first used, so that
`import audioset` costs nothing.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
