"""Each message of the troubleshooting page stands in the code."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import audioset
from tests.site.building import PROJECT

PAGE = (PROJECT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
MESSAGES = re.findall(r"^### `(.*)`$", PAGE, re.MULTILINE)
GAP = "\0"  # what a message says of the case at hand


def words_of(node: ast.expr) -> str:
    """Give the words of a text as it is put together, with a gap for each value."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(map(words_of, node.values))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return words_of(node.left) + words_of(node.right)
    return GAP


def texts_in(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp):
            yield words_of(node)


@cache
def texts_of_the_code() -> str:
    """Give all texts of the package, one a line."""
    package = Path(audioset.__file__).parent
    found = {text for path in package.rglob("*.py") for text in texts_in(path)}
    return "\n".join(text.replace("\n", " ") for text in found)


def in_the_code(message: str) -> bool:
    """Whether a text of the code says a message, and has something where it has `…`."""
    pieces = [re.escape(piece.strip()) for piece in message.split("…") if piece.strip()]
    return re.search(r"[^\n]*".join(pieces), texts_of_the_code()) is not None


@pytest.mark.parametrize("message", MESSAGES)
def test_the_message_stands_in_the_code(message: str) -> None:
    assert in_the_code(message)


def test_the_page_tells_many_and_a_lost_one_is_noticed() -> None:
    assert len(MESSAGES) >= 40
    assert len(set(MESSAGES)) == len(MESSAGES)
    assert not in_the_code("there is nothing to sing: the manifest has no clip")
    assert not in_the_code("is damaged: … (conditional put, If-None-Match)")
