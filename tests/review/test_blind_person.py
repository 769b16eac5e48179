"""Two people in two browsers, one of them blind: nothing of the other is anywhere on their page."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.review.conftest import Serve, SitDown
from tests.review.hands import Hands, another_queue
from tests.review.seen import TAKES, open_views

# Recognisable, and nowhere else: all that a person can write, and the name of who wrote it.
NAME, TEXT, NOTE, TAG, FACT = "heliotrope", "marzipan", "wombat", "xylophone", "quicksand"
WORDS = (NAME, TEXT, NOTE, TAG, FACT)
# With what people wrote in fields, which the document does not hold as text.
ALL_OF_IT = """() => [document.documentElement.outerHTML, document.title,
    ...Array.from(document.querySelectorAll("input, textarea, select"), (field) => field.value),
    ...Object.values(localStorage), ...Object.values(sessionStorage)].join("\\n").toLowerCase()"""


def found(page: Page) -> set[str]:
    """Give which of the words are on the page, seen or not."""
    everything = page.evaluate(ALL_OF_IT)
    return {word for word in WORDS if word in everything}


def say_everything(hands: Hands) -> None:
    """Write all that can be written about the clip that is shown, and judge it and its takes."""
    clip = hands.clip_id
    hands.correct(TEXT)
    hands.press("m")
    hands.type(NOTE)
    hands.press("Control+Enter", "t")
    hands.type(TAG)
    hands.press("Enter", "Escape", "f")
    hands.type("place")
    hands.press("Tab")
    hands.type(FACT)
    hands.press("Enter", "1")
    assert hands.clip_id == clip
    hands.wait_until_saved()


def go_everywhere(hands: Hands) -> set[str]:
    """Open each view at each clip of each queue; gives which of the words were there."""
    page = hands.page
    seen = found(page)
    state = page.locator("#filter-state")
    names = state.locator("option").evaluate_all("all => all.map((one) => one.value)")
    for name in names:
        with page.expect_response("**/api/queue**"):  # one of them is refused
            state.select_option(name)
        seen |= found(page)
    with another_queue(page):
        state.select_option("all")
    seen |= found(page)
    page.locator("#stage").focus()
    for _ in range(int(hands.counter.split()[-1])):
        expect(page.locator(f"{TAKES}[aria-current]")).to_have_attribute("data-clip", hands.clip_id)
        seen |= found(page)
        hands.press("j")
    hands.press(*["k"] * int(hands.counter.split()[-1]))
    for _ in open_views(page):
        seen |= found(page)
    return seen


@pytest.mark.slow  # review_server/test_blind asks every route
def test_who_is_blind_finds_nothing_of_the_other(
    voiced: Path, serve: Serve, sit_down: SitDown
) -> None:
    options = ("--order", "clip_id", "--where", "line = 1")
    mairi = Hands(sit_down(serve(voiced, *options, "--by", NAME)))
    blind = serve(voiced, *options, "--by", "ewan", "--blind")
    early = Hands(sit_down(blind, allow=("400.*(disagreement|agreement)",)))
    first = early.text
    say_everything(mairi)
    assert found(mairi.page) == set(WORDS), "the one who sees does see them"
    with early.page.expect_response("**/api/changes**"):
        pass  # what was said while the page was open
    expect(early.page.locator(TAKES)).to_have_count(3)
    early.page.locator("#filter-state").select_option("disagreement")
    expect(early.page.locator("#picture-words")).to_contain_text("is blind: nothing of what others")
    assert go_everywhere(early) == set()
    assert early.text == first
    assert early.page.locator(f"{TAKES}[data-verdict=accept]").count() == 0
    assert early.page.locator(f"{TAKES}[data-verdict=reject]").count() == 0
    early.press("x")  # an opinion about the same clip is no conflict
    early.wait_until_saved()
    assert early.page.locator("#conflicts[open]").count() == 0
    early.page.reload()
    assert go_everywhere(Hands(early.page)) == set()
