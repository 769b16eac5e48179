"""Libraries that not everybody has: their tests are skipped, or fail where they are required.

They are also the largest. Every process that runs tests collects all of them, and one in four runs
those of a library: so it is imported when a test uses it.
"""

import importlib
import importlib.util
import os
from typing import Any

import pytest


class _AtFirstUse:
    """Stands for a library until something of it is asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # pytest asks whatever stands in a module whether it is a test
            raise AttributeError(name)
        return getattr(importlib.import_module(self._name), name)


def require(name: str, variable: str) -> Any:
    """Give a library, which is imported at its first use, or skip the test module with a reason.

    Args:
        name: of the library.
        variable: of the environment; when it is 1, a missing library is a failure.
    """
    if importlib.util.find_spec(name) is None:
        if os.environ.get(variable) == "1":
            raise ModuleNotFoundError(f"{variable} is set, but there is no {name}")
        pytest.skip(f"no {name}; {variable}=1 makes this a failure", allow_module_level=True)
    return _AtFirstUse(name)


def have(name: str, variable: str) -> None:
    """Skip a test with a reason where a library is missing; nothing is imported.

    Args:
        name, variable: as for `require`.
    """
    if not is_there(name, variable):
        pytest.skip(f"no {name}; {variable}=1 makes this a failure")


def is_there(name: str, variable: str) -> bool:
    """Tell whether a library is there, for a test that does a part without; nothing is imported.

    Args:
        name, variable: as for `require`.
    """
    if importlib.util.find_spec(name) is not None:
        return True
    if os.environ.get(variable) == "1":
        pytest.fail(f"{variable} is set, but there is no {name}")
    return False
