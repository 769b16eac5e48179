"""SNR where noise comes and goes and where there is no pause; and where it cannot be told."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from numpy.typing import NDArray

from audioset.hearing.snr.bands import band_powers
from audioset.hearing.snr.estimate import estimate_snr_db, snr_by_pauses_db
from audioset.hearing.speech.detector import Frames, SpeechDetector
from tests.sounds import Samples, noise, silence, tone

RATE = 16_000
Sound = NDArray[np.float64]


@pytest.fixture(scope="module")
def reader(real_media: Path) -> Sound:
    """A real voice, recorded in silence."""
    samples, rate = soundfile.read(real_media / "long/lj_chapter01.flac")
    return soxr.resample(samples, rate, RATE)


@pytest.fixture(scope="module")
def others(real_media: Path) -> list[Sound]:
    """Real voices of other people."""
    sounds = (soundfile.read(real_media / name) for name in
              ("audio/aesop_fable.ogg", "audio/two_speakers_katie_steve.wav"))  # fmt: skip
    return [soxr.resample(samples, rate, RATE) for samples, rate in sounds]


def hear(samples: Samples) -> Frames:
    return SpeechDetector().push(samples, last=True)


def measured(sound: Sound, rate: int = RATE) -> float | None:
    samples = (0.3 * sound / np.abs(sound).max()).astype(np.float32)
    clip = soxr.resample(samples, RATE, rate).astype(np.float32)
    return estimate_snr_db(clip, rate, hear(samples))


def pieces(voice: Sound, *, dense: bool) -> Iterator[Sound]:
    """Pieces of 3 s as they come, or stretches of speech between two pauses."""
    if not dense:
        yield from (voice[at : at + 3 * RATE] for at in range(0, voice.size - 3 * RATE, 3 * RATE))
        return
    speech = hear(voice.astype(np.float32)).probabilities >= 0.5
    edges = np.flatnonzero(np.diff(speech.astype(np.int8))) + 1
    for start, end in pairwise(edges):
        if speech[start] and end - start > 40:
            yield voice[start * 512 : end * 512]


def mixed(voice: Sound, made: Sound, snr_db: float) -> Sound:
    """Add noise so that the voice, where it speaks, is so much louder than it."""
    speech = hear(voice.astype(np.float32)).probabilities >= 0.5
    powers = (voice[: voice.size // 512 * 512].reshape(-1, 512) ** 2).mean(axis=1)
    level = powers[speech[: powers.size]].mean() / 10 ** (snr_db / 10)
    return voice + made * np.sqrt(level / (made**2).mean())


def whole_frames(voice: Sound) -> Sound:
    return voice[: voice.size // 512 * 512]


def swelling(size: int, seed: int) -> Sound:
    """White noise whose level goes up and down by some 12 dB."""
    random = np.random.default_rng(seed)
    knots = np.arange(0, size + 6000, 6000)
    levels = np.interp(np.arange(size), knots, random.uniform(-6, 6, knots.size))
    return noise(size / RATE, RATE, level=1.0, seed=seed).astype(float) * 10 ** (levels / 20)


@pytest.mark.parametrize("dense", [False, True])
@pytest.mark.parametrize("snr_db", [0, 10, 20])
def test_noise_that_comes_and_goes_is_measured_also_without_a_pause(
    reader: Sound, snr_db: int, dense: bool
) -> None:
    voices = [whole_frames(voice) for voice in pieces(reader, dense=dense)][:12]
    found = [measured(mixed(v, swelling(v.size, n), snr_db)) for n, v in enumerate(voices)]
    told = [value for value in found if value is not None]
    assert len(told) >= len(found) * 0.7
    assert np.median(np.abs(np.array(told) - snr_db)) <= 3


def test_a_crowd_is_noise(reader: Sound, others: list[Sound]) -> None:
    voices = [whole_frames(voice) for voice in pieces(reader, dense=False)][:10]
    found = []
    for number, voice in enumerate(voices):
        starts = np.random.default_rng(number).integers(0, 20 * RATE, 10)
        crowd = sum(others[n % 2][at : at + voice.size] for n, at in enumerate(starts))
        found.append(measured(mixed(voice, crowd, 5)))
    told = np.array([value for value in found if value is not None])
    assert len(told) >= 5
    assert np.median(np.abs(told - 5)) <= 3


def test_two_voices_over_each_other_are_not_measured(reader: Sound, others: list[Sound]) -> None:
    voices = [whole_frames(voice) for voice in pieces(reader, dense=False)][:10]
    both = [mixed(v, others[0][n * 40_000 :][: v.size], 0) for n, v in enumerate(voices)]
    by_pauses = [
        snr_by_pauses_db(hear((0.3 * b / np.abs(b).max()).astype(np.float32))) for b in both
    ]
    assert max(value for value in by_pauses if value is not None) > 20, "the pauses are silent"
    assert sum(measured(sound) is not None for sound in both) <= 1


def test_a_clean_voice_is_clean_at_any_rate(reader: Sound) -> None:
    voice = whole_frames(reader[: 4 * RATE])
    values = [measured(voice, rate) for rate in (RATE, 44_100, 48_000)]
    assert all(value is not None and value > 28 for value in values)


def test_what_nobody_says_and_what_is_too_short_is_not_measured() -> None:
    for sound in (silence(2, RATE), noise(2, RATE, level=0.1), tone(440, 2, RATE)):
        assert estimate_snr_db(sound, RATE, hear(sound)) is None
    frames = Frames(np.ones(5, np.float32), np.full(5, -20, np.float32))
    assert estimate_snr_db(noise(0.16, RATE, level=0.1), RATE, frames) is None


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000])
def test_bands_hold_the_power_that_is_there(rate: int) -> None:
    sound = tone(1000, 2, rate, level=0.5)
    powers = band_powers(sound, rate, 62)
    assert powers.shape == (62, 24)
    np.testing.assert_allclose(powers.sum(axis=1), 0.125, rtol=0.02)
    assert (powers.argmax(axis=1) == powers[0].argmax()).all()
    assert band_powers(sound[:0], rate, 0).shape == (0, 24)
    assert band_powers(sound[:10], rate, 3)[1:].max() == 0


def test_rumble_is_in_the_lowest_band_and_an_offset_in_none() -> None:
    powers = band_powers(tone(35, 2, RATE, level=0.5) + np.float32(0.2), RATE, 62)
    assert (powers.argmax(axis=1) == 0).all()
    assert powers.sum(axis=1).mean() == pytest.approx(0.125, rel=0.2)
    assert band_powers(np.full(2 * RATE, 0.2, np.float32), RATE, 62).max() < 1e-12
