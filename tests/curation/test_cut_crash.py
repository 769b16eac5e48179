"""A decoder that dies takes no more with it than the file that it reads."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest

import audioset
from tests.sounds import SPEECH_RATE, spoken, write_audio


def children() -> list[int]:
    """Process ids of the children of this process."""
    return [
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/stat")
        if path.exists() and path.read_text().rpartition(")")[2].split()[1] == str(os.getpid())
    ]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds its children in /proc")
@pytest.mark.parametrize(
    ("number", "said"),
    [
        (signal.SIGSEGV, "the decoder crashed on it (SIGSEGV)"),
        (signal.SIGABRT, "the decoder crashed on it (SIGABRT)"),
        (signal.SIGKILL, "the decoder was killed while it read the file (SIGKILL), perhaps for"),
    ],
)
def test_a_decoder_that_dies_fails_its_file_and_the_others_go_on(
    tmp_path: Path, number: signal.Signals, said: str
) -> None:
    samples, _ = spoken()
    folder = tmp_path / "videos"
    folder.mkdir()
    # Longer than what can wait in the memory between the processes: it is still being read.
    write_audio(folder / "a.wav", np.tile(samples, 6), SPEECH_RATE)
    write_audio(folder / "b.wav", samples, SPEECH_RATE)
    before = set(children())
    killed: list[int] = []

    def kill_once(task: str, done: float, total: float | None, unit: str) -> None:
        if not killed:
            killed.extend(set(children()) - before)
            for pid in killed:
                os.kill(pid, number)

    from audioset.media.apart.ask import end_helpers

    end_helpers()  # of earlier tests, so that ours is new
    ws = audioset.init(tmp_path / "w")
    report = ws.cut(folder, workers=1, progress=kill_once)
    assert len(killed) == 1
    (failed,) = report.failed
    assert failed.path == str(folder / "a.wav")
    assert failed.error is not None
    assert failed.error.startswith(f"{folder / 'a.wav'}: {said}")
    assert [source.status for source in report.sources] == ["failed", "cut"]
    assert report.num_clips > 0
    assert not list((tmp_path / "w" / "clips").glob("a-*"))
