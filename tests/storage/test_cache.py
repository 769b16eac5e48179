"""The cache: whole files with the right hash, of limited size, shared by processes."""

import hashlib
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from audioset.errors import IntegrityError, StorageError
from audioset.storage.cache import ABANDONED_SECONDS, Cache, open_cache


def made(size: int = 1000) -> tuple[str, bytes]:
    data = secrets.token_bytes(size)
    return hashlib.sha256(data).hexdigest(), data


def keep(cache: Cache, sha256: str, data: bytes) -> bytes:
    file = cache.open(sha256, len(data), lambda: [data[:300], data[300:]])
    assert file is not None
    with file:
        return file.read()


def nothing() -> Iterator[bytes]:
    raise AssertionError("it is there and is not fetched")


def names(cache: Cache) -> set[str]:
    return {path.name for path in cache.folder.iterdir() if not path.name.startswith(".")}


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "not" / "yet" / "there", 3500)


def test_a_file_is_fetched_once(cache: Cache) -> None:
    sha256, data = made()
    assert keep(cache, sha256, data) == data
    file = cache.open(sha256, len(data), nothing)
    assert file is not None
    assert file.read() == data
    file.close()


def test_what_has_another_hash_is_not_kept(cache: Cache) -> None:
    sha256, data = made()
    with pytest.raises(IntegrityError, match="has the hash"):
        cache.open(sha256, len(data), lambda: [data[:-1], b"\x00" if data[-1] else b"\x01"])
    assert names(cache) == set()
    assert not list(cache.folder.glob(".*.tmp"))


def test_a_fetch_that_breaks_off_leaves_nothing(cache: Cache) -> None:
    sha256, data = made()

    def broken() -> Iterator[bytes]:
        yield data[:500]
        raise StorageError("the connection broke off")

    with pytest.raises(StorageError, match="broke off"):
        cache.open(sha256, len(data), broken)
    assert cache.find(sha256, len(data)) is None
    assert keep(cache, sha256, data) == data


def test_what_was_not_used_for_longest_makes_room(cache: Cache) -> None:
    files = [made() for _ in range(4)]
    for sha256, data in files[:3]:
        keep(cache, sha256, data)
    first = cache.find(files[0][0], 1000)
    assert first is not None, "used again, so the second is the oldest"
    keep(cache, *files[3])
    assert names(cache) == {files[0][0], files[2][0], files[3][0]}
    first.close()


def test_an_open_file_stays_readable_when_it_makes_room(cache: Cache) -> None:
    sha256, data = made()
    keep(cache, sha256, data)
    file = cache.find(sha256, 1000)
    assert file is not None
    for other in [made() for _ in range(3)]:
        keep(cache, *other)
    assert sha256 not in names(cache)
    with file:
        assert file.read() == data


def test_what_can_never_fit_is_not_fetched(cache: Cache) -> None:
    sha256, _ = made()
    assert cache.open(sha256, 4000, nothing) is None


def test_a_file_of_another_size_is_fetched_again(cache: Cache) -> None:
    sha256, data = made()
    keep(cache, sha256, data)
    (cache.folder / sha256).write_bytes(data[:10])
    assert keep(cache, sha256, data) == data


def test_what_a_killed_process_left_is_removed_in_time(cache: Cache) -> None:
    keep(cache, *made())
    fresh, old = cache.folder / ".fresh.tmp", cache.folder / ".old.tmp"
    for path in (fresh, old):
        path.write_bytes(b"half")
    long_ago = time.time() - ABANDONED_SECONDS - 60
    os.utime(old, (long_ago, long_ago))
    keep(cache, *made())
    assert fresh.exists()
    assert not old.exists()


def test_a_folder_that_cannot_be_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    sha256, data = made()
    with pytest.raises(StorageError, match="cannot be used"):
        keep(Cache(tmp_path / "file", 5000), sha256, data)


def test_no_folder_is_no_cache(tmp_path: Path) -> None:
    assert open_cache(None, 1) is None
    assert open_cache(tmp_path, 7) is not None


SHARED = """
import sys
from pathlib import Path
from audioset.storage.cache import Cache

folder, names, log = Path(sys.argv[1]), sys.argv[2].split(","), Path(sys.argv[3])
cache = Cache(folder / "cache", 3500)
for name in names:
    def fetch():
        with log.open("a") as file:
            file.write(name + "\\n")
        yield (folder / name).read_bytes()
    with cache.open(name, 1000, fetch) as file:
        assert file.read() == (folder / name).read_bytes()
"""


def test_processes_share_it_and_fetch_each_file_once(tmp_path: Path) -> None:
    files = dict(made() for _ in range(3))
    for sha256, data in files.items():
        (tmp_path / sha256).write_bytes(data)
    log = tmp_path / "log"
    command = [sys.executable, "-c", SHARED, str(tmp_path), ",".join(files), str(log)]
    workers = [subprocess.Popen(command) for _ in range(3)]
    assert [worker.wait() for worker in workers] == [0, 0, 0]
    assert sorted(log.read_text().split()) == sorted(files)


def test_a_file_that_somebody_removes_meanwhile_stops_nobody(cache: Cache) -> None:
    cache.folder.mkdir(parents=True)
    # Listed, and gone when it is looked at.
    (cache.folder / "a.tmp").symlink_to(cache.folder / "gone")
    sha256, data = made()
    assert keep(cache, sha256, data) == data
