"""The weights by which voices are compared, where the package that carries them is installed."""

import os
from importlib.util import find_spec
from pathlib import Path

import pytest


def weights_path() -> Path:
    """Give their file; the test is skipped without it, but not where all tests must run."""
    spec = find_spec("resemblyzer")
    if spec is None or not spec.submodule_search_locations:
        reason = "the package resemblyzer is missing: pip install --no-deps resemblyzer"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return Path(spec.submodule_search_locations[0]) / "pretrained.pt"
