"""The views beside the clip, by keyboard alone, on the real server."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import audioset
from audioset.workspace import Workspace
from tests.review.conftest import Serve, SitDown

TAKES = "#takes li"


@pytest.fixture
def page(voiced: Path, serve: Serve, sit_down: SitDown) -> Page:
    """A review by Mairi of the clips of `make_voiced`, at one that has three takes."""
    opened = sit_down(serve(voiced, "--by", "mairi", "--where", "line = 3"))
    expect(opened.locator(TAKES)).to_have_count(3)
    return opened


@pytest.fixture
def ws(voiced: Path) -> Workspace:
    """The workspace, as another process sees it."""
    return audioset.open(voiced)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def saved(page: Page) -> None:
    """Wait until the server has taken everything."""
    page.wait_for_function(
        "!Object.keys(localStorage).some((k) => k.startsWith('audioset:operation:'))"
    )


def test_the_best_take_is_picked_by_its_number(page: Page, ws: Workspace) -> None:
    press(page, "2")
    saved(page)
    takes = page.locator(TAKES)
    assert [takes.nth(at).get_attribute("data-verdict") for at in range(3)] == [
        "reject",
        "accept",
        "reject",
    ]
    rows = sorted((row.take, row.accepted) for row in ws.clips() if row.line == 3)
    assert rows == [(1, False), (2, True), (3, False)]
