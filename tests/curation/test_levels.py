"""What is in a source is in its clips, however loud or quiet; `check` blames who is to blame."""

from pathlib import Path

import numpy as np
import pytest

import audioset
from audioset.curation.cut.source_report import SourceReport
from audioset.media.decode import open_audio
from audioset.media.flac import decode_flac
from audioset.records.manifest import Clip, clips_from_table
from audioset.storage.tables import read_manifest
from audioset.workspace import Workspace
from tests.sounds import SPEECH_RATE, Samples, noise, spoken, tone, write_audio

LOUDER = "clips louder than full scale are lowered to it; gain_db says how far"
RAISED = "clips too quiet for 24 bits are raised; gain_db says how far"


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    (tmp_path / "work").mkdir()
    return audioset.init(tmp_path / "work", name="scots")


def speech(peak: float, seconds: float = 3.0) -> Samples:
    samples = spoken()[0][: round(seconds * SPEECH_RATE)]
    return samples * np.float32(peak / np.abs(samples).max())


def windows(ws: Workspace, path: Path, **options: object) -> tuple[SourceReport, list[Clip]]:
    """Cut to windows of a second."""
    given = {"by": "windows", "every_seconds": 1.0, **options}
    report = ws.cut([path], options=given).sources[0]
    assert report.source is not None, report.error
    table = read_manifest(ws.manifests_dir / f"{report.source.source_id}.parquet")
    return report, list(clips_from_table(table))


def as_it_was(ws: Workspace, clip: Clip) -> Samples:
    """The sound of a clip at the level of its source."""
    flac = (ws.clips_dir / f"{clip.clip_id}.flac").read_bytes()
    samples, _ = decode_flac(flac, name=clip.clip_id)
    return samples * np.float32(10 ** (-(clip.gain_db or 0.0) / 20))


def source_sound(path: Path) -> Samples:
    with open_audio(path) as audio:
        return audio.read()[0]


def loss_db(ws: Workspace, path: Path, clips: list[Clip]) -> float:
    """Level of what the clips lack, against the source they are of; all of it must be there."""
    whole = source_sound(path)
    lost = heard = 0.0
    for clip in clips:
        part = whole[clip.start_sample : clip.end_sample].astype(np.float64)
        lost += float(((part - as_it_was(ws, clip)) ** 2).sum())
        heard += float((part**2).sum())
    return 10 * np.log10(max(lost, 1e-30) / heard)


def clipped(ws: Workspace) -> int:
    return ws.check(rules=["clipped"]).counts["clipped"]


@pytest.mark.parametrize("codec", ["pcm_f32le", "pcm_f64le"])
def test_peaks_beyond_full_scale_are_kept_and_nobody_is_blamed(
    tmp_path: Path, ws: Workspace, codec: str
) -> None:
    path = write_audio(tmp_path / "hot.wav", speech(4.4), SPEECH_RATE, codec=codec)
    report, clips = windows(ws, path)
    assert report.source is not None
    assert LOUDER in report.source.choices
    gains = [clip.gain_db for clip in clips if clip.gain_db is not None]
    assert min(gains) == -12.9
    assert {clip.bit_depth for clip in clips} == {24}
    assert max(clip.peak_dbfs or -99 for clip in clips) <= 0
    assert loss_db(ws, path, clips) < -120
    assert clipped(ws) == 0
    before = [(clip.clipped_share, clip.peak_dbfs) for clip in clips]
    ws.measure(again=True)
    table = read_manifest(ws.manifests_dir / f"{report.source.source_id}.parquet")
    again = [(clip.clipped_share, clip.peak_dbfs) for clip in clips_from_table(table)]
    assert again == before


def test_a_recording_cut_by_speech_is_heard_although_it_is_too_loud(
    tmp_path: Path, ws: Workspace
) -> None:
    write_audio(tmp_path / "hot.wav", 15 * spoken()[0], SPEECH_RATE, codec="pcm_f32le")
    write_audio(tmp_path / "good.wav", spoken()[0], SPEECH_RATE, codec="pcm_f32le")
    hot, good = ws.cut([tmp_path / "hot.wav", tmp_path / "good.wav"]).sources
    assert hot.num_clips == good.num_clips > 0
    assert clipped(ws) == 0


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mp3", "libmp3lame"), ("a.m4a", "aac"), ("a.opus", "libopus"), ("a.ac3", "ac3")],
)
def test_lossy_sound_that_overshoots_keeps_its_peaks(
    tmp_path: Path, ws: Workspace, name: str, codec: str
) -> None:
    loud = np.clip(speech(1.0) * 1.05, -1, 1)
    rate = 48_000 if codec in ("libopus", "ac3") else SPEECH_RATE
    path = write_audio(tmp_path / name, loud, rate, codec=codec)
    peak = float(np.abs(source_sound(path)).max())
    _, clips = windows(ws, path)
    assert (peak > 1) == any((clip.gain_db or 0) < 0 for clip in clips)
    assert loss_db(ws, path, clips) < -70


@pytest.mark.parametrize(("name", "codec"), [("a.mp3", "libmp3lame"), ("a.m4a", "aac")])
def test_what_was_clipped_before_it_was_encoded_is_blamed_still(
    tmp_path: Path, ws: Workspace, name: str, codec: str
) -> None:
    write_audio(tmp_path / name, np.clip(speech(15.0), -1, 1), SPEECH_RATE, codec=codec)
    windows(ws, tmp_path / name)
    assert clipped(ws) == 2  # the third is a pause


@pytest.mark.parametrize("peak", [1.0, 0.5, 0.1])
@pytest.mark.parametrize(("name", "codec"), [("a.wav", "pcm_s16le"), ("a.flac", "flac")])
def test_flat_tops_are_found_at_any_level(
    tmp_path: Path, ws: Workspace, peak: float, name: str, codec: str
) -> None:
    tops = np.clip(speech(3.0), -1, 1) * np.float32(peak)
    windows(ws, write_audio(tmp_path / name, tops, SPEECH_RATE, codec=codec))
    assert clipped(ws) == 2  # the third is a pause
    write_audio(tmp_path / f"whole-{name}", speech(0.99 * peak), SPEECH_RATE, codec=codec)
    windows(ws, tmp_path / f"whole-{name}")
    assert clipped(ws) == 2


def test_loud_waves_that_round_off_are_not_clipped(tmp_path: Path, ws: Workspace) -> None:
    for hz in (50, 100, 440):
        sound = tone(hz, 2, 48_000, level=0.5)
        windows(ws, write_audio(tmp_path / f"{hz}.wav", sound, 48_000))
    hum = speech(0.4) + tone(50, 3, SPEECH_RATE, level=0.4)
    windows(ws, write_audio(tmp_path / "hum.wav", hum, SPEECH_RATE))
    assert clipped(ws) == 0


@pytest.mark.parametrize(
    ("name", "codec", "peak_db", "bits", "raised"),
    [
        ("a.wav", "pcm_f32le", -90, 24, True),
        ("a.wav", "pcm_f64le", -90, 24, True),
        ("a.wav", "pcm_s32le", -90, 24, True),
        ("a.wav", "pcm_s24le", -90, 24, False),
        ("a.flac", "flac", -70, 16, False),
        ("a.wav", "pcm_s16le", -70, 16, False),
        ("a.m4a", "aac", -50, 24, False),
        ("a.mp3", "libmp3lame", -50, 24, False),
        ("a.m4a", "aac", -30, 16, False),
    ],
)
def test_quiet_sound_keeps_its_resolution(
    tmp_path: Path, ws: Workspace, name: str, codec: str, peak_db: float, bits: int, *, raised: bool
) -> None:
    quiet = speech(10 ** (peak_db / 20))
    path = write_audio(tmp_path / name, quiet, SPEECH_RATE, codec=codec)
    report, clips = windows(ws, path)
    assert report.source is not None
    loud = [clip for clip in clips if (clip.peak_dbfs or -120) > peak_db - 12]
    assert {clip.bit_depth for clip in loud} == {bits}
    assert (RAISED in report.source.choices) == raised
    assert loss_db(ws, path, loud) < (-55 if bits == 24 else -40)


def test_a_quiet_mix_of_two_channels_keeps_half_steps(tmp_path: Path, ws: Workspace) -> None:
    steps = np.random.default_rng(0).integers(-20, 20, (2, 2 * 16_000)) / 32768
    path = write_audio(tmp_path / "a.wav", steps.astype(np.float32), 16_000)
    _, clips = windows(ws, path)
    assert {(clip.bit_depth, clip.gain_db) for clip in clips} == {(24, None)}
    assert loss_db(ws, path, clips) < -200


def test_bytes_are_exact(tmp_path: Path, ws: Workspace) -> None:
    path = write_audio(tmp_path / "a.wav", speech(0.5), SPEECH_RATE, codec="pcm_u8")
    _, clips = windows(ws, path)
    assert {(clip.bit_depth, clip.gain_db) for clip in clips} == {(16, None)}
    assert loss_db(ws, path, clips) < -200


def test_another_sampling_rate_may_overshoot(tmp_path: Path, ws: Workspace) -> None:
    square = np.sign(tone(410, 2, 44_100)).astype(np.float32)
    path = write_audio(tmp_path / "a.wav", square, 44_100)
    _, clips = windows(ws, path, sampling_rate=16_000)
    assert all(clip.gain_db is not None and clip.gain_db < 0 for clip in clips)
    assert clipped(ws) == len(clips)


@pytest.mark.parametrize("bits", [16, 24, 32])
def test_integers_in_a_file_of_floats_are_read_as_such(
    tmp_path: Path, ws: Workspace, bits: int
) -> None:
    hiss = speech(0.3) + noise(3, SPEECH_RATE, level=0.001)
    whole = np.rint(hiss * 2.0 ** (bits - 1)).astype(np.float32)
    write_audio(tmp_path / "a.wav", whole, SPEECH_RATE, codec="pcm_f32le")
    report, clips = windows(ws, tmp_path / "a.wav")
    assert any(f"whole numbers of {bits} bits" in warning for warning in report.warnings)
    expected = 20 * np.log10(np.abs(hiss).max())
    assert max(clip.peak_dbfs or -120 for clip in clips) == pytest.approx(expected, abs=0.1)
    assert clipped(ws) == 0


def test_what_is_no_number_is_silenced_and_told(tmp_path: Path, ws: Workspace) -> None:
    samples = speech(0.5)
    samples[100:105] = (np.nan, np.inf, -np.inf, 1e30, -1e30)
    write_audio(tmp_path / "a.wav", samples, SPEECH_RATE, codec="pcm_f32le")
    report, clips = windows(ws, tmp_path / "a.wav")
    assert any("5 samples are no numbers" in warning for warning in report.warnings)
    assert {clip.gain_db for clip in clips} == {None}
