"""Packages that bring plug-ins, installed into a folder as an installer would."""

import re
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs" / "plugins.md"


def install(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, package: str, code: str, points: str
) -> None:
    """Install a package of one module; `points` is its entry_points.txt."""
    module = package.replace("-", "_")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{module}.py").write_text(code)
    info = folder / f"{module}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(points)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, module, raising=False)
    # Worker processes look for it too.
    monkeypatch.setenv("PYTHONPATH", str(folder), prepend=":")


def install_documented(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install the package that `docs/plugins.md` shows."""
    text = DOCS.read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (project,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    (group,) = re.findall(r'entry-points\."(.*?)"', project)
    (point,) = re.findall(r'^(\S+) = "(\S+:\S+)"$', project, re.MULTILINE)
    points = f"[{group}]\n{point[0]} = {point[1]}\n"
    install(folder, monkeypatch, package="loud-counter", code=code, points=points)
