"""Damaged media: no crash, no hang, and nothing silent that could be told."""

import os
from pathlib import Path

import pytest

from tests.media.decode_faults import (
    BROKEN,
    REFUSED,
    TOLD,
    DecodeFault,
    judge,
    make_faults,
    make_forms,
    outcome_table,
    run_faults,
)


def check(number: int, folder: Path) -> str:
    forms = make_forms(folder)
    assert len(forms) == 40
    outcomes = run_faults(forms, list(make_faults(forms, number)), folder)
    assert [each for each in outcomes if each[1] in BROKEN] == []
    assert {TOLD, REFUSED} <= {name for _, name in outcomes}
    return outcome_table(outcomes)


def test_damaged_files_are_heard_told_or_refused(tmp_path: Path) -> None:
    check(40, tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_two_thousand_damaged_files(tmp_path: Path) -> None:
    print(check(int(os.environ.get("FAULTS", "2000")), tmp_path))  # noqa: T201  shown by -s


def test_a_crash_and_a_silence_would_be_noticed(tmp_path: Path) -> None:
    from tests.media.decode_faults import CRASH, SILENT, UNTOLD, WHOLE, Decoded

    whole, path = Decoded(3.0, "a", ()), tmp_path / "a.mp3"
    assert judge(whole, CRASH, path) == CRASH
    assert judge(whole, Decoded(2.0, "b", ()), path) == SILENT
    assert judge(whole, Decoded(3.0, "b", ()), path) == UNTOLD
    assert judge(whole, Decoded(3.0, "b", ()), tmp_path / "mono.flac") == SILENT
    assert judge(whole, Decoded(2.0, "b", ("it breaks off",)), path) == TOLD
    assert judge(whole, whole, path) == WHOLE
    assert judge(whole, Decoded(0.0, "", (), f"{path}: damaged"), path) == REFUSED
    assert judge(whole, Decoded(0.0, "", (), "AttributeError: none"), path) == CRASH
    assert DecodeFault("a", "lost", 1, 2).apply(b"abcde") == b"ade"
