"""The quality columns against signals of known truth, each with its tolerance.

Loudness: EBU Tech 3341 (signals and tolerance), and pyloudnorm on real speech. The rest is made
here. What needs speech frames is measured through the whole of `audioset cut`.
"""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pyloudnorm
import pytest
import soundfile
from numpy.typing import NDArray

import audioset
from audioset.hearing.quality import bandwidth_hz, clipped_share, loudness_lufs
from audioset.media.resample import Resampler
from tests.sounds import SPEECH_RATE, Samples, noise, silence, spoken, tone, write_audio

MONO_LU = -3.01  # a 1 kHz sine of 0 dBFS in one channel reads -3.01 LUFS: BS.1770-4, annex 1


def sines(parts: list[tuple[float, float]], rate: int) -> Samples:
    """Join sines of 1 kHz, each of a level in dBFS and a length in seconds."""
    return np.concatenate([tone(1000, s, rate, level=10 ** (db / 20)) for db, s in parts])


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([(-23, 20)], -23),
        ([(-33, 20)], -33),
        ([(-36, 10), (-23, 60), (-36, 10)], -23),
        ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23),
    ],
    ids=["3341-1", "3341-2", "3341-3", "3341-4"],
)
def test_loudness_of_the_signals_of_ebu_tech_3341(
    parts: list[tuple[float, float]], expected: float, rate: int
) -> None:
    measured = loudness_lufs(sines(parts, rate), rate)
    assert measured == pytest.approx(expected + MONO_LU, abs=0.1)


@pytest.mark.parametrize(
    "name",
    [
        "audio/jfk_1961.flac",
        "audio/noisy_0db.wav",
        "audio/ami_trn06.flac",
        "audio/two_speakers_katie_steve.wav",
        "long/lj_chapter01.flac",
        "odd/clipped_hard.wav",
    ],
)
def test_loudness_of_real_speech_is_that_of_pyloudnorm(real_media: Path, name: str) -> None:
    samples, rate = soundfile.read(real_media / name, dtype="float32")
    samples = samples.mean(axis=1) if samples.ndim > 1 else samples
    for start in range(0, len(samples) - 5 * rate, 5 * rate):
        part = samples[start : start + 5 * rate]
        expected = pyloudnorm.Meter(rate).integrated_loudness(part.astype(np.float64))
        assert loudness_lufs(part, rate) == pytest.approx(expected, abs=0.2)


def imported(folder: Path, samples: Samples, rate: int) -> dict[str, float]:
    """Take samples into a workspace as one clip and give its row."""
    (folder / "wavs").mkdir()
    write_audio(folder / "wavs" / "x.wav", samples, rate)
    (folder / "wavs" / "m.csv").write_text("file\nx.wav\n")
    ws = audioset.init(folder / "workspace")
    report = ws.import_folder(folder / "wavs", metadata=folder / "wavs" / "m.csv")
    [row] = pq.read_table(report.manifest).to_pylist()
    return row


@pytest.mark.parametrize("offset", [-0.2, 0.0, 0.013])
def test_dc_offset_and_peak_of_a_known_signal(tmp_path: Path, offset: float) -> None:
    row = imported(tmp_path, tone(440, 2, 16_000, level=0.5) + np.float32(offset), 16_000)
    assert row["dc_offset"] == pytest.approx(offset, abs=1e-4)
    assert row["peak_dbfs"] == pytest.approx(20 * np.log10(0.5 + abs(offset)), abs=0.05)
    assert row["clipped_share"] == 0


@pytest.mark.parametrize("runs", [1, 20, 100])
def test_clipped_share_of_speech_with_known_runs(tmp_path: Path, runs: int) -> None:
    samples = spoken()[0][: 3 * SPEECH_RATE].copy()
    samples *= 0.8 / np.abs(samples).max()
    assert clipped_share(samples) == 0
    starts = np.arange(runs) * (samples.size // runs)
    for number, start in enumerate(starts):
        samples[start : start + 10] = 1.0 if number % 2 else -1.0
    row = imported(tmp_path, samples, SPEECH_RATE)
    assert row["clipped_share"] == pytest.approx(10 * runs / samples.size, rel=0.01)


def coloured(kind: str, size: int, level: float) -> Samples:
    """White or pink (-3 dB per octave) noise of an RMS level."""
    made = np.fft.rfft(np.random.default_rng(5).normal(0, 1, size))
    if kind == "pink":
        made /= np.sqrt(np.maximum(np.arange(len(made)), 1))
    signal = np.fft.irfft(made, size)
    return np.asarray(signal * (level / np.sqrt((signal**2).mean())), np.float32)


@pytest.mark.parametrize("kind", ["white", "pink"])
@pytest.mark.parametrize("snr_db", [0, 5, 10, 15, 20, 30])
def test_snr_of_speech_in_noise_through_the_whole_cut(
    tmp_path: Path, kind: str, snr_db: float
) -> None:
    """Within 3 dB; the truth is the level of the speech where it is spoken over the noise's."""
    speech, said = spoken()
    voiced: NDArray[np.bool_] = np.zeros(speech.size, bool)
    for take in said:
        start, end = round(take.start_seconds * SPEECH_RATE), round(take.end_seconds * SPEECH_RATE)
        voiced[start:end] = True
    rms = float(np.sqrt((speech[voiced] ** 2).mean()))
    mixed = 0.5 * (speech + coloured(kind, speech.size, rms * 10 ** (-snr_db / 20)))
    path = write_audio(tmp_path / "talk.wav", mixed, SPEECH_RATE)
    ws = audioset.init(tmp_path / "workspace")
    assert ws.cut([path]).num_clips >= 3
    [manifest] = ws.manifests_dir.glob("*.parquet")
    measured = pq.read_table(manifest)["snr_db"].drop_null().to_pylist()
    assert float(np.median(measured)) == pytest.approx(snr_db, abs=3)


@pytest.mark.parametrize("rate", [44_100, 48_000])
@pytest.mark.parametrize("edge_hz", [4_000, 8_000, 11_025])
def test_bandwidth_of_band_limited_sound_stored_at_a_higher_rate(edge_hz: int, rate: int) -> None:
    """Within 5 %: noise, and speech, made at twice the edge and resampled."""
    made = noise(5, 2 * edge_hz, level=0.1)
    assert bandwidth_hz(Resampler(2 * edge_hz, rate).push(made, last=True), rate) == pytest.approx(
        edge_hz, rel=0.05
    )


def test_bandwidth_of_telephone_speech_stored_at_a_higher_rate() -> None:
    speech = spoken()[0]
    narrow = Resampler(SPEECH_RATE, 8_000).push(speech, last=True)
    wide = Resampler(8_000, 44_100).push(narrow, last=True)
    assert bandwidth_hz(wide, 44_100) == pytest.approx(4_000, rel=0.05)
    assert (bandwidth_hz(speech, SPEECH_RATE) or 0) > 7_000


def findings_of(ws: audioset.Workspace) -> set[tuple[str, str]]:
    """Give (beginning of the clip id, rule) of all findings; what an excerpt cuts is no fault."""
    report = ws.check(skip=("near_duplicate", "cut_edge"))
    return {(finding.clip_id.rpartition("-")[0], finding.rule) for finding in report.findings}


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("audio/noisy_0db.wav", "low_snr"),
        ("odd/clipped_hard.wav", "clipped"),
        ("odd/dc_offset.wav", "dc_offset"),
        ("video/three_takes_digits.mp4", "narrow_band"),
    ],
)
def test_damaged_recordings_are_found(
    real_media: Path, tmp_path: Path, name: str, rule: str
) -> None:
    ws = audioset.init(tmp_path / "scots")
    report = ws.cut([real_media / name])
    checked = ws.check(rules=(rule,))
    assert checked.num_flagged == report.num_clips


@pytest.mark.parametrize(
    "name",
    [
        "audio/noisy_0db_clean.wav",
        "audio/jfk_1961.flac",
        "audio/aesop_fable.ogg",
        "audio/sonnet_001.mp3",
        "audio/two_speakers_katie_steve.wav",
        "long/lj_chapter01.flac",
        "video/aesop_fable.mp4",
        "video/wai_keyboard.mp4",
        "odd/speech_8k_alaw.wav",
    ],
)
def test_ordinary_recordings_pass(real_media: Path, tmp_path: Path, name: str) -> None:
    ws = audioset.init(tmp_path / "scots")
    assert ws.cut([real_media / name]).num_clips > 2
    assert findings_of(ws) == set()


def test_a_silent_recording_is_found_when_it_is_imported(real_media: Path, tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("file\nnear_silent.wav\npure_silence.wav\n")
    ws = audioset.init(tmp_path / "scots")
    ws.import_folder(real_media / "odd", metadata=tmp_path / "m.csv", named_only=True)
    report = ws.check(rules=("too_quiet", "no_speech"))
    assert report.counts == {"no_speech": 2, "too_quiet": 2}


def test_8_khz_speech_at_44_1_khz_is_found_and_at_8_khz_it_passes(tmp_path: Path) -> None:
    narrow = Resampler(SPEECH_RATE, 8_000).push(spoken()[0], last=True)
    wide = Resampler(8_000, 44_100).push(narrow, last=True)
    ws = audioset.init(tmp_path / "scots")
    write_audio(tmp_path / "narrow.wav", narrow, 8_000)
    write_audio(tmp_path / "wide.wav", np.concatenate([silence(1, 44_100), wide]), 44_100)
    ws.cut([tmp_path / "narrow.wav", tmp_path / "wide.wav"])
    report = ws.check(rules=("narrow_band",))
    assert {finding.clip_id.partition("-")[0] for finding in report.findings} == {"wide"}
    assert len(report.findings) == 6
