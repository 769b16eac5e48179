"""Modules of the page in a real browser, without a server: a test hands them what they need."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route

import audioset

STATIC = Path(audioset.__file__).parent / "review" / "static"
_HOME = "http://page.invalid"

Run = Callable[[str], Any]


def _file(route: Route) -> None:
    name = urlsplit(route.request.url).path.removeprefix("/static/")
    if name == "/":
        route.fulfill(body="<!doctype html><title>test</title>", content_type="text/html")
    else:
        kind = "text/javascript" if name.endswith(".js") else "text/plain"
        route.fulfill(body=(STATIC / name).read_bytes(), content_type=kind)


@pytest.fixture(scope="module")
def blank(browser: Browser) -> Iterator[Page]:
    """An empty page that finds the modules."""
    context = browser.new_context()
    context.route(f"{_HOME}/**", _file)
    opened = context.new_page()
    opened.goto(f"{_HOME}/")
    yield opened
    context.close()


@pytest.fixture
def run(blank: Page) -> Run:
    """Give what a function of JavaScript returns; `load(PLACE)` is a module of the page."""
    load = "const load = (place) => import(`/static/${place}.js`);"
    return lambda body: blank.evaluate(f"async () => {{ {load} {body} }}")
