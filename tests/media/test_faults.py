"""Damaged files: no crash, no hang, nothing half-made, and every refusal is one of our errors."""

import os
from pathlib import Path

import pytest

from tests.media.faults import make_faults, make_forms, outcome_table, run_faults


def check(number: int, folder: Path, media: Path | None) -> str:
    forms = make_forms(folder, media)
    outcomes, unusable = run_faults(forms, list(make_faults(forms, number)), folder)
    assert unusable == []
    broken = [each for each in outcomes if each.problems]
    assert broken == []
    return outcome_table(outcomes)


def test_damaged_files_are_cut_or_refused_and_leave_nothing_half_made(tmp_path: Path) -> None:
    check(60, tmp_path, None)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_thousand_damaged_files(real_media: Path, tmp_path: Path) -> None:
    number = int(os.environ.get("FAULTS", "1000"))
    print(check(number, tmp_path, real_media))  # noqa: T201  shown by -s
