"""Which clip of one recording is which of another: the real voice of the demo, edited."""

from functools import cache

import numpy as np

from audioset.hearing.fingerprint import RATE, make_fingerprint
from audioset.hearing.matches import Heard, find_matches
from audioset.hearing.shifts import WholePrint, find_shifts
from audioset.media.resample import Resampler
from tests.sounds import SPEECH_RATE, Samples, spoken

LIMIT = 0.2


@cache
def takes() -> tuple[tuple[float, Samples], ...]:
    samples, said = spoken()
    places = [(each.start_seconds, each.end_seconds) for each in said]
    return tuple(
        (start, samples[round(start * SPEECH_RATE) : round(end * SPEECH_RATE)])
        for start, end in places
    )


def heard(clips: list[tuple[float, Samples]]) -> list[Heard]:
    return [(start, make_fingerprint(samples, SPEECH_RATE)) for start, samples in clips]


def pairs(
    ones: list[tuple[float, Samples]], others: list[tuple[float, Samples]]
) -> list[tuple[int, int]]:
    return [(m.one, m.other) for m in find_matches(heard(ones), heard(others), limit=LIMIT)]


def moved(by_seconds: float, *numbers: int) -> list[tuple[float, Samples]]:
    return [(takes()[number][0] + by_seconds, takes()[number][1]) for number in numbers]


def test_clips_that_were_moved_are_found_and_other_takes_are_not() -> None:
    assert pairs(moved(0, 0, 1, 2, 3), moved(-1.5, 1, 3, 4)) == [(1, 0), (3, 1)]


def test_a_mix_that_is_clipped_is_found_by_what_lies_around_it() -> None:
    loud = [
        (start, np.clip(sound * 6, -1, 1) * np.float32(0.9)) for start, sound in moved(2, *range(6))
    ]
    loud[0] = moved(2, 0)[0]
    loud[1] = moved(2, 1)[0]
    found = find_matches(heard(moved(0, *range(6))), heard(loud), limit=LIMIT)
    assert [(match.one, match.other) for match in found] == [(n, n) for n in range(6)]
    assert {round(match.shift_seconds, 1) for match in found} == {2.0}


def test_the_same_sound_twice_goes_with_its_neighbours() -> None:
    """A jingle, of which the first was cut out: the second is no longer the second clip."""
    jingle = takes()[0][1]
    old = [(0.0, jingle), *moved(5, 1, 2), (20.0, jingle), *moved(25, 3, 4)]
    new = [*moved(3, 1, 2), (18.0, jingle), *moved(23, 3, 4)]
    assert pairs(old, new) == [(1, 0), (2, 1), (3, 2), (4, 3), (5, 4)]


def test_a_clip_of_which_a_word_is_missing_says_so() -> None:
    start, sound = takes()[3]
    half = round(0.3 * SPEECH_RATE)
    (match,) = find_matches(heard([(start, sound)]), heard([(start, sound[half:])]), limit=LIMIT)
    assert match.alone_seconds > 0.1
    (match,) = find_matches(heard([(start, sound)]), heard([(start, sound)]), limit=LIMIT)
    assert match.alone_seconds == 0


def test_a_recording_tells_how_far_its_sound_was_moved() -> None:
    samples, said = spoken()
    cut = round(1.7 * SPEECH_RATE)
    at_8_khz = Resampler(SPEECH_RATE, RATE).push(samples[cut:] * np.float32(2), last=True)
    whole = WholePrint.of(np.array_split(at_8_khz, 7))
    shifts = find_shifts(heard(moved(0, *range(6))), whole)
    late = [each for each in said if each.start_seconds > 1.7]
    assert len(shifts) == len(late) >= 4
    assert all(abs(shift + 1.7) < 0.03 for shift in shifts)
    assert find_shifts(heard(moved(0, 0)), WholePrint.of([])) == []
