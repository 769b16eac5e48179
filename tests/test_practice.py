"""The folder to practise on: it appears whole, is made once, and is put over nothing."""

from pathlib import Path

import pytest

from audioset.hearing.align.voices.espeak import is_installed
from audioset.practice.__main__ import main


@pytest.mark.skipif(not is_installed(), reason="no voices: install the extra align")
def test_it_is_made_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "new" / "practice"
    assert main([str(folder)]) == 0
    named = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert all(list(folder.glob(name)) for name in named)
    assert [path.name for path in folder.parent.iterdir()] == ["practice"]
    (folder / "lines" / "session.txt").write_text("mine now")
    assert main([str(folder)]) == 0
    assert "is there already" in capsys.readouterr().err
    assert (folder / "lines" / "session.txt").read_text() == "mine now"


def test_it_is_put_over_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.txt").write_text("all of it")
    assert main([str(tmp_path)]) == 1
    assert "is something else already; name a new folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_how_it_is_called_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert (main([]), main(["--now"]), main(["--help"])) == (2, 2, 0)
    assert capsys.readouterr().err.count("usage: python -m audioset.practice FOLDER") == 3
