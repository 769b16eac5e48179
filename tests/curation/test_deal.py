"""Clips are dealt to reviewers fairly, whole lines to one person, and the same whoever asks."""

import random
from collections import Counter

import pytest

from audioset.curation.reviewers.deal import Dealer, Dealt, choose_share
from audioset.records.assignments import Assignment


def clips(number: int, *, takes: int = 1, first: int = 0) -> list[Dealt]:
    return [
        Dealt(f"clip {line} {take}", f"line {line}", 1.0 + line % 5)
        for line in range(first, first + number)
        for take in range(takes)
    ]


def deal(
    given: list[Dealt],
    *reviewers: str,
    standing: list[Assignment] | None = None,
    judged: list[Assignment] | None = None,
    review_pass: int = 1,
) -> dict[str, str]:
    dealer = Dealer(reviewers, standing=standing or [], judged=judged or [])
    dealer.deal(given, review_pass)
    return {one.clip_id: one.reviewer for one in dealer.new}


def assigned(dealt: dict[str, str], review_pass: int = 1) -> list[Assignment]:
    return [
        Assignment(reviewer=by, clip_id=clip_id, review_pass=review_pass)
        for clip_id, by in dealt.items()
    ]


def test_each_gets_as_much_to_listen_to() -> None:
    given = clips(300)
    dealt = deal(given, "mairi", "ewan", "rab")
    seconds: Counter[str] = Counter()
    for clip in given:
        seconds[dealt[clip.clip_id]] += clip.length_seconds  # type: ignore[assignment]
    assert max(seconds.values()) - min(seconds.values()) <= 5  # the longest clip


def test_neither_the_order_of_rows_nor_of_names_changes_anything() -> None:
    given = clips(40)
    shuffled = random.Random(1).sample(given, len(given))
    assert deal(given, "mairi", "ewan") == deal(shuffled, "ewan", "mairi")


def test_takes_of_a_line_go_to_one_person() -> None:
    dealt = deal(clips(30, takes=3), "mairi", "ewan")
    for line in range(30):
        assert len({dealt[f"clip {line} {take}"] for take in range(3)}) == 1


def test_what_is_assigned_stays_and_new_clips_are_dealt_out() -> None:
    before = deal(clips(20), "mairi", "ewan")
    grown = clips(20, takes=2) + clips(20, first=20)
    new = deal(grown, "mairi", "ewan", standing=assigned(before))
    assert not before.keys() & new.keys()
    assert len(before) + len(new) == len(grown)
    for line in range(20):  # the new take goes to who has the others
        assert new[f"clip {line} 1"] == before[f"clip {line} 0"]


def test_a_second_opinion_is_another_persons() -> None:
    first = deal(clips(20), "mairi", "ewan")
    judged = assigned({"clip 99 0": "ewan"})
    dealer = Dealer(["mairi", "ewan"], standing=assigned(first), judged=judged)
    dealer.deal([*clips(20), *clips(1, first=99)], 2)
    second = {one.clip_id: one.reviewer for one in dealer.new}
    assert all(second[clip_id] != by for clip_id, by in first.items())
    assert second["clip 99 0"] == "mairi"
    assert {one.review_pass for one in dealer.new} == {2}


def test_a_clip_without_another_person_is_counted_and_left() -> None:
    first = assigned(deal(clips(4), "mairi"))
    dealer = Dealer(["mairi"], standing=first, judged=[])
    dealer.deal(clips(6), 2)
    assert {one.clip_id for one in dealer.new} == {"clip 4 0", "clip 5 0"}
    assert dealer.num_without_other == 4


@pytest.mark.parametrize(("share", "lines"), [(0.0, 0), (0.1, 4), (0.5, 20), (1.0, 40)])
def test_a_share_is_of_whole_lines(share: float, lines: int) -> None:
    chosen = choose_share(clips(40, takes=3), share, set())
    assert Counter(clip.group for clip in chosen) == dict.fromkeys(
        {clip.group for clip in chosen}, 3
    )
    assert len(chosen) == 3 * lines


def test_what_was_chosen_counts_as_the_clips_grow() -> None:
    before = {clip.clip_id for clip in choose_share(clips(40), 0.1, set())}
    grown = {clip.clip_id for clip in choose_share(clips(80), 0.1, before)}
    assert before < grown
    assert len(grown) == 8
