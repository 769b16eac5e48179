"""Locks hold on drives that have none, and vanish with whoever held them."""

import fcntl
import subprocess
import sys
from pathlib import Path

import pytest

from audioset.machine import process_space
from audioset.storage import locks
from audioset.storage.files import name_exclusively
from audioset.storage.locks import locked

NO_LOCKS = "ignore:the drive at .* has no locks"
COUNT = """
import sys, fcntl, warnings
from pathlib import Path
warnings.simplefilter("ignore")
del fcntl.flock
from audioset.storage.locks import locked
counter = Path(sys.argv[1])
for _ in range(50):
    with locked(counter.with_name(".counter.lock")):
        counter.write_text(str(int(counter.read_text()) + 1))
"""


@pytest.fixture
def no_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(fcntl, "flock")


def test_without_locks_nobody_loses_a_change(tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    counter.write_text("0")
    words = [sys.executable, "-c", COUNT, str(counter)]
    running = [subprocess.Popen(words) for _ in range(3)]
    assert [process.wait() for process in running] == [0, 0, 0]
    assert counter.read_text() == "150"
    assert sorted(path.name for path in tmp_path.iterdir()) == [".counter.lock", "counter"]


@pytest.mark.filterwarnings(NO_LOCKS)
@pytest.mark.parametrize("where", ["here", "elsewhere", "half-written"])
def test_the_claim_of_a_killed_process_does_not_stand(
    tmp_path: Path, no_locks: None, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    space = process_space() if where == "here" else "0123456789ab"
    claim = tmp_path / ".x.lock.claim"
    claim.write_text("" if where == "half-written" else f"{space}-{process.pid}-00ff")
    if where != "here":  # which nobody waits for
        monkeypatch.setattr(locks, "ABANDONED_CLAIM_SECONDS", 0.2)
    with locked(tmp_path / ".x.lock"):
        assert claim.read_text().startswith(process_space())
    assert not claim.exists()


def test_a_name_is_given_once_without_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audioset.storage.files.name_new", lambda made, path: False)
    for text in ("first", "second"):
        (tmp_path / text).write_text(text)
    name_exclusively(tmp_path / "first", tmp_path / "v1")
    with pytest.raises(FileExistsError):
        name_exclusively(tmp_path / "second", tmp_path / "v1")
    assert (tmp_path / "v1").read_text() == "first"
