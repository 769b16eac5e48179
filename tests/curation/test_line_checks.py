"""What is wrong with a cut by lines is told in one line, before any source is heard."""

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audioset.cli.app import run
from tests.sounds import LINES, noise, write_audio, write_speech


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two videos, which are never read, and a transcript of them."""
    monkeypatch.chdir(tmp_path)
    for name in ("one.mp4", "two.mp4"):
        (tmp_path / name).write_bytes(b"no video")
    (tmp_path / "lines.txt").write_text("\n".join(LINES))
    (tmp_path / "excel.csv").write_bytes("Phrase;x\ncaf\u00e9;1\n".encode("cp1252"))
    (tmp_path / "comments.txt").write_text("\n# nothing yet\n")
    (tmp_path / "talk.srt").write_text("1\n")
    return tmp_path


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--transcript nowhere.txt", "nowhere.txt: no such file"),
        ("--transcript comments.txt", "comments.txt: has no lines; write one phrase per line"),
        (
            "--transcript excel.csv",
            "excel.csv: line 2: not UTF-8 text; save the file as UTF-8, in Excel: CSV UTF-8",
        ),
        (
            "--transcript talk.srt",
            "talk.srt: tells when things are said; cut by it with --labels (labels= in Python)",
        ),
        (
            "--transcript lines.txt --voice en-gb-scotlan",
            "espeak-ng has no voice 'en-gb-scotlan'; near it are en-gb-scotland",
        ),
        ("--transcript lines.txt --aligner oracle", "unknown aligner 'oracle'; known are auto"),
        ("--transcript lines.txt --lexicon nowhere.txt", "nowhere.txt: no such file"),
        ("--transcript lines.txt --column 2", "lines.txt: a file of kind txt has no columns"),
    ],
)
def test_it_is_told_once_for_all_sources(
    here: Path, capsys: pytest.CaptureFixture[str], words: str, told: str
) -> None:
    assert run(["cut", "one.mp4", "two.mp4", *words.split()]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert line.startswith(f"audioset: {told}")
    assert not (here / "manifests").exists()


def test_a_page_in_the_place_of_a_folder_is_refused_before_the_cut(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "pages").mkdir()
    assert run(["cut", "one.mp4", "--transcript", "lines.txt", "--report", "pages"]) == 2
    assert "pages is a folder; name a file" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("silent", [True, False])
def test_a_recording_without_speech_is_said_to_have_none(
    here: Path, capsys: pytest.CaptureFixture[str], silent: bool
) -> None:
    sound = np.zeros(80_000, np.float32) if silent else noise(5, 16_000, level=0.02)
    write_audio(here / "quiet.wav", sound, 16_000)
    assert run(["cut", "quiet.wav", "--transcript", "lines.txt"]) == 1
    out = " ".join(capsys.readouterr().out.split())
    assert "nobody was heard to speak in it, and no line of lines.txt found; nothing was cut" in out


def test_without_the_voices_it_is_said_that_lines_are_found_by_pauses(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    find: Any = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *more: None if name == "espeakng_loader" else find(name, *more),
    )
    write_speech(here / "talk.wav")
    words = ["cut", "talk.wav", "--transcript", "lines.txt", "--takes", "3"]
    with pytest.warns(UserWarning, match="lines are found by pauses and lengths alone"):
        assert run(words) == 0
    assert run([*words, "--aligner", "structural"]) == 0  # as it was asked for: no warning
    assert run([*words, "--voice", "en-gb-scotland"]) == 1
    assert "a voice was asked for, but the voices of espeak-ng are not" in capsys.readouterr().err
