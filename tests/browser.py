"""A real browser: Chromium of the machine, driven by Playwright, in which nothing may go wrong.

A test module imports `browser` and `driver`, which that needs: one for the module, since the loop
that drives it is in the way of other modules' own.
"""

import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    Request,
    expect,
    sync_playwright,
)

# Set where the browser must be there, so that nothing is skipped without anybody noticing.
REQUIRED = "REQUIRE_CHROMIUM"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_OWN_SCHEMES = ("data", "blob", "about")  # they name no host

# How busy the machine is is no fault of a page: as long as this waits only what hangs.
PATIENCE_MS = 180_000
_LOOK_AGAIN_MS = 20
expect.set_options(timeout=PATIENCE_MS)


def find_chromium() -> str | None:
    """Give the path of Chromium; the variable CHROMIUM names another."""
    names = [os.environ.get("CHROMIUM", "chromium"), "chromium-browser", "chrome"]
    return next(filter(None, map(shutil.which, names)), None)


def require_chromium() -> str:
    """Give the path of Chromium; the test is skipped without it, or fails if it is required."""
    found = find_chromium()
    if found is None:
        if os.environ.get(REQUIRED):
            pytest.fail(f"{REQUIRED} is set, but there is no chromium")
        pytest.skip("no chromium; apt-get install chromium")
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium without a window; it ends with the block."""
    with sync_playwright() as started, launched(started) as browser:
        yield browser


@contextmanager
def launched(started: Playwright) -> Iterator[Browser]:
    browser = started.chromium.launch(executable_path=find_chromium(), args=FLAGS)
    browser.on("context", be_patient)
    try:
        yield browser
    finally:
        browser.close()


def be_patient(context: BrowserContext) -> None:
    """Let whatever is done in a context wait long; the contexts of `launched` do."""
    context.set_default_timeout(PATIENCE_MS)


def wait_until(page: Page, question: str, patience_ms: float = PATIENCE_MS) -> Any:
    """Ask a page again and again until it says something true; gives that.

    Playwright's own `wait_for_function` has the page evaluate words once it was told no, and the
    page's content policy refuses that: whoever asks too early would fail.

    Args:
        page: in which JavaScript is evaluated.
        question: an expression of JavaScript, or a function.
        patience_ms: milliseconds after which the answer cannot come any more.

    Raises:
        TimeoutError: when it still says something false then.
    """
    ends = time.monotonic() + patience_ms / 1000
    while not (answer := page.evaluate(question)):
        if time.monotonic() > ends:
            raise TimeoutError(f"the page still says {answer!r} to {question}")
        page.wait_for_timeout(_LOOK_AGAIN_MS)
    return answer


@pytest.fixture(scope="module")
def driver() -> Iterator[Playwright]:
    """What starts browsers and drives them."""
    require_chromium()
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browser(driver: Playwright) -> Iterator[Browser]:
    """One browser for the tests of a module; each opens a context of its own in it."""
    with launched(driver) as started:
        yield started


class Watch:
    """What goes wrong in a context: errors of its pages, and requests to any host but its own.

    Attributes:
        faults: one line each, in order; a violation of the page's content policy is one of them.
    """

    def __init__(self, context: BrowserContext, home: str) -> None:
        self.faults: list[str] = []
        self._home = urlsplit(home).netloc
        self._allowed: list[str] = []
        context.on("console", self._hear)
        context.on("weberror", lambda error: self._add(f"page error: {error.error}"))
        context.on("request", self._ask)

    def allow(self, pattern: str) -> None:
        """Say what the test itself brings about, such as an answer 409."""
        self._allowed.append(pattern)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            where = message.location["url"]
            self._add(f"console {message.type}: {message.text} ({where})")

    def _ask(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme not in _OWN_SCHEMES and url.netloc != self._home:
            self._add(f"request to another host: {request.url}")

    def _add(self, fault: str) -> None:
        if not any(re.search(pattern, fault) for pattern in self._allowed):
            self.faults.append(fault)


def ask_page(browser: Browser, page: Path, question: str) -> Any:
    """Open a file and give what a function of JavaScript says in it, or in the frame that it holds.

    Its console stays empty, and it asks no host for anything.
    """
    context = browser.new_context(viewport={"width": 1240, "height": 3600})
    watch = Watch(context, page.as_uri())
    opened = context.new_page()
    opened.goto(page.as_uri())
    answer = opened.frames[-1].evaluate(question)
    context.close()
    assert watch.faults == []
    return answer
