"""`audioset.__all__` is what can be imported, sorted, and what a type checker sees."""

import ast
import importlib
from pathlib import Path

import pytest

import audioset

SOURCE = Path(audioset.__file__ or "")


def names_for_type_checkers() -> dict[str, str]:
    """Read which name is imported from which module under TYPE_CHECKING."""
    (block,) = (
        node
        for node in ast.parse(SOURCE.read_text(encoding="utf-8")).body
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
    )
    return {
        alias.name: node.module or ""
        for node in block.body
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
    assert sorted({*seen, "__version__"}) == audioset.__all__
    for name, module in seen.items():
        assert getattr(importlib.import_module(module), name) is getattr(audioset, name)


def test_every_verb_and_every_error_is_public() -> None:
    verbs = [
        node.name
        for node in ast.parse((SOURCE.parent / "api.py").read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    ]
    errors = [
        node.name
        for node in ast.parse((SOURCE.parent / "errors.py").read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
    ]
    assert {*verbs, *errors} <= set(audioset.__all__)


def test_no_public_name_is_that_of_a_subpackage() -> None:
    """Python would put the subpackage in the name's place once anything loads it."""
    folders = {path.parent.name for path in SOURCE.parent.glob("*/__init__.py")}
    assert not folders & set(audioset.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = audioset.nonsense  # type: ignore[attr-defined]
