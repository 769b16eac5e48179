"""A person at the page: hands on the keyboard, eyes on what the page says."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, expect

from tests.browser import wait_until

# What is not acknowledged lies in the browser; the page shows it only when it takes long.
NOTHING_WAITS = """async () => {
    const waits = (name) => name.startsWith("audioset:operation:");
    while (Object.keys(localStorage).some(waits)) await new Promise((go) => setTimeout(go, 20));
}"""

MOST_TABS = 40


@contextmanager
def another_queue(page: Page) -> Iterator[None]:
    """Wait until the clips that were chosen in it are there; keys before that act on the others."""
    page.evaluate("() => { globalThis.left = review.state.queue; }")
    yield
    wait_until(page, "review.state.queue !== globalThis.left && !review.going.underway")


class Hands:
    """Presses keys, and waits for what a person would wait to see."""

    def __init__(self, page: Page) -> None:
        self.page = page
        expect(page.locator("#clip-name")).not_to_be_empty()

    @property
    def clip_id(self) -> str:
        """The clip that is shown; a number in the queue stands before it."""
        return self.page.locator("#clip-name").inner_text().split()[-1]

    @property
    def text(self) -> str:
        return self.page.locator("#text .said").inner_text()

    @property
    def counter(self) -> str:
        return self.page.locator("#counter").inner_text()

    def see(self, clip_id: str) -> None:
        """Wait until a clip is shown."""
        expect(self.page.locator("#clip-name")).to_have_text(re.compile(rf"{clip_id}$"))

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, words: str) -> None:
        self.page.keyboard.type(words)

    def tab_to(self, field: str) -> None:
        """Press Tab until the focus is on a field."""
        focused = self.page.locator(f"{field}:focus")
        for _ in range(MOST_TABS):
            if focused.count():
                return
            self.press("Tab")
        raise AssertionError(f"Tab does not reach {field}")

    def filter(self, where: str) -> None:
        """Choose the clips of the queue by SQL."""
        self.press("/")
        expect(self.page.locator("#filter-where")).to_be_focused()
        with another_queue(self.page):
            self.type(where)
            self.press("Enter")

    def correct(self, text: str, *end: str) -> None:
        """Write another text; `end` are the keys that leave the field."""
        self.press("e", "ControlOrMeta+a")
        self.type(text)
        self.press(*(end or ("Enter",)))

    def go_to(self, clip_id: str) -> None:
        """Step to the start of the queue, and on until the clip is there."""
        self.press(*["k"] * int(self.counter.split()[-1]))
        name = self.page.locator("#clip-name")
        expect(name).to_contain_text("1. ")
        while self.clip_id != clip_id:
            before = name.inner_text()
            self.press("j")
            expect(name).not_to_have_text(before)

    def wait_until_saved(self) -> None:
        """Nothing is left that the server has not acknowledged."""
        self.page.evaluate(NOTHING_WAITS)
        expect(self.page.locator("#waiting")).to_be_hidden()
