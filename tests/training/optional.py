"""Libraries that not everybody has: their tests are skipped, or fail where they are required."""

import importlib
import importlib.util
import os
from types import ModuleType

import pytest


def require(name: str, variable: str) -> ModuleType:
    """Import a library, or skip the test module with a reason.

    Args:
        name: of the library.
        variable: of the environment; when it is 1, a missing library is a failure.
    """
    try:
        return importlib.import_module(name)
    except ImportError:
        if os.environ.get(variable) == "1":
            raise
        pytest.skip(f"no {name}; {variable}=1 makes this a failure", allow_module_level=True)


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
