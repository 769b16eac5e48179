"""The views beside the clip, by keyboard alone, on the real server."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

import audioset
from audioset.workspace import Workspace
from tests.browser import Watch, wait_until
from tests.review.conftest import SitDown
from tests.review.reviewing import Reviewing, reviewing
from tests.review.seen import TAKES, WIDE, faults_of_views, settle
from tests.sounds import SPEECH_RATE
from tests.workspaces import add_source

SOURCE_ROW = "#source-rows [aria-selected=true]"
CLIPS = "rows => rows.filter((row) => row.dataset.kind === 'clip').length"
WAITING = "Object.keys(localStorage).filter((key) => key.startsWith('audioset:operation:'))"


# Chromium warns of it, and the page says so: nothing sounds before a first key or click.
SILENCE = "AudioContext was not allowed to start"


@pytest.fixture(scope="module")
def ws(_voiced: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace of the clips of `make_voiced` for all tests; starting a review takes a while."""
    folder = tmp_path_factory.mktemp("views") / "scots"
    return audioset.open_workspace(shutil.copytree(_voiced, folder))


@pytest.fixture(scope="module")
def shared(ws: Workspace) -> Iterator[Reviewing]:
    """A review of it by Mairi."""
    with reviewing(ws.folder, "--by", "mairi", "--where", "line is not null") as server:
        yield server


@pytest.fixture(scope="module")
def opened(browser: Browser, shared: Reviewing) -> Iterator[Page]:
    """The review in a browser, in which nothing goes wrong."""
    context = browser.new_context(viewport=WIDE, color_scheme="dark")
    watch = Watch(context, shared.home)
    watch.allow(SILENCE)
    # Who undoes a cut may still be asking about the clip that is gone with it.
    watch.allow(r"404 \(Not Found\) \(\S+/api/clips/")
    watch.allow(r"400 \(Bad Request\) \(\S+/api/edges\)")  # an edge over a neighbour
    watch.allow(r"400 \(Bad Request\) \(\S+/api/clips\)")  # a clip that is too short is asked for
    page = context.new_page()
    page.goto(shared.address)
    yield page
    context.close()
    assert watch.faults == []


@pytest.fixture
def page(opened: Page) -> Page:
    """The review, at a clip that has three takes, with no view open."""
    while opened.locator("dialog[open]").count():
        opened.keyboard.press("Escape")
    settle(opened)
    expect(opened.locator(TAKES)).to_have_count(3)
    return opened


def reload(page: Page) -> None:
    """Load the page anew, and wait until it has gone to the clip at which it begins."""
    page.reload()
    wait_until(page, "review.state.current")


def press(page: Page, *keys: str) -> None:
    """Press keys, one after the other."""
    for key in keys:
        page.keyboard.press(key)


def write(page: Page, words: str, *keys: str) -> None:
    """Write where the focus is, then press keys."""
    page.keyboard.type(words)
    press(page, *keys)


def saved(page: Page) -> None:
    """Wait until the server has taken everything."""
    while page.evaluate(WAITING):
        page.wait_for_timeout(20)


def take(page: Page, number: int) -> Locator:
    """The card of a take."""
    return page.locator(TAKES).nth(number - 1)


def clip_of(page: Page, number: int = 0) -> str:
    """Id of the clip of a take; of the one that is heard for 0."""
    found = take(page, number) if number else page.locator(f"{TAKES}[aria-current]")
    return found.get_attribute("data-clip") or ""


def said_of(ws: Workspace, clip_id: str, *fields: str) -> list[object]:
    """What Mairi decided about some fields of a clip, oldest first."""
    found = [each for each in ws.history(clip_id) if each.decision.field in fields]
    assert {each.decided_by for each in found} <= {"mairi"}
    return [each.decision.value for each in found]


def test_no_view_keeps_anything_from_those_who_cannot_see(page: Page) -> None:
    assert faults_of_views(page) == {}


def test_the_best_take_is_picked_by_its_number(page: Page, ws: Workspace) -> None:
    press(page, "2")
    saved(page)
    verdicts = [take(page, number).get_attribute("data-verdict") for number in (1, 2, 3)]
    assert verdicts == ["reject", "accept", "reject"]
    decided = [said_of(ws, clip_of(page, number), "accepted") for number in (1, 2, 3)]
    assert decided == [[False], [True], [False]]


def test_tags_notes_and_facts_are_written_without_a_mouse(page: Page, ws: Workspace) -> None:
    press(page, "t")
    write(page, "Two Voices", "Enter", "Escape")
    press(page, "m")
    write(page, "<b>hear</b> this again", "Control+Enter")
    press(page, "f")
    write(page, "accent", "Tab")
    write(page, "Orkney", "Enter")
    history = page.locator("#details .history")
    expect(history).to_contain_text("mairi set accent to “Orkney”")
    clip = clip_of(page)
    assert said_of(ws, clip, "tag:two-voices", "note", "accent") == [
        True,
        "<b>hear</b> this again",
        "Orkney",
    ]
    # What people write is text, whatever it looks like.
    expect(history).to_contain_text("noted “<b>hear</b> this again”")
    assert page.locator("#details b").count() == 0


def test_clips_of_a_tag_are_a_queue_that_can_be_kept(page: Page, ws: Workspace) -> None:
    ws.decide(audioset.Decision("clip", clip_of(page, 3), "tag:slow", True), by="mairi")
    reload(page)  # tags that others gave meanwhile are offered from then on
    press(page, "/")
    known = page.locator("#filter-tags option")
    expect(known.first).to_be_attached()
    assert "slow" in known.evaluate_all("options => options.map((option) => option.value)")
    page.locator("#filter-state").select_option("all")
    page.locator("#filter-tag").focus()
    write(page, "Slow", "Enter")
    counter = page.locator("#counter")
    expect(counter).to_contain_text("of 1")
    page.locator("#filter-save").focus()
    press(page, "Enter")
    write(page, "slow ones", "Enter")
    page.locator("#filter-clear").focus()
    press(page, "Enter")
    expect(counter).not_to_contain_text("of 1")
    page.locator("#filter-saved").select_option("slow ones")
    expect(counter).to_contain_text("of 1")
    expect(page.locator("#filter-tag")).to_have_value("slow")
    page.locator("#filter-clear").focus()
    press(page, "Enter")
    expect(counter).not_to_contain_text("of 1")


def test_a_fact_can_be_one_of_the_speaker(page: Page, ws: Workspace) -> None:
    press(page, "f")
    write(page, "gender", "Tab")
    write(page, "f", "Tab", "ArrowDown", "Enter")
    expect(page.locator("#details .facts")).to_contain_text("gender")
    assert said_of(ws, clip_of(page), "gender") == []
    [said] = ws.history("isla", subject_kind="speaker")
    assert (said.decision.field, said.decision.value) == ("gender", "f")


def test_what_all_clips_of_a_speaker_cannot_share_is_asked_of_the_clip(page: Page) -> None:
    press(page, "f")
    write(page, "take")
    expect(page.locator("#fact input[value=speaker]")).to_be_disabled()
    press(page, "Escape")


def test_a_dialog_gives_the_focus_back(page: Page) -> None:
    page.locator("#fact-speaker").focus()
    for key, dialog in (("?", "#help"), ("v", "#source-view"), ("b", "#bulk"), ("f", "#fact")):
        press(page, key)
        page.wait_for_selector(f"{dialog}[open]")
        press(page, "Escape")
        wait_until(page, "document.activeElement.id === 'fact-speaker'")


def test_keys_are_exchanged_kept_and_given_back(page: Page) -> None:
    press(page, "?")
    change = page.locator("#change-accept")
    change.focus()
    press(page, "Enter", "s")
    expect(page.locator("#help .problem")).to_contain_text("s already is: Unsure")
    press(page, "Enter")  # exchange the two
    expect(page.locator("tr[data-key=unsure] kbd")).to_have_text("a")
    press(page, "Escape")
    expect(page.locator("#accept kbd")).to_have_text("s")
    reload(page)
    press(page, "?")
    expect(page.locator("tr[data-key=accept] kbd")).to_have_text("s")
    page.locator("#reset-accept").focus()
    press(page, "Enter")
    expect(page.locator("tr[data-key=accept] kbd")).to_have_text("a")
    expect(page.locator("tr[data-key=unsure] kbd")).to_have_text("s")


def test_keys_that_the_browser_keeps_are_refused(page: Page) -> None:
    press(page, "?")
    page.locator("#change-accept").focus()
    press(page, "Enter", "Tab")
    expect(page.locator("#help .problem")).to_contain_text("Tab cannot be chosen")
    expect(page.locator("tr[data-key=accept] kbd")).to_have_text("a")


def test_a_source_shows_what_is_missing_and_what_nobody_wrote_down(page: Page) -> None:
    press(page, "v")
    page.wait_for_selector(SOURCE_ROW)
    kinds = page.locator("#source-rows > div").evaluate_all("rows => rows.map(r => r.dataset.kind)")
    assert sorted(set(kinds)) == ["clip", "gap", "missing"]
    expect(page.locator("#source-rows")).to_contain_text("line 2 not found")
    press(page, *["j"] * len(kinds))
    expect(page.locator(SOURCE_ROW)).to_have_attribute("data-kind", kinds[-1])
    press(page, "End")
    place, end = page.locator("#source-playhead"), "aria-valuemax"
    expect(place).to_have_attribute("aria-valuenow", place.get_attribute(end) or "")


def test_colours_are_chosen_and_kept(page: Page) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    press(page, "Shift+T")
    dark = page.evaluate(ground)
    with page.expect_response("**/api/settings"):  # a reload would break it off
        press(page, "Shift+T")
    light = page.evaluate(ground)
    assert dark != light
    reload(page)
    assert page.evaluate(ground) == light


def test_who_comes_second_sees_both_values_and_chooses(
    page: Page, ws: Workspace, shared: Reviewing, sit_down: SitDown
) -> None:
    late = sit_down(shared, allow=("409", SILENCE))
    late.route("**/api/changes**", _nothing_new)  # the news would come first
    expect(late.locator(TAKES)).to_have_count(3)
    clip = clip_of(late)
    ws.decide(audioset.Decision("clip", clip, "accepted", False), by="ewan")
    press(late, "a")
    conflict = late.locator("#conflicts")
    expect(conflict).to_contain_text("Somebody else decided this meanwhile")
    expect(conflict.locator("tbody")).to_contain_text("rejected ewan")
    expect(conflict.locator("tbody")).to_contain_text("accepted")
    assert ws.history(clip)[-1].decided_by == "ewan"
    late.reload()  # what was not chosen yet is asked again
    conflict.get_by_role("button", name="Mine again").focus()
    press(late, "Enter")
    saved(late)
    last = ws.history(clip)[-1]
    assert (last.decision.value, last.decided_by) == (True, "mairi")
    expect(conflict).to_be_hidden()


def test_a_second_tab_is_not_somebody_else(
    page: Page, ws: Workspace, shared: Reviewing, sit_down: SitDown
) -> None:
    late = sit_down(shared, allow=("409", SILENCE))
    late.route("**/api/changes**", _nothing_new)
    expect(late.locator(TAKES)).to_have_count(3)
    ws.decide(audioset.Decision("clip", clip_of(late), "accepted", value=False), by="mairi")
    press(late, "a")
    conflict = late.locator("#conflicts")
    expect(conflict).to_contain_text("You decided this yourself meanwhile")
    expect(conflict.locator("tbody")).to_contain_text("rejected you,")
    conflict.get_by_role("button", name="Keep what holds").press("Enter")
    expect(conflict).to_be_hidden()
    ws.undo(by="mairi")


def test_what_cannot_be_cut_here_is_told(page: Page) -> None:
    page.evaluate("Object.assign(review.state.session, {can_cut: false, version: 'scots@v3'})")
    press(page, "]", ">")
    told = page.locator("#notices .notice")
    expect(told).to_have_count(1)
    expect(told).to_contain_text("scots@v3 is published and never changes: edges are moved")
    page.evaluate("Object.assign(review.state.session, {can_cut: true, version: null})")
    told.get_by_role("button").press("Enter")


def test_edges_over_speech_of_a_neighbour_wait_until_one_insists(page: Page, ws: Workspace) -> None:
    captions = ws.to_pandas().query("speaker == 'ewan'").sort_values("start_sample")
    first, second = captions.clip_id[:2]
    later = captions.end_sample.iloc[0] + round(0.6 * SPEECH_RATE)
    refused = page.locator("#notices .notice", has_text=f"s of {second}: that speech would be")
    page.evaluate("clip => review.goto(clip)", first)
    wait_until(page, "review.player.prepared?.span?.[1] > review.state.current.length_seconds")
    press(page, "]", *[">"] * 6, "Control+s")
    expect(refused).to_be_visible()
    press(page, "j")  # to go on does not insist
    expect(page.locator("#clip-name")).not_to_contain_text(first)
    refused.get_by_role("button", name="Go to the clip").press("Enter")
    expect(page.locator("#edges")).to_contain_text("+600 ms")
    reload(page)
    expect(page.locator(TAKES)).to_have_count(3)
    saved(page)
    assert first in set(ws.to_pandas().clip_id)
    refused.get_by_role("button", name="Save all the same").press("Enter")
    expect(refused).to_have_count(0)
    saved(page)
    assert later in set(ws.to_pandas().end_sample)
    press(page, "u")
    saved(page)
    assert first in set(ws.to_pandas().clip_id)
    reload(page)


def test_with_which_text_a_clip_was_accepted_is_shown_while_it_has_another(
    page: Page, ws: Workspace
) -> None:
    clip = clip_of(page)
    ws.decide(audioset.Decision("clip", clip, "accepted", value=True), by="mairi")
    earlier = audioset.Decision("clip", clip, "accepted_text", "good evening to you")
    ws.working.catalog.record([earlier], by="mairi")
    reload(page)
    page.evaluate("clip => review.goto(clip)", clip)
    expect(page.locator("#text")).to_contain_text("accepted as: “good evening to you”")
    ws.undo(by="mairi")
    ws.undo(by="mairi")


def test_what_is_judged_counts_after_a_reload_and_is_told_to_be_left_out(page: Page) -> None:
    page.locator("#filter-state").select_option("all")
    counter, left_out = page.locator("#counter"), page.locator("#left-out")
    expect(counter).to_contain_text("of 6")
    expect(left_out).to_be_hidden()
    expect(page.locator("#list .entry")).to_have_count(6)
    judged = wait_until(page, "document.querySelectorAll('#list .mark:not(:empty)').length")
    reload(page)
    expect(counter).to_have_text(f"{judged} of 6")
    expect(left_out).to_contain_text("left out")
    left_out.get_by_role("button").press("Enter")
    expect(page.locator("#list .entry")).to_have_count(6)
    expect(left_out).to_be_hidden()


def _nothing_new(route: Route) -> None:
    route.fulfill(json={**route.fetch().json(), "rows": [], "news": []})


def test_all_clips_of_a_filter_are_counted_then_decided_then_undone(
    page: Page, ws: Workspace
) -> None:
    page.locator("#filter-state").select_option("all")
    expect(page.locator("#counter")).to_contain_text("of 6")
    press(page, "b")
    page.locator("#bulk input[value=fact]").check()
    press(page, "Tab")
    write(page, "room", "Tab")
    write(page, "kitchen", "Enter")
    sure = page.get_by_role("button", name="Yes, set room to “kitchen” for 6 clips")
    expect(sure).to_be_focused()
    clip = clip_of(page)
    assert said_of(ws, clip, "room") == []
    press(page, "Enter")
    expect(page.locator("#notices")).to_contain_text("Undo takes all of it back")
    assert said_of(ws, clip, "room") == ["kitchen"]
    press(page, "b", "Enter")  # what was written is still there
    expect(page.locator("#bulk .told")).to_contain_text("All of them have it already.")
    press(page, "Escape")
    press(page, "u")
    saved(page)
    expect(page.locator("#details .history")).to_contain_text("took back the room")


def test_a_clip_is_made_of_speech_in_no_line_then_parted_glued_and_undone(page: Page) -> None:
    rows, told = page.locator("#source-rows > div"), page.locator("#source-told")
    press(page, "v")
    page.wait_for_selector(SOURCE_ROW)
    kinds = rows.evaluate_all("rows => rows.map((row) => row.dataset.kind)")
    clips = kinds.count("clip")
    while page.locator(f"{SOURCE_ROW}[data-kind=gap]").count() == 0:
        press(page, "j" if "gap" in kinds[_chosen(page) + 1 :] else "k")
    press(page, "c")
    page.locator("#make-clip input[value=words]").check()
    press(page, "Tab", "Enter")
    asks = page.locator("#make-clip")
    expect(asks).to_contain_text("Write its words, or choose that they are not known yet.")
    write(page, "nobody wrote this")
    end = asks.get_by_label("To (s)")
    right = end.input_value()
    end.fill(asks.get_by_label("From (s)").input_value() + "1")  # too short for a clip
    press(page, "Enter")
    expect(asks.get_by_role("alert")).not_to_be_empty()
    expect(page.locator("#notices .problem")).to_have_count(0)  # it is told here
    end.fill(right)
    press(page, "Enter")
    expect(told).to_have_text("Done: make a clip.")
    assert rows.evaluate_all(CLIPS) == clips + 1
    chosen = page.locator(SOURCE_ROW)
    expect(chosen).to_contain_text("nobody wrote this")
    expect(page.locator("#source-rows [data-kind=gap]")).to_have_count(0)
    press(page, *["ArrowRight"] * 2, "p")
    expect(asks).to_contain_text("which words are in which part?")
    parts = asks.locator("input").evaluate_all("fields => fields.map((field) => field.value)")
    assert " ".join(parts).strip() == "nobody wrote this"
    press(page, "Enter")
    expect(told).to_have_text("Done: split a clip.")
    texts = page.locator("#source-rows [data-kind=clip] .text").all_inner_texts()
    assert set(filter(None, parts)) <= set(texts)
    assert rows.evaluate_all(CLIPS) == clips + 2
    press(page, "k", "g")
    expect(told).to_have_text("Done: merge two clips.")
    assert rows.evaluate_all(CLIPS) == clips + 1
    press(page, "k")
    expect(told).to_be_empty()
    for what in ("merge two clips", "split a clip", "make a clip"):
        press(page, "u")
        expect(told).to_have_text(f"Undone: {what}.")
    expect(page.locator("#source-rows [data-kind=gap]")).to_have_count(1)
    assert rows.evaluate_all(CLIPS) == clips
    with page.expect_response("**/api/changes**"):
        pass
    expect(page.locator("#anew")).to_have_count(0)  # it was all done here


def test_who_was_assigned_clips_can_look_at_everybodys(page: Page, ws: Workspace) -> None:
    whose, counter = page.locator("#filter-whose"), page.locator("#counter")
    reload(page)
    expect(counter).to_contain_text("of")
    assert not whose.is_visible()
    page.locator("#filter-state").select_option("all")
    expect(counter).to_contain_text("of 6")
    where = f"line is not null and clip_id <> '{clip_of(page, 1)}'"
    share = ws.assign(to="mairi", where=where)
    reload(page)
    expect(counter).to_contain_text("of")
    press(page, "/")
    expect(whose).to_have_value("mine")
    page.locator("#filter-state").select_option("all")
    mine = sum(one.num_clips for one in share.shares)
    expect(counter).to_contain_text(f"of {mine}")
    whose.select_option("all")
    expect(counter).to_contain_text("of 6")
    ws.unassign("mairi")
    reload(page)
    expect(counter).to_contain_text("of")


def test_the_playhead_goes_by_itself_where_it_sounds(page: Page) -> None:
    page.keyboard.press("l")  # a loop never ends
    page.keyboard.press("Enter")
    # The browser moves it, the page only looks after it: both clocks agree again and again.
    playhead_is_right = """() => {
      const head = document.getElementById("playhead");
      const { prepared, playing } = review.player;
      if (!playing || head.getAnimations().length !== 1) return false;
      const [from, to] = prepared.span;
      const shown = new DOMMatrix(getComputedStyle(head).transform).e / head.parentElement.clientWidth;
      return Math.abs(from + shown * (to - from) - review.player.position()) < 0.05;
    }"""  # noqa: E501  JavaScript
    wait_until(page, playhead_is_right)
    page.keyboard.press("l")
    page.evaluate("review.player.pause()")
    assert page.evaluate("document.getElementById('playhead').getAnimations().length") == 0


def test_clips_that_are_gone_are_told_and_nobody_is_torn_away(page: Page, ws: Workspace) -> None:
    counter = page.locator("#counter")
    page.locator("#filter-state").select_option("all")
    expect(counter).to_contain_text("of 6")
    press(page, "e", "ControlOrMeta+a")
    write(page, "good morning to ye")
    gone = clip_of(page, 2)
    before = counter.inner_text()
    here = clip_of(page)
    ws.remove([gone if gone != here else clip_of(page, 3)], yes=True)
    anew = page.locator("#anew")
    expect(anew).to_contain_text("Read anew")
    said = page.locator(".notice.standing")
    expect(said).to_contain_text("Of the clips 1 is gone")
    add_source(ws, "talk 9.mp4", 2, line=1)
    expect(said).to_contain_text("2 new clips came, and 1 is gone")
    expect(page.locator("#text textarea")).to_be_focused()
    assert (counter.inner_text(), clip_of(page)) == (before, here)
    press(page, "Enter", "Shift+Q")
    expect(anew).to_have_count(0)
    total = int(before.split()[-1])
    expect(counter).to_contain_text(f"of {total + 1}")
    saved(page)
    assert (clip_of(page), said_of(ws, here, "text")) == (here, ["good morning to ye"])


def _chosen(page: Page) -> int:
    return int((page.locator(SOURCE_ROW).get_attribute("id") or "-0").split("-")[-1])
