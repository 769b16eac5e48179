"""The house keeps its order: floors, rooms, entrances, and rooms small enough to live in."""

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
PACKAGE = PROJECT / "audioset"
MODULES = sorted(PACKAGE.rglob("*.py"))
MAX_LINES, MAX_MODULES, MAX_NAMES = 400, 20, 5
# Tables: one record a file, and one command a file.
LARGE_FOLDERS = {"records", "cli/commands"}
LARGE_MODULES = {"records/manifest.py"}  # the schema


def place(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def entrances() -> Iterator[tuple[str, list[str]]]:
    """Give the sub-rooms that say what others may use, and the names."""
    for path in sorted(PACKAGE.glob("*/*/**/__init__.py")):
        name = ".".join(("audioset", *path.parent.relative_to(PACKAGE).parts))
        names = getattr(importlib.import_module(name), "__all__", [])
        if names:
            yield name, names


def imports(path: Path) -> Iterator[str]:
    """Give the modules of the package from which a module takes names."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("audioset."):
            yield node.module or ""


def test_a_module_imports_only_from_lower_floors() -> None:
    pytest.importorskip("importlinter", reason="pip install 'audioset[check]'")
    result = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_room_says_what_it_is() -> None:
    for folder in {path.parent for path in MODULES}:
        text = (folder / "__init__.py").read_text(encoding="utf-8")
        assert ast.get_docstring(ast.parse(text)), f"{place(folder)} has no word about itself"


def test_an_entrance_is_small_and_other_wings_go_through_it() -> None:
    found = dict(entrances())
    assert len(found) > 20
    for room, names in found.items():
        assert len(names) <= MAX_NAMES, f"{room} has {len(names)} names for others"
    for path in MODULES:
        wing = path.relative_to(PACKAGE).parts[0]
        for module in imports(path):
            room = max(
                (r for r in found if f"{module}.".startswith(f"{r}.")), key=len, default=module
            )
            ok = module == room or module.split(".")[1] == wing
            assert ok, f"{place(path)} goes into {module}, past the entrance of {room}"


def test_no_module_and_no_folder_is_too_large_to_live_in() -> None:
    for path in MODULES:
        if place(path) not in LARGE_MODULES:
            assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES, place(path)
    for folder in {path.parent for path in MODULES}:
        if place(folder) not in LARGE_FOLDERS:
            num_modules = len([path for path in folder.glob("*.py") if path.stem != "__init__"])
            assert num_modules <= MAX_MODULES, f"{place(folder)} has {num_modules} modules"
