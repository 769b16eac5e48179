"""Every input that users of other tools reported gives what is right (`tests/reported.py`)."""

from pathlib import Path

import pytest

from audioset.cli.app import run
from tests.reported import REPORTS, Report, cut_report


@pytest.mark.parametrize("report", REPORTS, ids=[report.files[-1] for report in REPORTS])
def test_what_was_reported_is_right(
    report: Report,
    real_media: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def command(words: list[str], folder: Path) -> tuple[int, str, str]:
        monkeypatch.chdir(folder)
        return (run(words), *capsys.readouterr())

    cut = cut_report(report, real_media / "reports", tmp_path, command)
    assert report.is_right(cut), cut.said
