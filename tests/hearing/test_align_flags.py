"""Flags of takes that were found, on scenes that are made up."""

import numpy as np
import pytest

from audioset.hearing.align.ear.features import HOP_SECONDS, NUM_BANDS, Features
from audioset.hearing.align.flags import flags_of
from audioset.hearing.align.placed import Placed

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
    (flags,) = flags_of([Placed(0, edge, end, -1.0)], [], features, [text], set())
    return flags


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
