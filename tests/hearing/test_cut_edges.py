"""`edge_speech` says what an ear would say: a word that breaks off is cut, others are whole."""

from pathlib import Path

import numpy as np
import pytest

import audioset
from audioset.curation.measure import measure_flac
from audioset.hearing.cut_edges import edge_speech
from audioset.hearing.speech.detector import DETECTOR_RATE, Frames, SpeechDetector
from audioset.media.flac import encode_flac
from audioset.media.resample import Resampler
from audioset.records.check_report import CheckLimits
from tests.sounds import SPEECH_RATE, Samples, noise, silence, spoken, tone, write_audio

LIMIT = CheckLimits().cut_edge


def measured(samples: Samples, sampling_rate: int = SPEECH_RATE) -> float:
    pcm = (samples / max(1.0, float(np.abs(samples).max())) * 32767).astype(np.int16)
    return measure_flac(encode_flac(pcm, sampling_rate), name="clip").edge_speech


def takes() -> list[tuple[int, int]]:
    """Where the sound of each take begins and ends, in samples.

    The synthetic voice begins its "g" at full strength, unlike people: nothing is cut at 0 ms.
    """
    samples, said = spoken()
    found = []
    for one in said:
        start, end = round(one.start_seconds * SPEECH_RATE), round(one.end_seconds * SPEECH_RATE)
        heard = np.flatnonzero(np.abs(samples[start:end]) > 0.01 * np.abs(samples[start:end]).max())
        found.append((start + int(heard[0]), start + int(heard[-1]) + 1))
    return found


def loudest(start: int, end: int) -> int:
    """Give the middle of the loudest 50 ms, at least a quarter of a second from both ends."""
    samples, _ = spoken()
    size = SPEECH_RATE // 20
    inside = samples[start + 5 * size : end - 5 * size] ** 2
    sums = np.convolve(inside, np.ones(size), "valid")
    return start + 5 * size + int(sums.argmax()) + size // 2


NEAR = SPEECH_RATE // 100


def part(start: int, end: int, noise_level: float = 0.0) -> Samples:
    samples, _ = spoken()
    clip = samples[max(0, start) : end]
    return clip + noise(clip.size / SPEECH_RATE, SPEECH_RATE, level=noise_level)[: clip.size]


@pytest.mark.parametrize("noise_level", [0.0, 0.002, 0.01])
@pytest.mark.parametrize("gap_ms", [10, 20, 50, 100])
def test_a_word_that_begins_and_ends_near_the_edges_is_whole(
    gap_ms: int, noise_level: float
) -> None:
    gap = gap_ms * SPEECH_RATE // 1000
    for start, end in takes():
        assert measured(part(start - gap, end + gap, noise_level)) <= LIMIT


@pytest.mark.parametrize("noise_level", [0.0, 0.002, 0.01])
@pytest.mark.parametrize("seconds", [0.3, 0.5, 5.0])
def test_a_word_that_breaks_off_is_cut(seconds: float, noise_level: float) -> None:
    for start, end in takes():
        middle = loudest(start, end)
        size = round(seconds * SPEECH_RATE)
        before = part(max(start, middle - size), middle, noise_level)
        after = part(middle, min(end, middle + size), noise_level)
        assert measured(before) > LIMIT
        assert measured(after) > LIMIT


def test_the_rate_the_level_and_a_dc_offset_make_no_difference() -> None:
    start, end = takes()[0]
    whole = part(start - NEAR, end + NEAR)
    cut = part(start - NEAR, loudest(start, end))
    for rate in (8_000, 48_000):
        change = Resampler(SPEECH_RATE, rate).push(whole, last=True)
        assert measured(change, rate) <= LIMIT
        change = Resampler(SPEECH_RATE, rate).push(cut, last=True)
        assert measured(change, rate) > LIMIT
    assert measured(0.02 * cut) > LIMIT
    assert measured(0.5 * whole + np.float32(0.1)) <= LIMIT


@pytest.mark.parametrize(
    "samples",
    [
        silence(0.5, 16_000),
        silence(1 / 16_000, 16_000),
        np.full(8_000, 0.3, np.float32),
        noise(1.0, 16_000, level=0.05),
        tone(440, 1.0, 16_000),
        np.concatenate([tone(900, 0.01, 16_000, level=0.9), silence(0.6, 16_000)]),  # a click
    ],
)
def test_where_nobody_speaks_nothing_is_cut(samples: Samples) -> None:
    assert measured(samples, 16_000) <= LIMIT


@pytest.mark.parametrize("size", [1, 2, 79, 80, 81, 161])
def test_clips_of_a_few_samples_are_measured(size: int) -> None:
    frames = Frames(np.ones(1, np.float32), np.zeros(1, np.float32))
    assert 0 <= edge_speech(tone(300, 0.1, 16_000)[:size], 16_000, frames) <= 1


def test_a_folder_of_single_words_is_not_flagged(tmp_path: Path) -> None:
    """Words of half a second, as recorders cut them, with one that was cut through."""
    ws = audioset.init(tmp_path / "words", name="words")
    folder = tmp_path / "clips"
    folder.mkdir()
    names = []
    for number, (start, end) in enumerate(takes()):
        stop = loudest(start, end) if number == 3 else end + NEAR
        names.append(f"{number}.wav")
        write_audio(folder / names[-1], part(start - NEAR, stop), SPEECH_RATE)
    (tmp_path / "table.csv").write_text("\n".join(["file", *names]))
    ws.import_folder(folder, metadata=tmp_path / "table.csv")
    found = ws.check(rules=("cut_edge",)).findings
    assert [finding.clip_id[0] for finding in found] == ["3"]


def test_the_detector_alone_would_have_flagged_the_whole_words() -> None:
    """Why there is a measure of its own."""
    start, end = takes()[0]
    at_16_khz = Resampler(SPEECH_RATE, DETECTOR_RATE).push(
        part(start - NEAR, end + NEAR), last=True
    )
    frames = SpeechDetector().push(at_16_khz, last=True)
    assert frames.probabilities[:2].max() > LIMIT or frames.probabilities[-2:].max() > LIMIT
