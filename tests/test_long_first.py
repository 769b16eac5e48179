"""Long tests begin first, where several processes run the tests."""

from pathlib import Path

from tests.long_first import LONG, long_first

PROJECT = Path(__file__).parents[1]


def test_long_files_come_first_then_those_of_many_tests_each_in_its_own_order() -> None:
    few, many, longer, long = "tests/a.py", "tests/b.py", *LONG[:2]
    items = [(few, 1), (many, 2), (many, 1), (long, 2), (long, 1), (longer, 1)]
    ordered = [(longer, 1), (long, 2), (long, 1), (many, 2), (many, 1), (few, 1)]
    assert long_first(items, key=lambda item: item[0]) == ordered


def test_what_is_called_long_is_there() -> None:
    assert [file for file in LONG if not (PROJECT / file).is_file()] == []
    assert len(set(LONG)) == len(LONG)
