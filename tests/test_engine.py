import itertools
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from threading import Lock

import pytest

from audioset.engine import attempt, map_items
from audioset.errors import AudiosetError, InvalidInputError
from audioset.workers import is_worker
from tests.processes import is_alive


def double(number: int) -> int:
    if number == 3:
        raise ValueError("three is not allowed")
    return number * 2


def die(number: int) -> int:
    if number == 2:
        os._exit(9)
    return number


def tell_where(number: int) -> bool:
    return is_worker()


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


def test_one_worker_may_be_a_process_that_dies_in_place_of_this_one() -> None:
    outcomes = {o.item: o for o in map_items(die, range(9), at_once=2, apart=True)}
    assert {item: o.value for item, o in outcomes.items()} == {n: n for n in range(9)} | {2: None}
    assert "worker process was killed" in str(outcomes[2].error)
    assert [o.value for o in map_items(tell_where, range(3), apart=True)] == [True] * 3
    assert not tell_where(0)


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


def note_and_wait(folder: Path, seconds: float) -> float:
    (folder / str(os.getpid())).touch()
    time.sleep(seconds)
    return seconds


def pids_in(folder: Path, *, num: int) -> list[int]:
    """Wait until so many processes have noted themselves."""
    while len(found := [int(p.name) for p in folder.iterdir() if p.name.isdigit()]) < num:
        time.sleep(0.05)
    return found


def test_stopping_early_ends_our_workers_and_nobody_elses(tmp_path: Path) -> None:
    own = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    outcomes = map_items(partial(note_and_wait, tmp_path), [0.01, 600.0, 600.0], workers=2)
    next(outcomes)
    workers = pids_in(tmp_path, num=2)
    outcomes.close()  # type: ignore[attr-defined]
    assert not any(is_alive(pid) for pid in workers)
    assert own.poll() is None
    own.kill()
    own.wait()


def test_items_are_taken_when_their_turn_comes() -> None:
    taken = []

    def endless() -> Iterator[int]:
        for number in itertools.count():
            taken.append(number)
            yield number

    outcomes = map_items(abs, endless(), workers=2)
    assert sum(outcome.error is None for outcome in islice(outcomes, 50)) == 50
    assert len(taken) <= 50 + 4 * 2
    outcomes.close()  # type: ignore[attr-defined]


def test_small_items_travel_together_and_fail_alone() -> None:
    outcomes = {o.item: o for o in map_items(double, range(1, 60), workers=2, at_once=8)}
    assert "three is not allowed" in str(outcomes.pop(3).error)
    assert {item: o.value for item, o in outcomes.items()} == {n: 2 * n for n in outcomes}


def test_an_item_that_kills_its_worker_takes_no_item_of_its_handful_along() -> None:
    outcomes = {o.item: o for o in map_items(die, range(1, 13), workers=2, at_once=4)}
    assert "worker process was killed" in str(outcomes.pop(2).error)
    assert {item: o.value for item, o in outcomes.items()} == {n: n for n in outcomes}
    assert len(outcomes) == 11


class Unpackable:
    """Can be sent, and only fails where it arrives."""

    def __reduce__(self) -> object:
        return int, ("no number",)


def test_an_item_that_cannot_be_unpacked_fails_alone() -> None:
    bad = Unpackable()
    outcomes = list(map_items(str, [1, bad, 2, 3], workers=2, at_once=2))
    assert sorted(o.value for o in outcomes if o.error is None) == ["1", "2", "3"]
    assert ["no number" in str(o.error) for o in outcomes if o.item is bad] == [True]


UNGUARDED = """
import os, pathlib, sys
from audioset.engine import map_items

print("begun", flush=True)

class Scale:
    def __init__(self, by):
        self.by = by

    def __call__(self, number):
        print("a library says something")
        sys.stdin.read()
        return doubled(number) * self.by, os.getpid()

def doubled(number):
    return 2 * number

got = [outcome.value for outcome in map_items(Scale(10), iter([1, 2, 3]), workers=2)]
assert os.getpid() not in {pid for _, pid in got}
print(sorted(value for value, _ in got))
"""


@pytest.mark.parametrize("way", ["file", "module", "stdin", "command", "package"])
def test_workers_run_no_line_of_a_script_and_know_what_it_defines(tmp_path: Path, way: str) -> None:
    (tmp_path / "told.py").write_text(UNGUARDED)
    (tmp_path / "room").mkdir()
    (tmp_path / "room" / "__main__.py").write_text(UNGUARDED)
    words = {
        "file": ["told.py"],
        "module": ["-m", "told"],
        "stdin": ["-"],
        "command": ["-c", UNGUARDED],
        "package": ["-m", "room"],
    }
    done = subprocess.run(
        [sys.executable, *words[way]],
        cwd=tmp_path,
        input=UNGUARDED if way == "stdin" else "",
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == ["begun", "[20, 40, 60]"]
    assert done.stderr.replace("a library says something", "").split() == []


def test_what_cannot_be_sent_is_refused_in_one_line() -> None:
    lock = Lock()

    def locked(number: int) -> int:
        return number if lock else 0

    with pytest.raises(InvalidInputError, match=r"locked cannot be sent .* or use one worker") as e:
        list(map_items(locked, [1, 2], workers=2))
    assert "\n" not in str(e.value)


def test_a_python_that_does_not_start_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("true"))
    with pytest.raises(AudiosetError, match=r"no worker process starts .*true ended with status 0"):
        list(map_items(double, [1, 2], workers=2))


def test_a_program_of_one_file_works_in_its_own_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    values = [outcome.value for outcome in map_items(os.getpgid, [0, 0], workers=2)]
    assert values == [os.getpgid(0)] * 2


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL])
def test_how_a_worker_ended_is_said(number: signal.Signals) -> None:
    outcomes = {o.item: o for o in map_items(end_by, [0, int(number)], workers=2)}
    word = "killed" if number == signal.SIGKILL else "crashed"
    assert outcomes[0].value == 0
    assert f"the worker process {'was ' * (word == 'killed')}{word} ({number.name})" in str(
        outcomes[int(number)].error
    )


def end_by(number: int) -> int:
    if number:
        os.kill(os.getpid(), number)
        time.sleep(600)
    return number


def test_workers_end_with_a_killed_parent(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import os, time, pathlib\n"
        "from audioset.engine import attempt, map_items\n"
        "def slow(folder):\n"
        "    (pathlib.Path(folder) / str(os.getpid())).touch()\n"
        "    time.sleep(600)\n"
        f"list(map_items(slow, [{str(tmp_path)!r}] * 2, workers=2))\n"
    )
    parent = subprocess.Popen([sys.executable, str(script)])
    pids = pids_in(tmp_path, num=2)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    while any(is_alive(pid) for pid in pids):
        time.sleep(0.05)
