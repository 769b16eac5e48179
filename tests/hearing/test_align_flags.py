"""Flags of takes that were found, on scenes that are made up."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import pytest

from audioset.hearing.align.ear.features import HOP_SECONDS, NUM_BANDS, Features
from audioset.hearing.align.flags import flags_of, loud_sound
from audioset.hearing.align.placed import Placed
from audioset.records.lines import ANY_TEXT

TAKE_SECONDS = 6.0


def flags_with_pauses(text: str, *pauses_seconds: float) -> set[str]:
    """Give the flags of one take, with pauses of these lengths inside."""
    count = round((TAKE_SECONDS + 2) / HOP_SECONDS)
    edge, end = round(1 / HOP_SECONDS), count - round(1 / HOP_SECONDS)
    speech = np.zeros(count, np.float32)
    speech[edge:end] = 1
    for k, seconds in enumerate(pauses_seconds):
        start = edge + round((0.8 + 2.2 * k) / HOP_SECONDS)
        speech[start : start + round(seconds / HOP_SECONDS)] = 0
    features = Features(
        bands=np.zeros((count, NUM_BANDS), np.float32),
        levels_db=np.full(2 * count, -30, np.float32),
        speech=speech,
        length_seconds=count * HOP_SECONDS,
    )
    (flags,) = flags_of([Placed(0, edge, end, -1.0)], [], features, [text], set(), [None])
    return flags


def line(number: int, *, late: int = 0, long: int = 0, **told: Any) -> Placed:
    """Give a line of 2 s, one of which begins every 4 s."""
    start = 200 * number + late
    return Placed(number, start, start + 100 + long, told.pop("cost", -1.0), **told)


def flags_of_lines(
    placed: Sequence[Placed],
    firsts: Sequence[Placed] = (),
    missing: Collection[int] = (),
    alike: Sequence[float | None] = (),
    also: tuple[int, int] = (0, 0),
) -> list[set[str]]:
    """Give the flags of lines in a scene where they are all that is said, but for some frames."""
    count = 4_000
    speech = np.zeros(count, np.float32)
    for start, end in [*((span.start, span.end) for span in placed), also]:
        speech[start:end] = 1
    features = Features(
        bands=np.zeros((count, NUM_BANDS), np.float32),
        levels_db=np.full(2 * count, -30, np.float32),
        speech=speech,
        length_seconds=count * HOP_SECONDS,
    )
    texts = ["the boat is late"] * 20
    alike = alike or [None] * len(placed)
    return flags_of(placed, [firsts] if firsts else [], features, texts, set(missing), alike)


@pytest.mark.parametrize(
    ("text", "pauses_seconds", "flagged"),
    [
        ("the boat is late", (), False),
        ("the boat is late", (0.5,), False),
        ("the boat is late", (1.0,), True),
        ("the boat, she said, is late", (1.0, 1.0), False),
        ("the boat, she said is late", (1.0, 1.0), True),
        ('"The boat is late," she said.', (1.0,), False),
        ("the boat is late.", (1.0,), True),  # nothing comes after that stop
        ("the boat, she said, is late", (1.8,), True),
    ],
)
def test_a_pause_is_odd_where_the_text_has_no_comma_for_it(
    text: str, pauses_seconds: tuple[float, ...], *, flagged: bool
) -> None:
    assert ("inner_pause" in flags_with_pauses(text, *pauses_seconds)) is flagged


@pytest.mark.parametrize(("ahead", "flagged"), [(None, True), (1.5, True), (4.0, False)])
def test_a_low_score_says_nothing_of_a_line_that_is_far_ahead_of_decoys(
    ahead: float | None, *, flagged: bool
) -> None:
    placed = [*map(line, range(6)), line(6, cost=-0.3, ahead=ahead)]
    flags = flags_of_lines(placed)
    assert flags[:6] == [set()] * 6
    assert ("low_score" in flags[6]) is flagged


@pytest.mark.parametrize(
    ("ahead", "long", "flagged"),
    [(None, 0, True), (1.5, 0, True), (4.0, 0, False), (4.0, 35, True)],
)
def test_beside_a_missing_line_a_take_is_doubtful_unless_it_is_plainly_its_own(
    ahead: float | None, long: int, *, flagged: bool
) -> None:
    placed = [line(0), line(1), line(3, ahead=ahead, long=long), *map(line, range(4, 8))]
    flags = flags_of_lines(placed, missing={2})
    assert "neighbour_missing" in flags[1]
    assert ("neighbour_missing" in flags[2]) is flagged


@pytest.mark.parametrize(
    ("first", "ahead", "flagged"),
    [
        (line(3, late=5), 4.0, False),  # nearly the same
        (line(3, late=40, cost=-0.9), 4.0, True),
        (line(3, late=100, cost=0.5), 4.0, False),  # nothing there that fits the line
        (line(3, late=100, cost=0.5), 1.5, True),
        (line(3, late=0, long=40, cost=0.5), 4.0, True),  # words may lack
        (line(4), 4.0, True),  # the first pass had nothing for the line
    ],
)
def test_where_the_first_pass_fits_far_worse_it_is_no_other_opinion(
    first: Placed, ahead: float, *, flagged: bool
) -> None:
    placed = [*map(line, range(3)), line(3, ahead=ahead), *map(line, range(4, 8))]
    flags = flags_of_lines(placed, [first, *placed[:3], *placed[4:]])
    assert ("aligners_disagree" in flags[3]) is flagged


def test_where_speech_is_left_over_near_a_take_the_first_pass_is_another_opinion() -> None:
    placed = [*map(line, range(3)), line(3, ahead=4.0), *map(line, range(4, 8))]
    firsts = [*placed[:3], line(3, late=100, cost=0.5), *placed[4:]]
    flags = flags_of_lines(placed, firsts, also=(750, 765))
    assert flags[3] == {"aligners_disagree"}


@pytest.mark.parametrize(
    ("ahead", "alike", "flagged"),
    [
        ((0.8, 1.9, 1.5), 0.4, False),
        ((0.8, 1.0, 1.1), 0.4, True),
        ((0.8, 1.9, 1.5), 0.1, True),
        ((0.8,), None, True),
    ],
)
def test_takes_that_are_alike_say_together_that_no_other_text_would_fit(
    ahead: tuple[float, ...], alike: float | None, *, flagged: bool
) -> None:
    takes = [
        Placed(0, 200 * k, 200 * k + 100, -1.0, any_text=k == 0, ahead=value)
        for k, value in enumerate(ahead)
    ]
    flags = flags_of_lines(takes, alike=[alike] * len(takes))
    assert [ANY_TEXT in each for each in flags] == [flagged, *[False] * (len(takes) - 1)]


def test_a_fifth_of_a_second_of_speech_beside_a_take_is_told() -> None:
    placed = list(map(line, range(4)))
    assert flags_of_lines(placed, also=(310, 318))[1] == set()
    assert flags_of_lines(placed, also=(310, 322))[1] == {"unexplained_speech"}


def test_what_is_as_loud_as_the_takes_and_in_none_is_found_though_no_detector_heard_it() -> None:
    placed = [Placed(0, 100, 120, -1.0), Placed(1, 400, 420, -1.0)]
    levels = np.full(1_000, -62, np.float32)
    for start, end, level in (
        (100, 126, -16),  # a take, and its soft end
        (200, 210, -20),  # lost
        (214, 220, -24),  # the same word, after a short pause
        (300, 304, -10),  # a click
        (320, 340, -40),  # a breath
        (400, 420, -18),
    ):
        levels[2 * start : 2 * end] = level
    bands = np.zeros((500, NUM_BANDS), np.float32)
    features = Features(bands, levels, np.zeros(500, np.float32), 10.0)
    assert loud_sound(placed, features) == [(200, 220)]
    assert loud_sound([], features) == []
    assert loud_sound([Placed(0, 0, 500, -1.0)], features) == []
    levels[:] = -20  # noise as loud as they are: nothing stands out
    assert loud_sound(placed, features) == []
