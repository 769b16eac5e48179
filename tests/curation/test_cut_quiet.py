"""A track is called silent when it is; a choice is told once, for however many files it is made."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import audioset
from audioset.workspace import Workspace
from tests.sounds import SPEECH_RATE, noise, silence, spoken, write_audio


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    (tmp_path / "work").mkdir()
    return audioset.init(tmp_path / "work", name="scots")


def test_one_word_after_long_silence_is_cut_and_nothing_is_called_silent(
    tmp_path: Path, ws: Workspace
) -> None:
    word = spoken()[0][: 2 * SPEECH_RATE]
    late = np.concatenate([silence(150, SPEECH_RATE), word])
    report = ws.cut([write_audio(tmp_path / "late.flac", late, SPEECH_RATE, codec="flac")])
    assert report.num_clips == 1
    assert report.sources[0].warnings == ()


@pytest.mark.parametrize(
    ("peak_db", "codec"),
    [(-50, "pcm_s16le"), (-65, "pcm_s16le"), (-70, "pcm_f32le"), (-71, "pcm_f32le")],
)
def test_speech_that_is_very_quiet_is_found(
    tmp_path: Path, ws: Workspace, peak_db: float, codec: str
) -> None:
    quiet = spoken()[0] * np.float32(10 ** (peak_db / 20) / np.abs(spoken()[0]).max())
    path = write_audio(tmp_path / "quiet.wav", quiet, SPEECH_RATE, codec=codec)
    (source,) = ws.cut([path]).sources
    write_audio(tmp_path / "loud.wav", spoken()[0], SPEECH_RATE)
    assert source.num_clips == ws.cut([tmp_path / "loud.wav"]).num_clips
    assert source.source is not None
    assert "it is very quiet, and speech was looked for as if it were louder" in (
        source.source.choices
    )
    assert len(list(ws.clips_dir.iterdir())) == 2 * source.num_clips


def test_hiss_is_no_speech_however_loud_it_is_made(tmp_path: Path, ws: Workspace) -> None:
    hiss = noise(10, 16_000, level=1e-4)
    path = write_audio(tmp_path / "hiss.wav", hiss, 16_000, codec="pcm_f32le")
    (source,) = ws.cut([path]).sources
    assert source.num_clips == 0
    (told,) = source.warnings
    assert told.startswith("the audio track is nearly silent: 0.0 s above -65 dBFS, the loudest")
    below = float(told.split("--silence ")[1].split()[0])
    assert ws.cut([path], options={"by": "silence", "silence_dbfs": below}).num_clips == 1


@pytest.mark.parametrize("level", [0.0, 1e-6])
def test_what_is_silent_is_called_so(tmp_path: Path, ws: Workspace, level: float) -> None:
    hiss = noise(5, 16_000, level=level)
    report = ws.cut([write_audio(tmp_path / "a.wav", hiss, 16_000, codec="pcm_f32le")])
    assert report.sources[0].warnings == ("the audio track is silent",)


def test_clicks_and_windows_over_nearly_nothing(tmp_path: Path, ws: Workspace) -> None:
    clicks = silence(60, 16_000)
    clicks[::160_000] = 0.5
    path = write_audio(tmp_path / "clicks.wav", clicks, 16_000)
    for options in ({}, {"by": "windows", "every_seconds": 30.0}):
        (told,) = ws.cut([path], options=options).sources[0].warnings
        assert told.startswith("the audio track is nearly silent: 0.2 s above -65 dBFS")


def test_a_folder_of_alike_files_tells_a_choice_once(tmp_path: Path) -> None:
    (tmp_path / "talks").mkdir()
    said = spoken()[0]
    for number in range(5):
        both = np.stack([said, -said]) * np.float32(1 - 0.1 * number)
        write_audio(tmp_path / "talks" / f"{number}.flac", both, SPEECH_RATE, codec="flac")
    write_audio(
        tmp_path / "talks" / "plain.flac", np.stack([said, said]), SPEECH_RATE, codec="flac"
    )
    words = [sys.executable, "-m", "audioset", "cut", "talks"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)
    told = [line for line in done.stderr.splitlines() if "--channels" in line]
    assert told == [
        "0.flac and 4 more: its channels take each other away in a mix: the left one is cut; "
        "--channels (channels= in Python) takes another"
    ]
    assert "30 clips" in done.stderr or "36 clips" in done.stderr
    ws = audioset.open_workspace(workspace=tmp_path)
    again = ws.cut([tmp_path / "talks"]).sources[0]
    assert again.status == "unchanged"
    assert again.source is not None
    assert len(again.source.choices) == 1  # kept with the facts of the source
