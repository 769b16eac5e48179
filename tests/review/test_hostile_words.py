"""Script in texts, names and tags is shown as the text that it is; nothing of it ever runs."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import audioset
from tests.review.conftest import Serve, SitDown
from tests.review.hands import another_queue

# Each would change the title of the page; quotes, and what ends elements, are tried too.
SCRIPT = "<script>document.title='taken'</script>"
IMAGE = """<img src=x onerror="document.title='taken'">"""
BROKEN = """'"></textarea></option><svg onload=document.title='taken'>"""
HOSTILE = f"{SCRIPT} {IMAGE} {BROKEN}"
TAGS = (SCRIPT, IMAGE, """'"><svg onload=document.title='taken'>""")  # at most 50 characters


@pytest.fixture
def hostile(voiced: Path) -> Path:
    """A workspace in which every word that people may write is hostile."""
    ws = audioset.open_workspace(workspace=voiced)
    ids = ws.to_pandas().clip_id.tolist()
    facts = {"text": HOSTILE, "speaker": IMAGE, "place": BROKEN, "note": HOSTILE, "accepted": True}
    facts |= {f"tag:{word}": True for word in TAGS}
    decisions = [
        audioset.Decision("clip", clip_id, name, value)
        for clip_id in ids
        for name, value in facts.items()
    ]
    ws.decide(decisions, by=IMAGE)
    return voiced


def open_views(page: Page) -> None:
    """Open all that shows words of people."""
    with another_queue(page):
        page.locator("#filter-state").select_option("all")
    for keys, shown in (("j", "#takes li"), ("e", "textarea:focus"), ("v", "#source-view[open]")):
        page.keyboard.press(keys)
        expect(page.locator(shown).first).to_be_visible()
        page.keyboard.press("Escape")
    for key in ("b", "?", "/"):
        page.keyboard.press(key)
        page.wait_for_timeout(100)
        page.keyboard.press("Escape")


def test_script_is_shown_as_text(hostile: Path, serve: Serve, sit_down: SitDown) -> None:
    page = sit_down(serve(hostile, "--by", BROKEN, "--where", "line = 1"))
    expect(page.locator("#text .said")).to_have_text(HOSTILE)
    open_views(page)
    shown = page.locator("body").inner_text()
    assert IMAGE in shown
    tags = page.locator("#details .tags li")
    assert sorted(tag.strip("×\n ") for tag in tags.all_inner_texts()) == sorted(TAGS)
    assert page.title() != "taken"
    for element in ("img", "svg[onload]", "script:not([src])"):
        assert page.locator(element).count() == 0, element
