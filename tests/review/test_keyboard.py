"""By keyboard alone through a dataset of a synthetic voice; what is published is what was decided.

`test_real_recordings` does it in every run, with more; here what is cut is known to the sample.
"""

from pathlib import Path

import pandas as pd
import pytest
import soundfile
from playwright.sync_api import expect

import audioset
from tests.review.conftest import Serve, SitDown
from tests.review.hands import Hands
from tests.review.material import IN_NO_LINE

# What nobody changed must be published as it was measured and cut.
KEPT = ["pcm_sha256", "start_sample", "end_sample", "speaker", "line", "take"]


def published(folder: Path) -> pd.DataFrame:
    """Publish, and give the rows of the version by clip."""
    ws = audioset.open_workspace(workspace=folder)
    ws.publish(message="as it was decided")
    return ws.open("scots@v1").to_pandas().set_index("clip_id")


@pytest.mark.slow
def test_what_hands_decide_is_what_is_published(
    voiced: Path, serve: Serve, sit_down: SitDown
) -> None:
    working = audioset.open_workspace(workspace=voiced).to_pandas().set_index("clip_id")
    first, second, third = working.index[(working.line == 1)]
    hands = Hands(sit_down(serve(voiced, "--by", "mairi", "--order", "clip_id")))
    hands.filter("speaker = 'ewan'")
    assert hands.counter == "0 of 3"
    misheard = next(i for i in working.index if working.text[i] == "good mourning to you")
    hands.go_to(misheard)
    hands.correct("good morning to you")
    expect(hands.page.locator("#text .said")).to_have_text("good morning to you")
    hands.press("j", "x")  # the last of them is no use
    hands.wait_until_saved()
    rejected = working.index[working.text == "good morning"][0]
    hands.filter("speaker = 'isla'")
    assert hands.counter == "0 of 6"
    hands.go_to(first)
    expect(hands.page.locator("#takes li")).to_have_count(3)
    hands.press("2")
    expect(hands.page.locator("#takes li[data-verdict=accept]")).to_have_attribute(
        "data-clip", second
    )
    hands.press("j", "j", "a")  # a slip: the third is not to be taken
    hands.press("u")
    assert hands.clip_id == third
    hands.wait_until_saved()
    rows = published(voiced)
    assert set(rows.index) == set(working.index) - {rejected, first, third}
    assert rows.text[misheard] == "good morning to you"
    assert rows.text_source[misheard] == "human"
    assert bool(rows.accepted[second])
    untouched = rows.index.drop(misheard)
    assert rows.text[untouched].equals(working.text[untouched])
    assert rows[KEPT].astype(str).equals(working.loc[rows.index, KEPT].astype(str))


@pytest.mark.slow
def test_edges_and_a_clip_of_speech_in_no_line(
    voiced: Path, voiced_sources: Path, serve: Serve, sit_down: SitDown
) -> None:
    working = audioset.open_workspace(workspace=voiced).to_pandas().set_index("clip_id")
    moved = working.index[working.line == 3][0]
    hands = Hands(sit_down(serve(voiced, "--by", "mairi", "--order", "clip_id")))
    hands.filter("line = 3")
    hands.go_to(moved)
    hands.press("]", ">", ".", ".")  # the end, by 100 ms and twice by 10
    hands.press("Control+s")
    hands.wait_until_saved()
    hands.press("v")
    rows = hands.page.locator("#source-rows [role=option]")
    chosen = hands.page.locator("#source-rows [aria-selected=true]")
    expect(chosen).to_be_visible()
    hands.press("Home")
    for _ in range(rows.count()):
        if "no line" in chosen.inner_text():
            break
        hands.press("j")
    hands.press("Enter")
    expect(hands.page.locator("#make-clip[open]")).to_be_visible()
    hands.press("ArrowDown")  # from a line to words of one's own
    hands.press("Tab")
    hands.type(IN_NO_LINE)
    hands.press("Enter")
    expect(hands.page.locator("#make-clip[open]")).to_be_hidden()
    hands.press("Escape")
    hands.wait_until_saved()
    rows = published(voiced)
    made = rows.index[rows.text == IN_NO_LINE]
    assert len(made) == 1
    assert len(rows) == len(working) + 1
    (new,) = set(rows.index) - set(working.index) - set(made)
    assert moved not in rows.index
    assert rows.start_sample[new] == working.start_sample[moved]
    assert rows.end_sample[new] == working.end_sample[moved] + 2205 + 2 * 221
    dataset = audioset.open_workspace(workspace=voiced).open("scots@v1")
    source, _ = soundfile.read(voiced_sources / "talk.wav", dtype="int16")
    for clip_id in (new, *made):
        start, end = rows.start_sample[clip_id], rows.end_sample[clip_id]
        assert (dataset[clip_id].samples * 32768 == source[start:end]).all()
