"""Processes that are begun early: they are used, they end, and they change nothing."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.fft import rfft

from audioset.curation.begin import begun_processes, num_processes
from audioset.engine import map_items
from audioset.hearing.fourier import spectra_of
from audioset.hearing.speech.listen import listen
from audioset.hearing.speech.listen_in_process import listen_apart
from audioset.machine import num_cores, num_free_cores
from audioset.media.apart.ask import begin, end_helpers
from audioset.workers import begun
from audioset.workspace import open_workspace
from tests.processes import is_alive
from tests.sounds import noise, write_audio

MEGABYTE = 1024 * 1024


def own_pid(_number: int) -> int:
    return os.getpid()


def children() -> set[int]:
    import psutil

    return {child.pid for child in psutil.Process().children()}


def test_workers_that_were_begun_are_taken_and_the_others_end() -> None:
    before = children()
    with begun(3, "audioset.errors"):
        early = children() - before
        assert len(early) == 3
        outcomes = list(map_items(own_pid, range(8), workers=2))
        assert {outcome.value for outcome in outcomes} <= early
    assert not any(is_alive(pid) for pid in early)


def test_a_module_that_cannot_be_loaded_ahead_costs_nothing() -> None:
    with begun(2, "audioset.no_such_module"):
        outcomes = list(map_items(own_pid, range(4), workers=2))
    assert all(outcome.error is None for outcome in outcomes)


@pytest.mark.parametrize("name", ["listen_in_process:get_ready", "no_such_module:at_all"])
def test_a_helper_that_was_begun_hears_the_same(tmp_path: Path, name: str) -> None:
    path = write_audio(tmp_path / "a.wav", noise(12, 16_000, level=0.1), 16_000)
    end_helpers()
    before = children()
    begin(f"audioset.hearing.speech.{name}")
    early = children() - before
    assert len(early) == 1
    with listen_apart(path) as apart, listen(path) as here:
        for ours, theirs in zip(apart.pieces(), here.pieces(), strict=True):
            assert np.array_equal(ours[0].sound, theirs[0].sound)
            assert np.array_equal(ours[0].frames.probabilities, theirs[0].frames.probabilities)
    assert children() - before == early  # no other one was asked


def test_as_many_processes_as_are_worth_it() -> None:
    large, small = [20 * MEGABYTE] * 8, [MEGABYTE] * 8
    assert num_processes(large, 4, None) == 4
    assert num_processes(large, 4, 6) == 6  # what was asked for
    assert num_processes(large[:2], 4, None) == 2
    assert num_processes(small, 4, None) == 1
    assert num_processes(small, 4, 3) == 3


def test_words_that_mean_no_file_begin_nothing(tmp_path: Path) -> None:
    before = children()
    with begun_processes(["s3://bucket/a.mp4", "*.mp4", 3, str(tmp_path)], tmp_path, None) as cores:
        assert children() == before
    assert cores == num_cores()


def test_cores_that_are_busy_are_not_counted() -> None:
    busy = [
        subprocess.Popen([sys.executable, "-c", "print(flush=True)\nwhile True: pass"], stdout=-1)
        for _ in range(num_cores())
    ]
    try:
        for process in busy:
            assert process.stdout is not None
            process.stdout.readline()
        assert num_free_cores() == 1
    finally:
        for process in busy:
            process.kill()
            process.communicate()


@pytest.mark.skipif(num_cores() < 2, reason="one core is all there is")
def test_a_cut_says_that_it_left_cores_to_others(tmp_path: Path) -> None:
    from audioset.curation.cut import cut_sources
    from audioset.records.cut_options import CutOptions

    videos, folder = tmp_path / "videos", tmp_path / "ws"
    videos.mkdir()
    folder.mkdir()
    for number, name in enumerate(("a.wav", "b.wav")):
        with (videos / name).open("wb") as file:
            file.truncate((20 + number) * MEGABYTE)  # zeros, which are no sound
    working = open_workspace(folder)._any_working
    cut = cut_sources([videos], working, options=CutOptions(), facts={}, cores=1)
    assert len(cut.failed) == 2
    (note,) = cut.notes
    assert "busy with other work" in note
    assert "--workers 2" in note


def test_spectra_are_those_of_scipy_without_loading_it() -> None:
    random = np.random.default_rng(0)
    for size in (256, 512, 1411):
        windows = random.normal(size=(50, size)).astype(np.float32)
        assert spectra_of(windows).tobytes() == rfft(windows).tobytes()
    code = (
        "import sys; from audioset.hearing.speech.listen_in_process import get_ready; get_ready(); "
        "assert 'scipy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
