"""`audioset.__all__` is what can be imported, sorted, and what a type checker sees."""

import ast
import importlib
import inspect
from pathlib import Path

import pytest

import audioset

PACKAGE = Path(audioset.__file__ or "").parent


def names_for_type_checkers() -> dict[str, str]:
    """Read which name the stub imports from which module."""
    return {
        alias.name: f"audioset.{node.module}"
        for node in ast.parse((PACKAGE / "__init__.pyi").read_text(encoding="utf-8")).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_the_list_is_sorted_and_names_nothing_twice() -> None:
    assert sorted(set(audioset.__all__)) == audioset.__all__


@pytest.mark.parametrize("name", audioset.__all__)
def test_every_public_name_can_be_imported(name: str) -> None:
    assert getattr(audioset, name) is not None
    assert name in dir(audioset)


def test_a_type_checker_sees_the_same_names_in_the_same_modules() -> None:
    seen = names_for_type_checkers()
    assert sorted(seen) == audioset.__all__
    for name, module in seen.items():
        assert getattr(importlib.import_module(module), name) is getattr(audioset, name)


def test_every_error_is_public() -> None:
    errors = [
        node.name
        for node in ast.parse((PACKAGE / "errors.py").read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
    ]
    assert set(errors) <= set(audioset.__all__)


def test_what_needs_no_workspace_in_the_hand_is_what_a_workspace_does() -> None:
    for name in ("open", "pin", "training_run", "lightning_callback", "transformers_callback"):
        here = inspect.signature(getattr(audioset, name)).parameters
        of_workspace = dict(inspect.signature(getattr(audioset.Workspace, name)).parameters)
        del of_workspace["self"]
        assert {n: p.default for n, p in here.items()} == {
            n: p.default for n, p in of_workspace.items()
        }


def test_every_verb_says_what_it_does() -> None:
    verbs = [name for name in dir(audioset.Workspace) if not name.startswith("_")]
    assert len(verbs) > 40
    for name in verbs:
        assert inspect.getdoc(getattr(audioset.Workspace, name)), name


def test_no_public_name_is_that_of_a_subpackage() -> None:
    """Python would put the subpackage in the name's place once anything loads it."""
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert not folders & set(audioset.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = audioset.nonsense  # type: ignore[attr-defined]
