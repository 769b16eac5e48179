"""Pages of `audioset check` and its like, opened from files, lead to their clips in the review."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

import audioset
from tests.browser import Watch
from tests.review.conftest import NOT_YET, Serve
from tests.review.reviewing import Reviewing

REFUSED = "401"  # said by the console of a page that is not let in
# Every clip is too long to it. How noisy all are would be told once, of the recordings.
ALL_TOO_LONG = {"limits": {"too_long": 0.1}, "rules": ("too_long",)}


@pytest.fixture
def server(voiced: Path, serve: Serve) -> Reviewing:
    return serve(voiced, "--by", "mairi", "--where", "line is not null")


@pytest.fixture
def check_page(voiced: Path, server: Reviewing) -> Path:
    page = voiced.parent / "check.html"
    audioset.open_workspace(voiced).check(report=page, **ALL_TOO_LONG)  # type: ignore[arg-type]
    assert f'href="{server.home}/#clip=' in page.read_text(encoding="utf-8")
    return page


@pytest.fixture
def context(browser: Browser, server: Reviewing) -> Iterator[BrowserContext]:
    opened = browser.new_context()
    watch = Watch(opened, server.home)
    for pattern in (NOT_YET, REFUSED, "request to another host: file:"):
        watch.allow(pattern)
    yield opened
    opened.close()
    assert watch.faults == []


def follow(page: Page, check_page: Path, of: str) -> str:
    """Click the id of the last clip of a source on the page; gives it."""
    page.goto(check_page.as_uri())
    link = page.locator("article .id a", has_text=of).last
    clip_id = link.inner_text()
    link.click()
    return clip_id


def test_a_link_shows_its_clip_to_whoever_was_let_in(
    context: BrowserContext, server: Reviewing, check_page: Path
) -> None:
    page = context.new_page()
    page.goto(server.address)
    expect(page.locator("#clip-name")).not_to_be_empty()
    for of in ("talk-", "captions-"):  # in the queue, and not in it
        clip_id = follow(page, check_page, of)
        expect(page.locator("#clip-name")).to_have_text(re.compile(rf"(^|\. ){clip_id}$"))
        assert page.url == f"{server.home}/#clip={clip_id}"
    page.keyboard.press("j")
    expect(page).to_have_url(f"{server.home}/")  # the address names no clip that is not shown

    unknown = "<img src=x>"
    page.evaluate("hash => { location.hash = hash; }", f"clip={quote(unknown)}")
    expect(page.locator("#notices")).to_contain_text(f"There is no clip {unknown} in this review.")


def test_a_link_waits_until_the_browser_is_let_in(
    context: BrowserContext, server: Reviewing, check_page: Path
) -> None:
    page = context.new_page()
    clip_id = follow(page, check_page, "captions-")
    expect(page.locator("#picture-words")).to_contain_text("open the address that audioset review")
    page.keyboard.press("j")
    assert page.url == f"{server.home}/#clip={clip_id}"
    page.goto(server.address)
    expect(page.locator("#clip-name")).to_contain_text(clip_id)
