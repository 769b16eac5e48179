"""What processes left behind is removed; what another machine is at is not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from audioset.curation.workspace.clip_files import remove_stale_parts
from audioset.curation.workspace.fetch_source import remove_stale_fetches
from audioset.machine import process_space
from audioset.storage.scratch import LEFT_BEHIND_SECONDS, owner, scratch_folder
from audioset.storage.store import open_store

ELSEWHERE = "0123456789ab"


def gone_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def make_old(path: Path) -> None:
    for each in [*path.glob("*"), path]:
        then = each.stat().st_mtime - LEFT_BEHIND_SECONDS - 60
        os.utime(each, (then, then))


@pytest.mark.parametrize("kind", ["part", "fetched", "scratch"])
def test_of_here_by_the_process_and_of_elsewhere_by_age(tmp_path: Path, kind: str) -> None:
    before, after = {
        "part": (".talk-000-001.", ".part"),
        "fetched": (".fetched-", "-x1"),
        "scratch": (".audioset-scratch-", "-x1"),
    }[kind]
    made = {
        "mine": tmp_path / f"{before}{owner()}{after}",
        "killed here": tmp_path / f"{before}{process_space()}-{gone_pid()}{after}",
        "elsewhere": tmp_path / f"{before}{ELSEWHERE}-{gone_pid()}{after}",
        "elsewhere, old": tmp_path / f"{before}{ELSEWHERE}-{os.getpid()}{after}",
        "older form": tmp_path / f"{before}{gone_pid()}{after}",
        "older form, old": tmp_path / f"{before}{os.getpid()}{after}",
    }
    for path in made.values():
        if kind == "part":
            path.write_bytes(b"half")
        else:
            path.mkdir()
            (path / "inside").write_bytes(b"half")
    for name in ("elsewhere, old", "older form, old"):
        make_old(made[name])
    if kind == "part":
        remove_stale_parts(tmp_path)
    elif kind == "fetched":
        remove_stale_fetches(tmp_path)
    else:
        with open_store(str(tmp_path)).scratch():
            pass
    left = {name for name, path in made.items() if path.exists()}
    assert left == {"mine", "elsewhere", "older form"}


def test_a_folder_that_is_written_to_is_not_old(tmp_path: Path) -> None:
    folder = tmp_path / f".fetched-{ELSEWHERE}-1-x"
    folder.mkdir()
    (folder / "talk.mp4").write_bytes(b"half")
    make_old(folder)
    (folder / "talk.mp4").write_bytes(b"more")
    then = folder.stat().st_mtime - 2 * LEFT_BEHIND_SECONDS
    os.utime(folder, (then, then))
    remove_stale_fetches(tmp_path)
    assert folder.exists()


def test_a_scratch_folder_vanishes_and_tells_whose_it_was(tmp_path: Path) -> None:
    with scratch_folder(tmp_path / "new") as folder:
        assert owner() in folder.name
    assert list((tmp_path / "new").iterdir()) == []
