"""What a process left behind is known by its owner and its age, and taken whole."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from audioset.errors import StorageError
from audioset.machine import process_space
from audioset.storage import scratch
from audioset.storage.scratch import (
    LEFT_BEHIND_SECONDS,
    owner,
    remove_left_behind,
    scratch_folder,
)

NOW = 1_700_000_000.0
ELSEWHERE = "0123456789ab-1"


@pytest.fixture
def gone() -> str:
    """The owner of what a process of this machine left that is no more."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return f"{process_space()}-{process.pid}"


def touched(path: Path, seconds_ago: float) -> None:
    os.utime(path, (NOW, NOW - seconds_ago))


def test_an_owner_is_a_process_of_its_surroundings() -> None:
    assert owner() == f"{process_space()}-{os.getpid()}"
    assert re.fullmatch("[0-9a-f]{12}-[0-9]+", owner())


def test_a_day_is_the_border(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert LEFT_BEHIND_SECONDS == 86_400
    monkeypatch.setattr(scratch.time, "time", lambda: NOW)
    for name, age in (("day", 86_400), ("over", 86_401), ("ahead", -5)):
        path = tmp_path / f"a-{ELSEWHERE}-{name}"
        path.write_bytes(b"")
        touched(path, age)
    folder = tmp_path / f"a-{ELSEWHERE}-folder"
    (folder / "in").mkdir(parents=True)
    touched(folder / "in", 5)
    touched(folder, 90_000)
    old = tmp_path / f"a-{ELSEWHERE}-old"
    (old / "in").mkdir(parents=True)
    (old / "in" / "file").write_bytes(b"")
    for path in (old / "in", old):
        touched(path, 90_000)
    remove_left_behind(tmp_path, "a-")
    left = {path.name.rpartition("-")[2] for path in tmp_path.iterdir()}
    assert left == {"day", "ahead", "folder"}


def test_names_are_taken_as_they_stand(tmp_path: Path, gone: str) -> None:
    names = [f"[a]*{gone}.[z]", f"a-{gone}.[z]", f"[a]*{gone}.z", f"[a]*{gone}.[z].b"]
    for name in names:
        (tmp_path / name).write_bytes(b"")
    remove_left_behind(tmp_path, "[a]*", ".[z]")
    assert {path.name for path in tmp_path.iterdir()} == set(names[1:])
    remove_left_behind(tmp_path, "[a]*")
    assert {path.name for path in tmp_path.iterdir()} == {names[1]}
    remove_left_behind(tmp_path / "none", "a")


def test_of_a_link_the_link_is_removed_and_not_what_it_names(tmp_path: Path, gone: str) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_bytes(b"1")
    (tmp_path / f"a-{gone}").symlink_to(tmp_path / "mine")
    (tmp_path / f"a-{gone}-b").symlink_to(tmp_path / "nowhere")
    remove_left_behind(tmp_path, "a-")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert (tmp_path / "mine" / "file").read_bytes() == b"1"


def test_what_resists_stays_and_the_others_go(
    tmp_path: Path, gone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that another program holds, as on Windows; nothing here resists its owner."""
    unlink = Path.unlink

    def held(self: Path, missing_ok: bool = False) -> None:
        if self.name.endswith("held"):
            raise PermissionError
        unlink(self, missing_ok)

    for name in ("a-held", "b", "c-held", "d"):
        (tmp_path / f"x-{gone}-{name}").write_bytes(b"")
    monkeypatch.setattr(Path, "unlink", held)
    remove_left_behind(tmp_path, "x-")
    left = {path.name.partition(f"{gone}-")[2] for path in tmp_path.iterdir()}
    assert left == {"a-held", "c-held"}


def test_a_scratch_folder_is_in_its_place_for_as_long_as_it_is_used(
    tmp_path: Path, gone: str
) -> None:
    parent = tmp_path / "new" / "store"
    with scratch_folder(parent) as folder:
        assert folder.parent == parent
        assert folder.name.startswith(f".audioset-scratch-{owner()}-")
        (folder / "in").mkdir()
        (folder / "in" / "file").write_bytes(b"1")
        with scratch_folder(parent, "other-") as second:
            assert second.name.startswith(f"other-{owner()}-")
        assert folder.exists()
        assert not second.exists()
    with pytest.raises(KeyError), scratch_folder(parent) as folder:
        raise KeyError
    assert list(parent.iterdir()) == []
    (parent / f"other-{gone}-1").mkdir()
    (parent / f".audioset-scratch-{gone}-1").mkdir()
    with scratch_folder(parent, "other-"):
        assert not (parent / f"other-{gone}-1").exists()
    assert [path.name for path in parent.iterdir()] == [f".audioset-scratch-{gone}-1"]
    with scratch_folder(parent) as folder:
        (folder / "x").write_bytes(b"")
        for path in (folder / "x", folder):
            path.unlink() if path.is_file() else path.rmdir()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for parent in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(StorageError, match=f"^cannot write {parent}: "), scratch_folder(parent):
            pass
