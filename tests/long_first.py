"""In which order processes side by side begin the files of tests, so that they end together."""

from collections.abc import Callable, Iterable
from typing import TypeVar

# The files that take more than ten CPU seconds, or wait long, the longest first. One that began
# last would run by itself, while every other process has nothing left to do.
LONG = (
    "tests/test_tutorials.py",
    "tests/test_readme_tour.py",
    "tests/tracking/test_forget.py",
    "tests/curation/test_splits.py",
    "tests/test_walk_doc.py",
    "tests/review/test_views.py",
    "tests/training/test_row_blocks.py",
    "tests/experiments/test_promote.py",
    "tests/scale/test_cluster_tutorial.py",
    "tests/test_docs.py",
    "tests/test_notebooks.py",
    "tests/tracking/test_clip_lineage.py",
    "tests/curation/test_line_refusal.py",
    "tests/versions/test_crashes.py",
    "tests/tracking/test_receipts.py",
    "tests/experiments/test_search.py",
    "tests/tracking/test_lineage.py",
    "tests/tracking/test_run_end.py",
    "tests/tracking/test_pins.py",
    "tests/training/test_train_digits.py",
    "tests/review/test_real_recordings.py",
    "tests/review/test_outages.py",
    "tests/tracking/test_ui.py",
    "tests/scale/test_workspace_on_s3.py",
    "tests/scale/test_on_ray.py",
    "tests/test_team.py",
    "tests/review/test_somebody_else.py",
    "tests/review/test_two_people.py",
    "tests/tracking/test_server.py",
    "tests/tracking/test_examples.py",
    "tests/test_first_evening.py",
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
