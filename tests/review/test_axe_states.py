"""axe-core finds nothing in what the page shows where something is unusual."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, Route, expect

import audioset
from tests.review.conftest import Serve, SitDown
from tests.review.hands import Hands
from tests.review.seen import NARROW, TAKES, UNUSUAL, WIDE, openable, violations

# Colours change over a moment, which is not to be judged.
COLOURS_HAVE_CHANGED = """async () => {
    await new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)));
    await Promise.allSettled(document.getAnimations().map((each) => each.finished));
}"""


def faults_in_all_colours(page: Page) -> list[str]:
    """Give what axe-core finds in what is shown now: dark and light, wide and narrow."""
    found = []
    for scheme in ("dark", "light"):
        for size in (WIDE, NARROW):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.set_viewport_size(size)
            page.evaluate(COLOURS_HAVE_CHANGED)
            found += [f"{scheme} {size['width']}: {fault}" for fault in violations(page)]
    return found


def nothing_new(route: Route) -> None:
    route.fulfill(json={"last_row_id": 0, "rows": [], "news": []})


@pytest.mark.slow
def test_unusual_states_keep_nothing_from_those_who_cannot_see(
    voiced: Path, serve: Serve, sit_down: SitDown
) -> None:
    ws = audioset.open_workspace(workspace=voiced)
    server = serve(voiced, "--by", "mairi", "--where", "line = 1")
    page = sit_down(server, allow=("409", "net::ERR_", "the server does not answer"))
    page.route("**/api/changes**", nothing_new)
    hands = Hands(page)
    expect(page.locator(TAKES)).to_have_count(3)
    page.evaluate(Axe().axe_script)

    ws.decide(audioset.Decision("clip", hands.clip_id, "accepted", False), by="ewan")
    hands.press("a")
    expect(page.locator("#conflicts[open]")).to_be_visible()
    seen = openable(page)[1]
    assert faults_in_all_colours(page) == [], "a conflict"
    page.locator("#conflicts").get_by_role("button", name="Keep theirs").press("Enter")

    hands.press("j", "j", "j")
    expect(page.locator("#notices")).to_contain_text("The end of the queue")
    assert faults_in_all_colours(page) == [], "the end of the queue"

    page.set_viewport_size(WIDE)
    for name, verdict in (("mairi", True), ("ewan", False)):
        ws.decide(audioset.Decision("clip", hands.clip_id, "accepted", verdict), by=name)
    hands.press("g")
    expect(page.locator("#agreement h3").first).to_contain_text("mairi")
    assert faults_in_all_colours(page) == [], "agreement"
    hands.press("Escape")

    page.set_viewport_size(WIDE)
    hands.filter("line = 99")
    assert faults_in_all_colours(page) == [], "an empty queue"

    page.set_viewport_size(WIDE)
    hands.filter("line = 1")
    server.kill()
    hands.press("x")
    expect(page.locator("#waiting.stuck")).to_be_visible()
    assert faults_in_all_colours(page) == [], "a dead server"

    page.set_viewport_size(WIDE)
    page.locator("#waiting").press("Enter")
    seen |= openable(page)[1]
    assert faults_in_all_colours(page) == [], "what waits to be saved"
    assert seen >= UNUSUAL
