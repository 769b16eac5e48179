"""The watch over pages sees what it is there for; else every test in a browser would be blind."""

import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser import Watch, browser, driver, wait_until
from tests.servers import serving

__all__ = ["browser", "driver"]  # fixtures

PAGES = {
    "/later": "<script src=/later.js></script>",
    "/fine": "<p>fine<img src=data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=>",
    "/console": "<script src=/console.js></script>",
    "/throws": "<script src=/throws.js></script>",
    "/rejects": "<script src=/rejects.js></script>",
    "/inline": "<script>document.title = 'taken'</script>",
    "/missing": "<img src=/nowhere.png>",
    "/elsewhere": "<script src=/elsewhere.js></script>",
    "/later.js": "setTimeout(() => { window.done = 'told'; }, 100)",
    "/console.js": "console.error('bad news')",
    "/throws.js": "throw new Error('bad news')",
    "/rejects.js": "Promise.reject(new Error('bad news'))",
    "/elsewhere.js": "fetch(`//localhost:${location.port}/fine`, { mode: 'no-cors' })",
}


class Handler(BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        body = PAGES.get(self.path)
        self.send_response(404 if body is None else 200)
        kind = "text/javascript" if self.path.endswith(".js") else "text/html"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Security-Policy", "script-src 'self'")
        self.end_headers()
        head = "" if kind != "text/html" else "<!doctype html><link rel=icon href=data:,>"
        self.wfile.write((head + (body or "")).encode())


@pytest.fixture(scope="module")
def home() -> Iterator[str]:
    with serving(Handler) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/fine", None),
        ("/console", "console error: bad news"),
        ("/throws", "page error: bad news"),
        ("/rejects", "page error: bad news"),
        ("/inline", "violates the following Content Security Policy directive"),
        ("/missing", "404"),
        ("/elsewhere", "request to another host: http://localhost:"),
    ],
)
def test_the_watch_tells(browser: Browser, home: str, path: str, told: str | None) -> None:
    context = browser.new_context()
    watch = Watch(context, home)
    page = context.new_page()
    page.goto(home + path, wait_until="networkidle" if told is None else "load")
    while told is not None and not watch.faults:
        page.wait_for_timeout(10)
    context.close()
    assert [fault for fault in watch.faults if told is None or told not in fault] == []


def test_what_a_test_brings_about_itself_is_allowed_by_name(browser: Browser, home: str) -> None:
    context = browser.new_context()
    watch = Watch(context, home)
    watch.allow("nowhere.png")
    page = context.new_page()
    page.goto(home + "/missing")
    page.goto(home + "/console")
    while not watch.faults:
        page.wait_for_timeout(10)
    context.close()
    assert [fault.split(" (")[0] for fault in watch.faults] == ["console error: bad news"]


def test_a_page_is_asked_until_it_says_yes_whatever_its_policy(browser: Browser, home: str) -> None:
    context = browser.new_context()
    watch = Watch(context, home)
    page = context.new_page()
    page.goto(home + "/later")
    assert wait_until(page, "window.done") == "told"
    page.evaluate("() => { window.asked = 0; }")
    assert wait_until(page, "() => ++window.asked > 2")
    with pytest.raises(TimeoutError, match=r"still says None to window\.never"):
        wait_until(page, "window.never", patience_ms=50)
    context.close()
    assert watch.faults == []


def test_nobody_waits_in_the_way_that_the_policy_of_pages_refuses() -> None:
    """It works wherever the first answer is yes, so on a quiet machine."""
    project = Path(__file__).parents[1]
    waiting = re.compile(r"\.wait_for_function\(")
    asked = [
        file for folder in ("tests", "benchmarks") for file in (project / folder).rglob("*.py")
    ]
    assert len(asked) > 100
    assert [str(file) for file in asked if waiting.search(file.read_text(encoding="utf-8"))] == []
