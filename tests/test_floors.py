"""The import contract of pyproject.toml holds."""

import subprocess
import sys
from pathlib import Path

import pytest


def test_a_module_imports_only_from_lower_floors() -> None:
    pytest.importorskip("importlinter", reason="pip install 'audioset[check]'")
    result = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
