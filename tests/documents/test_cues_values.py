"""What the modules behind the readers of cues give, value by value."""

import pytest

from audioset.documents.cues.recordings import recording_name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (" talks/ted_01.MP4 ", "ted_01"),
        ("c:\\talks\\ted_01.wav", "ted_01"),
        ("ted.01", "ted.01"),
        ("", ""),
    ],
)
def test_a_recording_is_named_without_folders_and_ending(name: str, expected: str) -> None:
    assert recording_name(name) == expected
