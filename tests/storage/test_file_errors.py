"""What is said of a file that cannot be written, and what is tried before that is said."""

import errno
import os
import tempfile
from pathlib import Path

import pytest

from audioset.errors import StorageError
from audioset.machine import drive_of
from audioset.storage import files
from audioset.storage.files import (
    cannot_write,
    move_atomically,
    name_exclusively,
    replace_file,
    write_atomically,
)

FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system's temporary folder."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def told(path: Path, error: OSError = FULL) -> str:
    made = cannot_write(path, error)
    assert type(made) is StorageError
    return str(made)


def full(folder: Path, elsewhere: str = "") -> str:
    return (
        f"the disk that holds {folder} is full; make room there{elsewhere}, and run the same "
        "command again"
    )


def test_another_error_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    assert told(path, OSError(errno.EACCES, "Permission denied")) == (
        f"cannot write {path}: Permission denied"
    )
    assert told(path, OSError("of no number")) == f"cannot write {path}: of no number"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_named_by_the_folder_of_the_file(tmp_path: Path, number: int) -> None:
    assert told(tmp_path / "a" / "b", OSError(number, "x")) == full(tmp_path / "a")
    assert told(tmp_path, OSError(number, "x")) == full(tmp_path)


def test_a_folder_of_ours_that_is_gone_by_then_is_not_named(temporary: Path) -> None:
    elsewhere = ", or set TMPDIR to a folder on another disk"
    for name in (".audioset-scratch-1-2", "audioset-x1"):
        assert told(temporary / name / "a") == full(temporary, elsewhere)
        (temporary / name).mkdir()
        assert told(temporary / name) == full(temporary, elsewhere)
    assert told(temporary / "mine" / "audioset-x1" / "a") == full(temporary / "mine/audioset-x1")
    assert told(temporary / "mine" / ".audioset-scratch-1" / "a") == full(temporary / "mine")
    assert told(temporary / "other" / "a") == full(temporary / "other")


def test_where_every_folder_is_ours_the_last_is_named() -> None:
    assert told(Path(".audioset-scratch-1/a")) == full(Path())


def test_a_full_disk_is_told_by_every_way_to_write(tmp_path: Path) -> None:
    def fail(_: object) -> None:
        raise FULL

    with pytest.raises(StorageError) as raised:
        write_atomically(tmp_path / "new" / "a", fail)
    assert str(raised.value) == full(tmp_path / "new")
    assert raised.value.__cause__ is FULL
    assert list((tmp_path / "new").iterdir()) == []
    with pytest.raises(StorageError, match=f"^cannot write {tmp_path}/b/c: No such file"):
        move_atomically(tmp_path / "none", tmp_path / "b" / "c")


def test_a_file_is_moved_in_the_place_of_another(tmp_path: Path) -> None:
    source, path = tmp_path / "made", tmp_path / "x" / "y" / "file"
    for data in (b"1", b"22"):
        source.write_bytes(data)
        move_atomically(source, path)
        assert path.read_bytes() == data
        assert not source.exists()
    assert [found.name for found in path.parent.iterdir()] == ["file"]


def test_nobody_sees_a_file_before_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    seen: list[tuple[bool, list[str]]] = []

    def write(file: object) -> None:
        file.write(b"half")  # type: ignore[attr-defined]
        seen.append((path.exists(), [found.name for found in tmp_path.iterdir()]))

    for exclusive in (True, False):
        write_atomically(path, write, exclusive=exclusive)
        assert path.read_bytes() == b"half"
    (_, [first]), (was_there, names) = seen
    assert first.startswith(".")
    assert first.endswith(".tmp")
    assert len(first) == len(".0123456789abcdef.tmp")
    assert (seen[0][0], was_there) == (False, True)
    assert set(names) > {"file"}
    assert first not in names


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.EBUSY, errno.ETXTBSY])
def test_a_file_that_others_have_open_is_replaced_when_they_are_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """On Windows; no call here says so, hence this one does in its place."""
    made, path = tmp_path / "made", tmp_path / "file"
    replace, left, waited = Path.replace, [3], []

    def busy(self: Path, target: Path) -> Path:
        left[0] -= 1
        if left[0] >= 0:
            raise OSError(number, "in use")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", busy)
    monkeypatch.setattr(files.time, "sleep", waited.append)
    made.write_bytes(b"new")
    path.write_bytes(b"old")
    replace_file(made, path)
    assert (path.read_bytes(), waited) == (b"new", [0.02] * 3)
    made.write_bytes(b"newer")
    left[0] = 50
    replace_file(made, path)
    assert (path.read_bytes(), len(waited)) == (b"newer", 53)
    left[0] = 51
    made.write_bytes(b"newest")
    with pytest.raises(OSError, match="in use"):
        replace_file(made, path)
    assert (path.read_bytes(), left[0], len(waited)) == (b"newer", 0, 103)


def test_what_waiting_does_not_cure_is_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(files.time, "sleep", waited.append)
    with pytest.raises(FileNotFoundError):
        replace_file(tmp_path / "none", tmp_path / "file")
    (tmp_path / "made").write_bytes(b"1")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        replace_file(tmp_path / "made", tmp_path / "folder")
    assert waited == []


def test_a_drive_that_cannot_promise_names_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audioset.machine._told", set())
    asked: list[Path] = []
    monkeypatch.setattr(files, "sync_folder", asked.append)  # None, as a drive that cannot
    told = rf"^the drive at {drive_of(tmp_path)} cannot say when names are on it: a power loss may"
    with pytest.warns(UserWarning, match=told):
        write_atomically(tmp_path / "a" / "b", lambda file: file.write(b"1"))
    write_atomically(tmp_path / "c", lambda file: file.write(b"1"))
    move_atomically(tmp_path / "c", tmp_path / "a" / "d")
    assert asked == [tmp_path / "a", tmp_path, tmp_path / "a"]


@pytest.mark.parametrize("links", [True, False])
def test_a_name_is_given_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool) -> None:
    if not links:
        monkeypatch.setattr("audioset.storage.files.name_new", lambda made, path: False)
    for text in ("first", "second"):
        (tmp_path / text).write_text(text)
    path = tmp_path / "v1"
    name_exclusively(tmp_path / "first", path)
    with pytest.raises(FileExistsError) as raised:
        name_exclusively(tmp_path / "second", path)
    if not links:
        said = (errno.EEXIST, os.strerror(errno.EEXIST), str(path))
        assert (raised.value.errno, raised.value.strerror, raised.value.filename) == said
        assert (tmp_path / ".names.lock").exists()
        assert not (tmp_path / "first").exists()
    assert path.read_text() == "first"
    assert (tmp_path / "second").read_text() == "second"
