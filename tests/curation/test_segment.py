from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from audioset.curation.cut.edges.stretches import Segmenter, Stretch
from audioset.hearing.speech.detector import FRAME_SECONDS, Frames
from audioset.records.cut_options import CutOptions

OPTIONS = CutOptions(max_seconds=2.0)


def frames_of(probabilities: list[float]) -> Frames:
    levels = np.random.default_rng(len(probabilities)).normal(-30, 5, len(probabilities))
    return Frames(np.array(probabilities, np.float32), levels.astype(np.float32))


def segment(frames: Frames, options: CutOptions = OPTIONS, *, piece: int = 10**6) -> list[Stretch]:
    segmenter = Segmenter(options)
    found = []
    for start in range(0, len(frames), piece):
        found += segmenter.push(frames[start : start + piece])
    return found + segmenter.finish()


probabilities = st.lists(st.sampled_from([0.0, 0.3, 0.4, 0.6, 1.0]), max_size=300)


@given(probabilities, st.integers(1, 50))
def test_how_the_frames_arrive_does_not_change_the_result(values: list[float], piece: int) -> None:
    assert segment(frames_of(values), piece=piece) == segment(frames_of(values))


@given(probabilities)
def test_stretches_are_in_order_apart_and_within_limits(values: list[float]) -> None:
    stretches = segment(frames_of(values))
    for stretch in stretches:
        assert 0 <= stretch.start_frame < stretch.end_frame <= len(values)
        length = (stretch.end_frame - stretch.start_frame) * FRAME_SECONDS
        assert length <= OPTIONS.max_seconds
        heard = length + (3 * FRAME_SECONDS if stretch.sure else 0)
        assert heard >= OPTIONS.min_seconds or stretch.joins_previous
    for before, after in pairwise(stretches):
        assert before.end_frame <= after.start_frame
        if before.joins_next and after.joins_previous:
            continue
        assert (after.start_frame - before.end_frame) * FRAME_SECONDS >= OPTIONS.pause_seconds * 0.9


def test_a_short_word_counts_for_more_than_its_vowel_where_the_detector_is_sure() -> None:
    def found(values: list[float]) -> int:
        return len(segment(frames_of([0.0] * 20 + values + [0.0] * 20)))

    assert found([0.6, 0.9, 0.8, 0.6]) == 1
    assert found([0.6, 0.6, 0.6, 0.6]) == 0  # a knock, perhaps
    assert found([0.9, 0.9, 0.9]) == 0  # a tenth of a second is no word
    assert found([0.6] * 7) == 1


@given(probabilities)
def test_no_long_speech_is_lost(values: list[float]) -> None:
    """Speech of at least min_seconds above the threshold lies in a stretch, split or not."""
    covered = np.zeros(len(values), bool)
    stretches = segment(frames_of(values))
    for stretch in stretches:
        covered[stretch.start_frame : stretch.end_frame] = True
    run = 0
    for number, value in enumerate(values):
        run = run + 1 if value >= 0.5 else 0
        if run * FRAME_SECONDS >= 0.2:
            assert covered[number]


def test_a_dip_inside_a_word_does_not_end_it() -> None:
    assert segment(frames_of([0.9] * 9 + [0.4] * 20 + [0.9] * 9 + [0.0] * 20)) == [
        Stretch(0, 38, sure=True)
    ]


def test_speech_that_is_too_long_is_split_at_its_quietest_place() -> None:
    levels = np.full(100, -20, np.float32)
    levels[44:47] = -60
    stretches = segment(Frames(np.ones(100, np.float32), levels))
    assert stretches[0] == Stretch(0, 45, joins_next=True)
    assert stretches[1].start_frame == 45
    assert stretches[1].joins_previous


def test_a_click_is_dropped() -> None:
    assert segment(frames_of([0.0] * 20 + [1.0] * 3 + [0.0] * 20)) == []
