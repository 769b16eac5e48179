"""By keyboard alone through two real recordings; what is published is what was decided, no more."""

from pathlib import Path

import numpy as np
import pandas as pd
import soundfile
from playwright.sync_api import expect

import audioset
from audioset.versions.publish import Publication
from audioset.workspace import Workspace
from tests.review.conftest import Serve, SitDown
from tests.review.hands import Hands
from tests.review.material import FORGOTTEN

EDITED = "Web accessibility perspectives: keyboard compatibility."
BEST = (1, 2, 3, 3, 2, 1, 2, 1, 2)  # take of each line
EARLIER = round(0.12 * 44100)  # samples: by 100 ms, and twice by 10
# What nobody changed is published as it was measured and cut.
KEPT = (
    "pcm_sha256",
    "start_sample",
    "end_sample",
    "text",
    "text_source",
    "speaker",
    "line",
    "take",
)


def correct_the_captions(hands: Hands, captions: list[str]) -> None:
    """Edit a text, move an edge, reject what is no use, and leave one open."""
    hands.filter("speaker = 'narrator'")
    expect(hands.page.locator("#counter")).to_have_text("0 of 4")
    assert hands.clip_id == captions[0]
    hands.correct(EDITED, "Control+Enter")  # saves, accepts and goes on
    hands.see(captions[1])
    hands.press("[", "<", ",", ",", "Control+s")
    # It follows the one before without a gap: they would share more than a breath.
    refused = hands.page.locator("#notices").get_by_text(f"0.120 s of {captions[0]}")
    expect(refused).to_be_visible()
    hands.press("Control+s")  # insists
    expect(refused).to_have_count(0)
    hands.wait_until_saved()
    hands.press("j")
    hands.see(captions[2])
    hands.press("x")
    hands.see(captions[3])
    hands.press("s")
    hands.wait_until_saved()


def pick_takes(hands: Hands, lines: list[list[str]]) -> None:
    """Pick the best take of each line; one verdict is a slip."""
    hands.filter("speaker = 'jackson'")
    expect(hands.page.locator("#counter")).to_have_text("0 of 27")
    for takes, best in zip(lines, BEST, strict=True):
        hands.see(takes[0])
        expect(hands.page.locator("#takes li[aria-current]")).to_have_attribute(
            "data-clip", takes[0]
        )
        hands.press(str(best))
        hands.press("j", "j")
        hands.see(takes[2])
        hands.press("j")
    hands.see(lines[-1][2])
    hands.press("a", "u")  # nobody wants two takes of it
    hands.wait_until_saved()


def make_the_forgotten(hands: Hands) -> None:
    """Make a clip of the first speech that is in no line."""
    hands.press("v")
    chosen = hands.page.locator("#source-rows [aria-selected=true]")
    expect(chosen).to_be_visible()
    rows = hands.page.locator("#source-rows > div")
    kinds = rows.evaluate_all("rows => rows.map((row) => row.dataset.kind)")
    hands.press(*["k"] * len(kinds), *["j"] * kinds.index("gap"))
    expect(chosen).to_have_attribute("data-kind", "gap")
    hands.press("Enter")
    expect(hands.page.locator("#make-clip[open]")).to_be_visible()
    hands.tab_to("#make-clip [aria-label='Its words']")
    hands.press("ControlOrMeta+a")
    hands.type(FORGOTTEN)
    hands.press("Enter")
    expect(hands.page.locator("#make-clip[open]")).to_be_hidden()
    expect(hands.page.locator("#source-told")).to_contain_text("Done")
    hands.press("Escape")
    hands.wait_until_saved()


def publish(ws: Workspace, *, with_unsure: bool = False) -> tuple[Publication, pd.DataFrame]:
    """Publish, and give the rows of the version by clip too."""
    made = ws.publish(message="as decided", with_unsure=with_unsure, track=False)
    return made, ws.open(str(made.ref)).to_pandas().set_index("clip_id")


def test_what_hands_decide_is_what_is_published(
    real: Path, serve: Serve, sit_down: SitDown
) -> None:
    ws = audioset.open_workspace(workspace=real)
    cut = ws.to_pandas().sort_values(["source_id", "start_sample"]).set_index("clip_id")
    sounds = {i: soundfile.read(real / "clips" / f"{i}.flac", dtype="int16")[0] for i in cut.index}
    captions = list(cut.index[cut.speaker == "narrator"])
    lines = [list(cut.index[cut.line == number]) for number in range(1, 10)]
    server = serve(real, "--by", "mairi", "--order", "clip_id")
    hands = Hands(sit_down(server, allow=(r"400 \(Bad Request\) \(\S+/api/edges\)",)))
    correct_the_captions(hands, captions)
    pick_takes(hands, lines)
    make_the_forgotten(hands)

    made, rows = publish(ws)
    best = {takes[number - 1] for takes, number in zip(lines, BEST, strict=True)}
    (forgotten,) = rows.index[rows.text == FORGOTTEN]
    (moved,) = set(rows.index) - set(cut.index) - {forgotten}
    assert set(rows.index) == {captions[0], moved, forgotten} | best
    assert set(rows.index[rows.accepted.fillna(False).astype(bool)]) == {captions[0]} | best
    assert (rows.text[captions[0]], rows.text_source[captions[0]]) == (EDITED, "human")
    assert rows.start_sample[moved] == cut.start_sample[captions[1]] - EARLIER
    assert rows.end_sample[moved] == cut.end_sample[captions[1]]
    assert rows.text[moved] == cut.text[captions[1]]
    assert rows.start_sample[forgotten] < cut.start_sample[lines[0][0]]
    for name in KEPT:
        same = rows.index.intersection(cut.index)
        same = same.drop(captions[0]) if name.startswith("text") else same
        assert rows[name][same].astype(str).equals(cut[name][same].astype(str)), name

    # The captions follow each other without a gap: the sound before one is the end of another.
    sounds[moved] = np.concatenate([sounds[captions[0]][-EARLIER:], sounds[captions[1]]])
    version = ws.open(str(made.ref))
    for clip_id in rows.index.drop(forgotten):
        assert np.array_equal(version[clip_id].samples * 32768, sounds[clip_id]), clip_id
    assert np.abs(version[forgotten].samples).max() > 0.05

    assert made.num_unsure == 1
    made, everything = publish(ws, with_unsure=True)
    assert made.num_unsure == 0
    assert set(everything.index) - set(rows.index) == {captions[3]}
    assert pd.isna(everything.accepted[captions[3]])
