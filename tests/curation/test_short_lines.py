"""Lines of which fewer takes were found than asked for are told, and count as doubtful."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import audioset
from audioset.cli.app import run
from audioset.pages.takes import write_line_page
from audioset.records.line_report import LineReport
from audioset.records.lines import Alignment, Line, LineSpan
from audioset.storage.store import open_store
from tests.servers import s3_url  # noqa: F401  a fixture
from tests.sounds import LINES, write_audio, write_speech


def report(*takes: tuple[int | None, int]) -> LineReport:
    """One line for each pair of takes asked for and found."""
    lines = [Line(number=n, text="aye", takes=asked) for n, (asked, _) in enumerate(takes, 1)]
    spans = [
        LineSpan(line=n, take=k, start_seconds=10 * n + k, end_seconds=10 * n + k + 0.5, score=0.9)
        for n, (_, found) in enumerate(takes, 1)
        for k in range(1, found + 1)
    ]
    missing = tuple(n for n, (_, found) in enumerate(takes, 1) if not found)
    found = Alignment(
        aligner="by-hand@1", spans=tuple(spans), missing=missing, unexplained=(), length_seconds=100
    )
    return LineReport(transcript="lines.txt", lines=tuple(lines), alignment=found)


def test_a_line_is_short_when_some_of_its_takes_were_not_found() -> None:
    found = report((3, 3), (3, 2), (None, 1), (3, 0), (1, 1))
    assert [str(line) for line in found.short] == ["line 2: 2 of 3 takes"]
    assert found.doubtful == (2, 4)  # a short line and a missing one
    assert found.counts()["short"] == ({"line": 2, "found": 2, "asked": 3},)


@pytest.fixture
def talk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two lines, each said three times."""
    monkeypatch.chdir(tmp_path)
    write_speech(tmp_path / "talk.wav")
    (tmp_path / "lines.txt").write_text("\n".join(LINES))
    return tmp_path / "talk.wav"


def test_missing_takes_are_told_in_the_table_in_json_and_on_the_page(
    talk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["cut", str(talk), "--transcript", "lines.txt", "--voice", "en-gb-scotland"]
    assert run([*words, "--takes", "4", "--report", "a/new/folder/cut.html"]) == 0
    out = capsys.readouterr().out
    assert "3 of 4" in out
    assert "1 take missing" in out
    told = "fewer takes than asked for: line 1: 3 of 4 takes, line 2: 3 of 4 takes"
    assert told in out
    page = Path("a/new/folder/cut.html").read_text(encoding="utf-8")
    assert 'href="#source-0-line-2">line 2: 3 of 4 takes</a>' in page
    assert 'id="source-0-line-2"' in page


def test_strict_names_what_is_missing_and_a_share_alone_is_strict(
    talk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["cut", str(talk), "--transcript", "lines.txt", "--voice", "en-gb-scotland"]
    assert run([*words, "--takes", "4", "--max-doubtful", "0.4"]) == 3
    out = " ".join(capsys.readouterr().out.split())
    assert "2 of 2 lines are doubtful, 2 with fewer takes than asked for (line 1: 3 of 4" in out
    assert "--strict (strict=True in Python) lets pass 40% and no missing one" in out
    assert run([*words, "--takes", "4", "--max-doubtful", "1"]) == 0


def test_the_takes_of_a_source_on_object_storage_can_be_heard_and_seen(
    talk: Path,
    tmp_path: Path,
    s3_url: str,  # noqa: F811
) -> None:
    url = f"{s3_url}/{tmp_path.name}"
    store = open_store(url)
    store.put_content("talk.wav", talk)
    ws = audioset.init(tmp_path / "work", name="scots")
    cut: Any = ws.cut([f"{url}/talk.wav"], transcript=tmp_path / "lines.txt")
    page = write_line_page(cut, tmp_path / "cut.html", workspace=ws.folder)
    assert page.read_text(encoding="utf-8").count("<audio ") >= 6
    assert not list(ws.folder.glob(".fetched-*"))
    # What is there now is another recording: no take of it is where the cut found it.
    write_audio(talk, np.zeros(8_000, np.float32), 8_000)
    store.delete("talk.wav")
    store.put_content("talk.wav", talk)
    page = write_line_page(cut, tmp_path / "cut.html", workspace=ws.folder)
    text = page.read_text(encoding="utf-8")
    assert "has changed since it was cut; cut it again" in text
    assert "<audio " not in text
