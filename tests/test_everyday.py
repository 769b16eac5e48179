"""What is said and kept from day to day, event by event (`tests/everyday/`)."""

import subprocess
import sys
from pathlib import Path

import pytest

from audioset.hearing.align.voices.espeak import is_installed

pytestmark = pytest.mark.skipif(not is_installed(), reason="no voices: install the extra align")
PROJECT = Path(__file__).parents[1]
_SHOW = """
import sys
from pathlib import Path
from tests.everyday.events import rows_of_events
from tests.everyday.losses import rows_of_losses
for row in {rows}:
    print(row.command if {short} else "", "" if row.is_right else f"NOT RIGHT: {{row}}")
"""


def lines_of(rows: str, *, short: bool = False) -> list[str]:
    """Give a line for each row, empty but for what is wrong; it forks, so it is not done here."""
    done = subprocess.run(
        [sys.executable, "-c", _SHOW.format(rows=rows, short=short)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [line.strip() for line in done.stdout.splitlines()]


@pytest.mark.slow  # test_renamed_sources and the README's second evening rename, too
def test_a_renamed_source_keeps_all_and_is_told(tmp_path: Path) -> None:
    event = f"rows_of_events(Path({str(tmp_path)!r}), 'a source is renamed', with_mlflow=False)"
    expected = ["status", "cut ../videos", "status again", "publish"]
    assert lines_of(event, short=True) == expected


@pytest.mark.slow
def test_after_each_event_every_command_says_what_is_right(tmp_path: Path) -> None:
    assert lines_of(f"rows_of_events(Path({str(tmp_path)!r}))") == [""] * 19 * 6


@pytest.mark.slow
def test_every_loss_is_told_first_with_its_numbers(tmp_path: Path) -> None:
    assert set(lines_of(f"rows_of_losses(Path({str(tmp_path)!r}))")) == {""}
