"""What somebody else said: how alike both judge, and what happens where they were first."""

from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Locator, Page, Route, expect

import audioset
from audioset.workspace import Workspace
from tests.review.conftest import Serve, SitDown
from tests.review.hands import Hands
from tests.review.seen import TAKES


@pytest.fixture
def ws(voiced: Path) -> Workspace:
    return audioset.open_workspace(workspace=voiced)


@pytest.fixture
def mairi(voiced: Path, serve: Serve, sit_down: SitDown) -> Hands:
    """Mairi at the takes of a line; others may decide what her page has not heard of."""
    server = serve(voiced, "--by", "mairi", "--order", "clip_id", "--where", "line = 1")
    # The sound of a clip whose edges somebody else moves is gone before the page knows.
    page = sit_down(server, allow=("409", r"404 \(Not Found\) \(\S+/audio/"))
    page.route("**/api/changes**", _nothing_new)
    expect(page.locator(TAKES)).to_have_count(3)
    return Hands(page)


def _nothing_new(route: Route) -> None:
    route.fulfill(json={"last_row_id": 0, "rows": [], "news": []})


def clashes(page: Page) -> Locator:
    """Theirs and mine, in the dialog that comes by itself."""
    expect(page.locator("#conflicts[open]")).to_be_visible()
    return page.locator("#conflicts tbody tr")


def choose(hands: Hands, name: str) -> None:
    """Say whose word holds, and wait until it does."""
    hands.page.locator("#conflicts").get_by_role("button", name=name).press("Enter")
    expect(hands.page.locator("#conflicts")).to_be_hidden()
    hands.wait_until_saved()


def verdicts(ws: Workspace, clip_id: str) -> list[tuple[str, object]]:
    """Who said what of a clip, oldest first, without what was taken back."""
    rows = ws.working.catalog.history("clip", clip_id)
    gone = {row.retracts for row in rows}
    return [
        (row.decided_by, row.decision.value)
        for row in rows
        if not row.retracts and row.op_id not in gone
    ]


def test_undo_leaves_what_somebody_else_decided_and_doing_again_asks(
    mairi: Hands, ws: Workspace
) -> None:
    clip, page = mairi.clip_id, mairi.page
    take = page.locator(f"{TAKES}[data-clip='{clip}']")
    mairi.press("a")
    mairi.wait_until_saved()
    ws.decide(audioset.Decision("clip", clip, "accepted", False), by="ewan")
    mairi.press("u")
    notices = page.locator("#notices")
    expect(notices).to_contain_text("What ewan decided stays: verdict, rejected.")
    expect(take).to_have_attribute("data-verdict", "reject")
    assert verdicts(ws, clip) == [("ewan", False)]

    ws.decide(audioset.Decision("clip", clip, "accepted", "unsure"), by="ewan")
    mairi.press("Shift+U")  # in the knowledge of the one before
    expect(clashes(page)).to_contain_text("unsure ewan")
    expect(clashes(page)).to_contain_text("accepted")
    choose(mairi, "Keep theirs")
    expect(take).to_have_attribute("data-verdict", "unsure")
    assert verdicts(ws, clip)[-1] == ("ewan", "unsure")
    assert mairi.clip_id == clip


def test_edges_that_somebody_else_moved_stay_until_one_chooses(mairi: Hands, ws: Workspace) -> None:
    def rows() -> pd.DataFrame:
        return ws.to_pandas(columns=["clip_id", "start_sample", "end_sample"])

    clip, page = mairi.clip_id, mairi.page
    before = rows()
    start, end = (int(each) for each in before.set_index("clip_id").loc[clip])
    (theirs,) = ws.move_edges(clip, end_sample=end - 2205, by="ewan").rows
    moved = rows()
    mairi.press("]", "<", "<", "Control+s")  # the end, 100 ms earlier twice
    expect(clashes(page)).to_contain_text("ewan")
    assert rows().equals(moved), "nothing is cut before one chooses"
    choose(mairi, "Mine again")
    expect(page.locator("#clip-name")).not_to_contain_text(clip)
    mine = rows().set_index("clip_id").loc[mairi.clip_id]
    assert (mine.start_sample, mine.end_sample) == (start, end - 2 * 2205)
    assert theirs.clip_id not in set(rows().clip_id)
    assert len(rows()) == len(before)

    mairi.press("u")  # theirs is what held before
    mairi.wait_until_saved()
    assert rows().equals(moved)


def test_where_two_differ_one_settles_and_the_next_is_asked(mairi: Hands, ws: Workspace) -> None:
    page = mairi.page
    clips = page.locator(TAKES).evaluate_all("all => all.map((one) => one.dataset.clip)")
    for clip, first, second in zip(clips, (True, True, False), (False, True, True), strict=True):
        ws.decide(audioset.Decision("clip", clip, "accepted", first), by="isobel")
        blind = audioset.Decision("clip", clip, "accepted", second)
        ws.working.catalog.record([blind], by="ewan", review_pass=2)
    page.reload()
    expect(page.locator(TAKES)).to_have_count(3)
    mairi.press("g")
    view = page.locator("#agreement")
    expect(view.locator("h3").first).to_contain_text("isobel")
    expect(view.locator("tr", has_text="same verdict")).to_contain_text("1 of 3 clips")
    expect(view).to_contain_text("2 disagreements to settle")

    def number_of(name: str) -> str:
        """Give the key that stands on a button."""
        return view.get_by_role("button", name=name).locator("kbd").inner_text()

    mairi.press("9")  # nobody has this number
    mairi.press("ArrowDown", number_of("as isobel says: rejected"))
    expect(view).to_contain_text("1 disagreement to settle")
    assert verdicts(ws, clips[2])[-1] == ("mairi", False)
    expect(view.locator(".opinions button:focus")).to_be_visible()  # the next is at hand
    assert "mairi" not in dict(verdicts(ws, clips[0]))
    mairi.press(number_of("as ewan says: rejected"))
    expect(view).to_contain_text("Nothing to settle")
    assert verdicts(ws, clips[0])[-1] == ("mairi", False)
    mairi.press("Escape")
    expect(view).to_be_hidden()
    held = [page.locator(f"{TAKES}[data-clip='{clip}']") for clip in clips]
    for take, verdict in zip(held, ("reject", "accept", "reject"), strict=True):
        expect(take).to_have_attribute("data-verdict", verdict)
