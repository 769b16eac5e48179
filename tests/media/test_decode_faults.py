"""Damaged media: no crash, no hang, and nothing silent that could be told."""

import os
import subprocess
import sys
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
)

PROJECT = Path(__file__).resolve().parents[2]


def check(number: int) -> str:
    """Try so many faults; in a fresh process, which forks without what other tests loaded."""
    command = [sys.executable, "-m", "tests.media.decode_faults", "--num-faults", str(number)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [line.strip("| ").split(" | ") for line in done.stdout.splitlines()]
    names, counts = rows[0][2:], [int(count) for count in rows[-1][2:]]
    outcomes = dict(zip(names, counts, strict=True))
    assert sum(counts) == int(rows[-1][1]) == number
    assert all(outcomes[name] == 0 for name in BROKEN)
    assert outcomes[TOLD]
    assert outcomes[REFUSED]
    return done.stdout


def test_forty_forms_are_made(tmp_path: Path) -> None:
    forms = make_forms(tmp_path)
    assert len(forms) == 40
    assert {fault.form for fault in make_faults(forms, 40)} == set(forms)


def test_damaged_files_are_heard_told_or_refused() -> None:
    check(40)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_two_thousand_damaged_files() -> None:
    print(check(int(os.environ.get("FAULTS", "2000"))))  # noqa: T201  shown by -s


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
