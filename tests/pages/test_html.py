"""What a page shows does no harm, and a page stands whole at its place."""

import os
from pathlib import Path

import pytest

from audioset.errors import StorageError
from audioset.pages.html import TEXT_SHOWN, cut, format_hms, format_place, render, write_page
from audioset.pages.lineage_layout import Box

EVIL = '</script><b onclick="x">it\'s\x07\u202e'


def graph_values(title: str) -> dict[str, object]:
    return {
        "title": title,
        "size": (9, 9),
        "boxes": [],
        "arrows": [],
        "box_width": 1,
        "box_height": 1,
    }


def test_all_that_is_shown_is_escaped_and_visible() -> None:
    page = render("lineage.html", **graph_values(EVIL))
    assert page.startswith("<!doctype html>\n<html")
    assert "<b" not in page.replace("<body", "")
    assert "\x07" not in page
    assert page.count("it&#39;s⟨U+0007⟩⟨U+202E⟩") == 3, "title, heading and label"


def test_a_value_that_is_missing_is_an_error_and_no_gap() -> None:
    from jinja2 import UndefinedError

    values = graph_values("x")
    del values["box_width"]
    values["boxes"] = [(Box(key="a", kind="run", title="a"), 0, 0)]
    with pytest.raises(UndefinedError, match="box_width"):
        render("lineage.html", **values)


def test_a_page_replaces_a_file_whole_and_writes_through_what_is_no_file(tmp_path: Path) -> None:
    page = tmp_path / "new" / "page.html"
    assert write_page(page, "first") == page
    with page.open() as before:
        write_page(page, "second")
        assert before.read() == "first"
    assert page.read_text() == "second"
    assert [path.name for path in page.parent.iterdir()] == ["page.html"]
    link = tmp_path / "link.html"
    link.symlink_to(page)
    write_page(link, "third")
    assert (link.is_symlink(), page.read_text()) == (True, "third")
    write_page(Path(os.devnull), "fourth")
    assert not Path(os.devnull).is_file()
    with pytest.raises(StorageError, match="cannot write"):
        write_page(tmp_path, "a folder")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00.00"), (59.996, "1:00.00"), (754.5, "12:34.50")]
)
def test_a_place_is_minutes_and_seconds(seconds: float, text: str) -> None:
    assert format_place(seconds) == text


def test_lengths_and_texts_are_short() -> None:
    assert [format_hms(s) for s in (0, 59.96, 3661.25)] == ["0:00:00.0", "0:01:00.0", "1:01:01.2"]
    assert format_place(59.96, 1) == "1:00.0"
    assert cut("x" * TEXT_SHOWN) == "x" * TEXT_SHOWN
    assert cut("abcdef", 4) == "abc…"
