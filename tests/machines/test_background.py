"""Work that lets other work go first."""

import os
import subprocess
import sys

import pytest

from audioset.errors import NotFoundError
from audioset.machine import in_background


@pytest.mark.skipif(sys.platform != "linux", reason="a thread can step back on Linux only")
def test_it_steps_back_with_what_it_starts_and_nothing_else_does() -> None:
    def niceness() -> tuple[int, int]:
        words = [sys.executable, "-c", "import os; print(os.nice(0))"]
        started = subprocess.run(words, capture_output=True, text=True, check=True)
        return os.getpriority(os.PRIO_PROCESS, 0), int(started.stdout)

    before = os.getpriority(os.PRIO_PROCESS, 0)
    own, started = in_background(niceness)
    assert own == started == max(before, 10)
    assert os.getpriority(os.PRIO_PROCESS, 0) == before


def test_what_it_raises_arrives() -> None:
    def fail() -> None:
        raise NotFoundError("nowhere")

    with pytest.raises(NotFoundError, match="nowhere"):
        in_background(fail)
