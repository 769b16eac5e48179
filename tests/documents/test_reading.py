"""What documents are made of: text, cells, times of a clock, names of columns."""

from decimal import Decimal

import pytest

from audioset.documents.reading.clock import clock_seconds


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0:00", "0"),
        (" 1:02:03,5 ", "3723.5"),
        ("-0:01.250", "-1.25"),
        ("999:59", "59999"),
        ("99999:59:59", "359999999"),
        ("1:2", "62"),
        ("0:60", None),
        ("1:60:00", None),
        ("75:00", "4500"),
        ("100000:00:00", None),
        ("1000:00", None),
        ("0:00.1234567890", None),
        ("0:00.123456789", "0.123456789"),
        ("+0:01", None),
        ("1:2:3:4", None),
        ("12", None),
        ("\u0661:00", None),
    ],
)
def test_times_of_a_clock(text: str, expected: str | None) -> None:
    assert clock_seconds(text) == (None if expected is None else Decimal(expected))
