"""In which order processes side by side begin the files of tests, so that they end together."""

from collections.abc import Callable, Iterable
from typing import TypeVar

# The files with a test that takes more than ten CPU seconds alone, the longest first. One that
# began last would run by itself, while every other process has nothing left to do.
LONG = (
    "tests/test_tutorials.py",
    "tests/test_readme_tour.py",
    "tests/test_team.py",
    "tests/training/test_train_digits.py",
    "tests/scale/test_cluster_tutorial.py",
    "tests/test_everyday.py",
    "tests/hearing/test_hama.py",
    "tests/test_walk_doc.py",
    "tests/review/test_blind_person.py",
    "tests/test_docs.py",
    "tests/test_first_evening.py",
    "tests/review/test_two_people.py",
    "tests/tracking/test_server.py",
    "tests/test_notebooks.py",
    "tests/review/test_real_recordings.py",
    "tests/review/test_outages.py",
    "tests/tracking/test_examples.py",
    "tests/test_walk.py",
)
Item = TypeVar("Item")


def long_first(items: Iterable[Item], key: Callable[[Item], str]) -> list[Item]:
    """Give the files of `LONG` first, then the others, those of many tests before those of few.

    Args:
        items: tests, those of one file together.
        key: gives the path of the file of a test, in the project.
    """
    files: dict[str, list[Item]] = {}
    for item in items:
        files.setdefault(key(item), []).append(item)
    first = [file for file in LONG if file in files]
    rest = sorted(files.keys() - set(LONG), key=lambda file: (-len(files[file]), file))
    return [item for file in (*first, *rest) for item in files[file]]
