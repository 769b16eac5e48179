"""One word, one meaning; one fact, one place: names and constants of the package."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import audioset

PACKAGE = Path(audioset.__file__).parent


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Give every module of the package: its path and what is in it."""
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def assigned(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """Give the names that a module gives values to, `_` in front left out, and the values."""
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and node.value is not None:
            pairs: Iterable[tuple[ast.expr, ast.expr]] = [(node.target, node.value)]
        elif isinstance(node, ast.Assign):
            pairs = [
                pair
                for target in node.targets
                for pair in (
                    zip(target.elts, node.value.elts, strict=True)
                    if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple)
                    else [(target, node.value)]
                )
            ]
        else:
            continue
        for target, value in pairs:
            if isinstance(target, ast.Name):
                yield target.id.lstrip("_"), value


def named_types() -> Iterator[tuple[str, str]]:
    """Give each class and each named type of the package, `_` in front left out, and its module.

    Options of the command line, which are `Annotated`, have the names of what they choose; those
    of type variables mean nothing beyond one signature.
    """
    for module, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                yield node.name.lstrip("_"), module
        for name, value in assigned(tree):
            other = ast.unparse(value).startswith(("Annotated[", "TypeVar("))
            if name[:1].isupper() and not name.isupper() and not other:
                yield name, module


def constants() -> Iterator[tuple[str, str]]:
    """Give each constant of the package with its value, `_` in front left out, and its module."""
    for module, tree in modules():
        for name, value in assigned(tree):
            if name.isupper():
                yield f"{name} = {ast.unparse(value)}", module


def found_twice(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    places = defaultdict(list)
    for name, module in pairs:
        places[name].append(module)
    return {name: found for name, found in places.items() if len(found) > 1}


def test_no_two_types_have_the_same_name() -> None:
    assert found_twice(named_types()) == {}


def test_no_constant_stands_in_two_modules() -> None:
    assert found_twice(constants()) == {}
