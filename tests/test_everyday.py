"""What is said and kept from day to day, event by event (`tests/everyday/`)."""

from pathlib import Path

import pytest

from audioset.hearing.align.voices.espeak import is_installed
from tests.everyday.events import rows_of_events
from tests.everyday.losses import rows_of_losses

pytestmark = pytest.mark.skipif(not is_installed(), reason="no voices: install the extra align")


def test_a_renamed_source_keeps_all_and_is_told(tmp_path: Path) -> None:
    rows = list(rows_of_events(tmp_path, "a source is renamed", with_mlflow=False))
    assert [row for row in rows if not row.is_right] == []
    assert [row.command for row in rows] == ["status", "cut ../videos", "status again", "publish"]


@pytest.mark.slow
def test_after_each_event_every_command_says_what_is_right(tmp_path: Path) -> None:
    rows = list(rows_of_events(tmp_path))
    assert [row for row in rows if not row.is_right] == []
    assert len(rows) == 19 * 6


@pytest.mark.slow
def test_every_loss_is_told_first_with_its_numbers(tmp_path: Path) -> None:
    assert [row for row in rows_of_losses(tmp_path) if not row.is_right] == []
