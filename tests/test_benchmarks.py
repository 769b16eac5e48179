"""Every benchmark runs from its beginning to its end with `--tiny`, so that none can rot."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.postgresql import REQUIRED, _program

PROJECT = Path(__file__).parents[1]
FOLDER = PROJECT / "benchmarks"
# What cannot be made small enough for every run.
SLOW = {
    "lineage.py": "starts PostgreSQL and an MLflow server, which take longer than what is asked",
    "review.py": "opens a browser and a server for each way to hear the next clip",
    "change.py": "a process of its own for each number; test_publish holds the promise",
    "publish.py": "starts a process and a server for each number; test_publish holds the promise",
    "questions.py": "a process for each number; test_light_import holds the promise",
    "transport.py": "starts a process for each number; test_fetched holds the promise",
    "read.py": "starts a process for each way to read, and two of them twice for each number",
    "cut.py": "cuts by each of its ways; the tests of cut do it too",
    "boundaries.py": "speaks and aligns; test_hama and test_cut_by_lines hold the promise",
    "long_file.py": "cuts in processes of its own; test_ways holds the promise",
    "sample_accuracy.py": "starts ffmpeg for each format; test_real_media holds the promise",
    "align.py": "speaks and listens by each way to align; tests/hearing holds the promise",
    "align_trained.py": "learns from all recordings and aligns; test_aligner holds the promise",
    "splits.py": "divides a dataset many times; test_splits holds the promise",
    "startup.py": "starts a process for each number; test_light_import holds the promise",
    "quality.py": "reads all recordings; test_measure and test_quality_truth hold the promise",
    "align_languages.py": "fetches packages; test_line_refusal and test_languages hold the promise",
    "align_false_starts.py": "speaks and aligns; test_align_false_starts holds the promise",
    "align_second_opinion.py": "loads Whisper; test_second_opinion holds the promise",
    "second_opinion_words.py": "loads Whisper; test_second_opinion holds the promise",
    "transcribe.py": "loads Whisper; test_whisper holds the promise",
    "detection.py": "listens by every detector",
    "millions.py": "starts a process for each of nine steps; test_checkout takes them too",
    "many_rows.py": "starts a process for each number; test_row_blocks holds the promise",
    "snr_train.py": "reads all voices; test_snr holds what was learnt",
    "voices.py": "listens to six speakers; test_voices holds the rules",
    "corpora.py": "a process for each number; tests/interop holds each format",
    "interop.py": "starts a process for each number; tests/interop holds each format",
    "store_on_ray.py": "starts Ray; tests/scale holds the promise",
    "scale.py": "cuts in processes and on Ray; tests/scale holds the promise",
    "big_tables.py": "starts a process for each command and number",
}


def find_benchmarks() -> list[str]:
    """Name what people run; what another benchmark runs, as a way of its own, is run with that."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.py"))}
    return [
        name
        for name, text in texts.items()
        if "__name__ == " in text
        and not any(f'"{name}"' in other for whose, other in texts.items() if whose != name)
    ]


def cases() -> list[object]:
    return [
        pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else [])
        for name in find_benchmarks()
    ]


@pytest.fixture(scope="module")
def ffmpeg() -> None:
    """The floor that decoding is compared with; CI may not do without."""
    if shutil.which("ffmpeg") is None:
        reason = "the program ffmpeg is missing; install it: apt-get install ffmpeg"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)


def test_what_is_slow_is_there() -> None:
    assert set(SLOW) <= set(find_benchmarks())


@pytest.mark.parametrize("name", cases())
def test_it_runs_on_next_to_nothing(name: str, ffmpeg: None) -> None:
    if name == "lineage.py" and _program("initdb") is None and not os.environ.get(REQUIRED):
        pytest.skip("this machine has no PostgreSQL server (initdb)")
    done = subprocess.run(
        [sys.executable, FOLDER / name, "--tiny"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    )
    if done.returncode and "no real media at " in done.stderr:
        pytest.skip(done.stderr.splitlines()[-1])
    assert done.returncode == 0, done.stderr[-4000:]
    assert "|---|" in done.stdout.replace(" ", ""), "it prints a table"
