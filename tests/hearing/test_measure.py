import numpy as np
import pytest

from audioset.hearing.quality import bandwidth_hz, clipped_share, loudness_lufs, measure
from audioset.hearing.snr.estimate import snr_by_pauses_db
from audioset.hearing.speech.detector import Frames
from tests.sounds import noise, silence, tone


@pytest.mark.parametrize("sampling_rate", [8_000, 16_000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize("level_db", [0, -20, -40])
def test_loudness_of_the_standard_tone(sampling_rate: int, level_db: int) -> None:
    """BS.1770-4: a 0 dBFS sine of 997 Hz in one channel reads -3.01 LUFS."""
    samples = tone(997, 5, sampling_rate, level=10 ** (level_db / 20))
    measured = loudness_lufs(samples, sampling_rate)
    assert measured == pytest.approx(level_db - 3.01, abs=0.15)


def test_loudness_ignores_pauses() -> None:
    sound = tone(997, 3, 16_000, level=0.1)
    with_pause = np.concatenate([sound, silence(10, 16_000)])
    assert loudness_lufs(with_pause, 16_000) == pytest.approx(loudness_lufs(sound, 16_000), abs=0.5)


def test_digital_silence_has_no_loudness_no_peak_and_no_bandwidth() -> None:
    frames = Frames(np.zeros(30, np.float32), np.full(30, -120, np.float32))
    quality = measure(silence(1, 16_000), 16_000, frames)
    assert quality.loudness_lufs is None
    assert quality.peak_dbfs is None
    assert quality.bandwidth_hz is None
    assert quality.snr_db is None
    assert quality.clipped_share == 0


def test_clipped_share_counts_runs_at_full_scale() -> None:
    samples = tone(200, 1, 16_000, level=0.5)
    assert clipped_share(samples) == 0
    over = np.clip(samples * 4, -1, 1)  # 2 x full scale: clipped where |sin| > 1/2, 2/3 of the time
    assert clipped_share(over) == pytest.approx(2 / 3, abs=0.02)


@pytest.mark.parametrize("expected_db", [0, 10, 20, 40])
def test_snr_of_a_known_mixture(expected_db: int) -> None:
    speech, pause = np.ones(50, np.float32), np.zeros(20, np.float32)
    floor = -60.0
    loud = 10 * np.log10(10 ** ((floor + expected_db) / 10) + 10 ** (floor / 10))
    levels = np.concatenate([np.full(50, loud), np.full(20, floor)]).astype(np.float32)
    measured = snr_by_pauses_db(Frames(np.concatenate([speech, pause]), levels))
    assert measured == pytest.approx(expected_db, abs=0.1)


def test_snr_needs_speech_and_a_pause() -> None:
    levels = np.full(10, -20, np.float32)
    assert snr_by_pauses_db(Frames(np.ones(10, np.float32), levels)) is None
    assert snr_by_pauses_db(Frames(np.zeros(10, np.float32), levels)) is None


@pytest.mark.parametrize("true_hz", [4_000, 8_000, 16_000])
def test_bandwidth_finds_upsampled_audio(true_hz: int) -> None:
    import soxr

    narrow = noise(2, 2 * true_hz, level=0.1)
    wide = soxr.resample(narrow, 2 * true_hz, 44_100).astype(np.float32)
    wide = np.rint(wide * 32768) / 32768
    assert bandwidth_hz(wide, 44_100) == pytest.approx(true_hz, rel=0.06)


def test_dc_offset_and_edges_are_measured() -> None:
    frames = Frames(np.array([0.9, 0.8, 0.1, 0.1, 0.0], np.float32), np.full(5, -20.0, np.float32))
    breaking_off = np.concatenate([tone(440, 0.10, 16_000), np.zeros(960, np.float32)])
    quality = measure(breaking_off + np.float32(0.05), 16_000, frames)
    assert quality.dc_offset == pytest.approx(0.05, abs=0.002)
    assert quality.edge_speech == 1.0
    assert quality.speech_share == pytest.approx(0.4)


def test_loudness_equals_the_recursive_filter_of_the_standard() -> None:
    """BS.1770-4 table 1 and 2: the filters' coefficients at 48 kHz, run sample by sample."""
    from scipy.signal import lfilter

    samples = noise(3, 48_000, level=0.05) + tone(60, 3, 48_000)
    shelf = (
        [1.53512485958697, -2.69169618940638, 1.19839281085285],
        [1.0, -1.69065929318241, 0.73248077421585],
    )
    high_pass = ([1.0, -2.0, 1.0], [1.0, -1.99004745483398, 0.99007225036621])
    weighted = lfilter(*high_pass, lfilter(*shelf, samples.astype(np.float64)))
    blocks = [weighted[i : i + 19_200] for i in range(0, samples.size - 19_200 + 1, 4_800)]
    expected = -0.691 + 10 * np.log10(np.mean([np.mean(block**2) for block in blocks]))
    assert loudness_lufs(samples, 48_000) == pytest.approx(expected, abs=0.05)
