import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from audioset.engine import attempt, map_items
from tests.processes import is_alive


def double(number: int) -> int:
    if number == 3:
        raise ValueError("three is not allowed")
    return number * 2


def die(number: int) -> int:
    if number == 2:
        os._exit(9)
    return number


@pytest.mark.parametrize("workers", [1, 2])
def test_one_bad_item_does_not_stop_the_others(workers: int) -> None:
    outcomes = {o.item: o for o in map_items(double, [1, 2, 3, 4], workers=workers)}
    assert {item: o.value for item, o in outcomes.items()} == {1: 2, 2: 4, 3: None, 4: 8}
    assert "three is not allowed" in str(outcomes[3].error)


def test_one_call_gives_its_value_or_what_it_raised() -> None:
    good, bad = attempt(double, 2), attempt(double, 3)
    assert (good.item, good.value, good.error) == (2, 4, None)
    assert (bad.item, bad.value, type(bad.error)) == (3, None, ValueError)


def test_a_killed_worker_fails_its_own_item_only() -> None:
    outcomes = {o.item: o for o in map_items(die, [1, 2, 3, 4, 5], workers=2)}
    assert {item: o.value for item, o in outcomes.items()} == {1: 1, 2: None, 3: 3, 4: 4, 5: 5}
    assert "worker process was killed" in str(outcomes[2].error)


class OddError(Exception):
    """An error that cannot be unpickled."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} {second}")


def cannot_travel(number: int) -> object:
    if number == 1:
        raise OddError("very", "odd")
    return (lambda: None) if number == 2 else number


def test_what_cannot_travel_back_is_told_and_stops_nothing() -> None:
    outcomes = {o.item: o for o in map_items(cannot_travel, [1, 2, 3], workers=2)}
    assert str(outcomes[1].error) == "OddError: very odd"
    assert "lambda" in str(outcomes[2].error)
    assert outcomes[3].value == 3


def nap(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def test_stopping_early_ends_our_workers_and_nobody_elses() -> None:
    own = multiprocessing.get_context("spawn").Process(target=nap, args=(600,))
    own.start()
    outcomes = map_items(nap, [0.01, 600.0, 600.0], workers=2)
    next(outcomes)
    outcomes.close()  # type: ignore[attr-defined]
    while set(multiprocessing.active_children()) != {own}:
        time.sleep(0.05)
    own.terminate()
    own.join()


def test_workers_end_with_a_killed_parent(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import os, time, pathlib\n"
        "from audioset.engine import attempt, map_items\n"
        "def slow(folder):\n"
        "    (pathlib.Path(folder) / str(os.getpid())).touch()\n"
        "    time.sleep(600)\n"
        f"if __name__ == '__main__': list(map_items(slow, [{str(tmp_path)!r}] * 2, workers=2))\n"
    )
    parent = subprocess.Popen([sys.executable, str(script)])
    while len(pids := [p.name for p in tmp_path.iterdir() if p.name.isdigit()]) < 2:
        time.sleep(0.05)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    while any(is_alive(int(pid)) for pid in pids):
        time.sleep(0.05)
