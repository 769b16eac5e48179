"""Photograph the review page and a report for the docs, in a real browser.

Usage: python scripts/make_review_pictures.py [--media FOLDER]
It reviews two real videos (see CONTRIBUTING.md), and reports what is published then; needs Chromium
(`apt-get install chromium`).
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page

from audioset.workspace import Workspace
from tests.browser import chromium
from tests.review.hands import Hands
from tests.review.material import make_real
from tests.review.reviewing import Reviewing, reviewing

PROJECT = Path(__file__).parents[1]
FOLDER = PROJECT / "docs" / "pictures"
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
DRAWN_MS = 1500  # takes, history and waves come after the clip


def go_through(page: Page) -> None:
    """Judge a few clips, correct a text, and stop at a clip with takes."""
    hands = Hands(page)
    hands.filter("speaker = 'jackson'")
    hands.press("a", "x", "a")
    hands.wait_until_saved()
    hands.press("]", ">")


def show_source(page: Page) -> None:
    """Show the whole source of the clip."""
    page.keyboard.press("v")
    page.wait_for_selector("#source-rows [aria-selected=true]")


def show_keys(page: Page) -> None:
    """Show all keys."""
    page.keyboard.press("?")
    page.wait_for_selector("#help[open]")


PICTURES: dict[str, tuple[dict[str, int], str, Callable[[Page], None]]] = {
    "clip-light": (WIDE, "light", go_through),
    "clip-dark": (WIDE, "dark", go_through),
    "source-light": (WIDE, "light", show_source),
    "keys-dark": (WIDE, "dark", show_keys),
    "phone-light": (NARROW, "light", lambda page: page.keyboard.press("j")),
    "phone-dark": (NARROW, "dark", lambda page: page.keyboard.press("j")),
}


def photograph(browser: Browser, server: Reviewing, name: str) -> Path:
    """Take one picture, in a profile of its own."""
    size, colours, act = PICTURES[name]
    context = browser.new_context(viewport=size, color_scheme=colours, reduced_motion="reduce")
    page = context.new_page()
    page.goto(server.address)
    Hands(page)  # waits for the first clip
    act(page)
    page.wait_for_timeout(DRAWN_MS)
    path = FOLDER / f"review-{name}.png"
    page.screenshot(path=path)
    context.close()
    return path


def photograph_report(browser: Browser, ws: Workspace, folder: Path) -> Path:
    """Take one picture of the report of what was decided, as a version."""
    version = ws.publish(message="heard, and corrected").record
    written = folder / "report.html"
    ws.report(f"{version.dataset}@v{version.version}", to=written)
    context = browser.new_context(viewport=WIDE, color_scheme="light")
    page = context.new_page()
    page.goto(written.as_uri())
    path = FOLDER / "report.png"
    page.screenshot(path=path)
    context.close()
    return path


def main() -> None:
    """Take all pictures."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--media", type=Path, default=PROJECT.parent / "shared" / "data")
    asked = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ws = make_real(Path(folder), asked.media)
        with chromium() as browser:
            with reviewing(ws.folder, "--by", "mairi") as server:
                for name in PICTURES:
                    print(photograph(browser, server, name))
            print(photograph_report(browser, ws, Path(folder)))


if __name__ == "__main__":
    main()
