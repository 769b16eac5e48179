"""A file that stands for a lock: who has it, for how long it is believed, and whose it stays."""

import fcntl
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from audioset.machine import process_space
from audioset.storage import locks
from audioset.storage.locks import ABANDONED_CLAIM_SECONDS, locked

pytestmark = pytest.mark.filterwarnings("ignore:the drive at .* has no locks")
ELSEWHERE = "0123456789ab-1-00ff"


class Clock:
    """Time that passes by waiting only; something may happen while one waits."""

    def __init__(self, step: float = 60.0) -> None:
        self.now, self.step = 1000.0, step
        self.waited: list[float] = []
        self.events: dict[int, object] = {}

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += self.step
        event = self.events.get(len(self.waited))
        if event:
            event()  # type: ignore[operator]
        assert len(self.waited) < 100, "it waits for ever"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A drive without locks, and a clock that passes by waiting."""
    clock = Clock()
    monkeypatch.delattr(fcntl, "flock")
    monkeypatch.setattr(locks.time, "monotonic", clock.monotonic)
    monkeypatch.setattr(locks.time, "sleep", clock.sleep)
    return clock


def test_a_drive_with_locks_needs_no_claim(tmp_path: Path) -> None:
    with locked(tmp_path / ".x.lock"):
        assert [path.name for path in tmp_path.iterdir()] == [".x.lock"]
    with pytest.raises(FileNotFoundError), locked(tmp_path / "none" / ".x.lock"):
        pass


def test_a_claim_says_whose_it_is_and_goes_with_the_change(tmp_path: Path, clock: Clock) -> None:
    claim = tmp_path / ".x.lock.claim"
    with locked(tmp_path / ".x.lock"):
        first = claim.read_text()
        with locked(tmp_path / ".y.lock"):
            assert (tmp_path / ".y.lock.claim").exists()
    broken: list[str] = []

    def change() -> None:
        with locked(tmp_path / ".x.lock"):
            broken.append(claim.read_text())
            raise KeyError

    with pytest.raises(KeyError):
        change()
    (second,) = broken
    for text in (first, second):
        assert re.fullmatch(f"{process_space()}-{os.getpid()}-[0-9a-f]{{8}}", text)
    assert first != second
    assert not claim.exists()
    assert clock.waited == []


def test_it_is_told_that_the_drive_has_no_locks(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audioset.machine._told", set())
    told = "has no locks: a writer on another machine that stands still for over 120 s in"
    with pytest.warns(UserWarning, match=told), locked(tmp_path / ".x.lock"):
        pass


def test_a_claim_of_elsewhere_is_believed_for_two_minutes(tmp_path: Path, clock: Clock) -> None:
    assert ABANDONED_CLAIM_SECONDS == 120
    claim = tmp_path / ".x.lock.claim"
    claim.write_text(ELSEWHERE)
    with locked(tmp_path / ".x.lock"):
        assert claim.read_text().startswith(process_space())
    assert clock.waited == [0.02] * 3, "after 60, 120 and 180 s"
    assert [path.name for path in tmp_path.iterdir()] == [".x.lock"]


def test_of_a_claim_that_changes_the_time_begins_anew(tmp_path: Path, clock: Clock) -> None:
    claim = tmp_path / ".x.lock.claim"
    claim.write_text(ELSEWHERE)
    clock.events[2] = lambda: claim.write_text("0123456789ab-2-00ff")
    with locked(tmp_path / ".x.lock"):
        pass
    assert len(clock.waited) == 5


def test_a_claim_that_goes_is_followed_at_once(tmp_path: Path, clock: Clock) -> None:
    claim = tmp_path / ".x.lock.claim"
    claim.write_text(f"{process_space()}-{os.getpid()}-0000")
    clock.events[1] = claim.unlink
    with locked(tmp_path / ".x.lock"):
        pass
    assert len(clock.waited) == 1


def test_of_this_machine_a_process_that_is_gone_is_known_at_once(
    tmp_path: Path, clock: Clock
) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    claim = tmp_path / ".x.lock.claim"
    for text, waits in (
        (f"{process_space()}-{gone.pid}-00ff", 0),
        (f"{process_space()}-{os.getpid()}-00ff", 3),
        (f"{process_space()}-x-00ff", 3),
        (f"{process_space()}", 3),
        (f"0123456789ab-{gone.pid}-00ff", 3),
        ("", 3),
        ("ä", 3),
    ):
        clock.waited.clear()
        claim.write_text(text, encoding="utf-8")
        with locked(tmp_path / ".x.lock"):
            pass
        assert len(clock.waited) == waits, text


def test_a_claim_that_was_taken_by_another_meanwhile_stays_with_it(
    tmp_path: Path, clock: Clock
) -> None:
    claim = tmp_path / ".x.lock.claim"
    with locked(tmp_path / ".x.lock"):
        claim.write_text(ELSEWHERE)
    assert claim.read_text() == ELSEWHERE
    claim.unlink()
    with locked(tmp_path / ".x.lock"):
        claim.unlink()
    assert not claim.exists()


def test_who_comes_in_the_place_of_an_old_claim_is_not_taken_away(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old one is seen, a new one takes its place, and only then is it moved aside."""
    claim, other = tmp_path / ".x.lock.claim", f"{process_space()}-{os.getpid()}-beef"
    claim.write_text(ELSEWHERE)
    names = iter(["mine", "aside", "again"])

    def named(size: int) -> str:
        assert size == 4
        name = next(names)
        if name == "aside":
            claim.write_text(other)
        return name

    monkeypatch.setattr(locks.secrets, "token_hex", named)
    seen: list[str] = []
    clock.events[4] = lambda: seen.append(claim.read_text())
    with locked(tmp_path / ".x.lock"):
        assert claim.read_text().endswith("-mine")
    assert seen == [other]
    assert len(clock.waited) == 6
    assert [path.name for path in tmp_path.iterdir()] == [".x.lock"]
