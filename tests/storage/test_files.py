"""Files appear whole, or not at all."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from audioset.errors import AlreadyExistsError, StorageError
from audioset.storage.files import write_atomically


def test_a_file_and_its_folders_appear(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file"
    write_atomically(path, lambda file: file.write(b"123"))
    assert path.read_bytes() == b"123"
    assert [p.name for p in path.parent.iterdir()] == ["file"]


def test_a_failing_writer_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fail(file: object) -> None:
        file.write(b"half")  # type: ignore[attr-defined]
        raise ValueError("in the middle")

    with pytest.raises(ValueError, match="in the middle"):
        write_atomically(path, fail)
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_exclusive_refuses_a_taken_name(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomically(path, lambda file: file.write(b"first"), exclusive=True)
    with pytest.raises(AlreadyExistsError, match="exists and never changes"):
        write_atomically(path, lambda file: file.write(b"second"), exclusive=True)
    assert path.read_bytes() == b"first"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_folder_that_is_a_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "taken").write_bytes(b"")
    with pytest.raises(StorageError) as caught:
        write_atomically(tmp_path / "taken" / "file", lambda file: file.write(b"1"))
    assert str(caught.value).startswith(f"cannot write {tmp_path}/taken/file: ")
    assert "\n" not in str(caught.value)


FULL_DISK = """
import sys
from pathlib import Path
from audioset.errors import StorageError
from audioset.storage.files import write_atomically
try:
    write_atomically(Path(sys.argv[1]), lambda file: file.write(bytes(100_000)))
except StorageError as error:
    print(error)
"""


def test_a_disk_that_takes_no_more_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    """The limit on file sizes stands for the full disk: the same call fails in the same place."""
    run = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path / "file")],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, 5_000)),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert run.stdout == f"cannot write {tmp_path}/file: File too large\n"
    assert list(tmp_path.iterdir()) == []
