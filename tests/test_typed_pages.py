"""How a page is read that somebody types, and what counts as printed."""

from pathlib import Path

import pytest

from tests.typed.pages import Reader, Step, hold, not_printed, read_steps

PAGE = """\
Save this as `say.sh`:
```bash
echo "and $1"
```
```
echo one; echo two
bash say.sh \\
    three
```
```text
one
…
and th…
```
This is somebody else's:
```toml
name = "x"
```
"""


def test_a_page_is_typed_and_held_against_what_it_shows(tmp_path: Path) -> None:
    steps = read_steps(PAGE)
    assert steps[0] == Step(file=("say.sh", 'echo "and $1"\n'))
    typed = Reader(tmp_path).types(steps)
    assert [each.printed for each in typed] == ["one\ntwo\n", "and three\n"]
    hold(steps, typed, {})
    with pytest.raises(AssertionError, match="echo one"):
        hold(steps, typed, {"echo one; echo two": 3})
    with pytest.raises(AssertionError, match="no line 'ls'"):
        Reader(tmp_path, instead={"ls": "true"}).types(steps)


@pytest.mark.parametrize(
    ("shown", "left"),
    [
        ("b\nc", ""),
        ("a\n───\nb", ""),
        ("a  b?", "a b?"),
        ("a\nc", "c"),
        ("a\n…\nc", ""),
        ("a\n…\nx\nc", "x\nc"),
        ("12 … 14", ""),
        ("12 …", ""),
        ("12", "12"),
    ],
)
def test_what_is_not_printed_so_is_named(shown: str, left: str) -> None:
    assert not_printed(shown, "a\nb\n\nc\n12  13   14") == left
