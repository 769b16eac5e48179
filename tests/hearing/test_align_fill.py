"""Speech that was left over goes to a take of the line beside it, whichever take that is called."""

import numpy as np
import pytest
from numpy.typing import NDArray

from audioset.hearing.align.decoder.decode import Found
from audioset.hearing.align.left_over import with_left_over
from audioset.hearing.align.placed import Placed
from audioset.hearing.align.sections import make_agenda

STRETCHES = ((20, 50), (80, 110), (140, 170), (200, 230))  # the last is of another line


def heard() -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Three takes of one line and one of another, between pauses."""
    silent = np.ones(250, bool)
    features = np.random.default_rng(0).normal(0, 0.01, (250, 12)).astype(np.float32)
    for number, (start, end) in enumerate(STRETCHES):
        silent[start:end] = False
        features[start:end, 0 if number < 3 else 1] += 1
    return silent, features


def filled(takes: int, found: list[Found], pins: list[Placed]) -> list[tuple[int, int, int]]:
    """Look for so many takes of the first line, and one of the second."""
    silent, features = heard()
    agenda = make_agenda([takes, 1], pins, silent.size)
    lengths = np.full(len(agenda.order), 30)
    spans = with_left_over(found, agenda, silent, features, lengths, lambda _: 1.0)
    return [(agenda.order[span.line], span.start, span.end) for span in spans]


@pytest.mark.parametrize("places", [(0, 1), (0, 2), (1, 2)])
def test_a_take_between_two_takes_is_found_whichever_they_were_taken_for(
    places: tuple[int, int],
) -> None:
    found = [
        Found(places[0], *STRETCHES[0]),
        Found(places[1], *STRETCHES[2]),
        Found(3, *STRETCHES[3]),
    ]
    assert filled(3, found, []) == [
        (0, *STRETCHES[0]),
        (0, *STRETCHES[1]),
        (0, *STRETCHES[2]),
        (1, *STRETCHES[3]),
    ]


def test_there_are_never_more_takes_than_were_asked_for() -> None:
    found = [Found(0, *STRETCHES[0]), Found(1, *STRETCHES[2]), Found(2, *STRETCHES[3])]
    assert len(filled(2, found, [])) == 3
