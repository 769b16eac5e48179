"""The end of the process of a command.

Python takes everything apart before it ends, object by object: where MLflow was loaded that took as
long as a second of CPU, and nobody is there to see it.
"""

import atexit
import os
import sys


class Leaving:
    """Ends the process when all that was to be done at its end is done.

    Make it before large libraries are loaded: what is registered first is called last.

    Attributes:
        code: of the process; until it is known, Python ends in its own way, and says why.
    """

    def __init__(self) -> None:
        self.code: int | None = None
        atexit.register(self._leave)

    def _leave(self) -> None:
        if self.code is None:
            return
        if (logging := sys.modules.get("logging")) is not None:
            logging.shutdown()  # it may have been loaded before this was made
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        except (OSError, ValueError):  # closed, or nobody listens: Python knows what to do
            return
        os._exit(self.code)
