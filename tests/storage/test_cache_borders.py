"""Borders of the cache: what just fits, what is too old, what is more than was said."""

import hashlib
import os
import re
import time
from pathlib import Path

import pytest

from audioset.errors import IntegrityError, StorageError
from audioset.storage import cache as cache_module
from audioset.storage.cache import Cache, open_cache

DATA = b"0123456789"
SHA256 = hashlib.sha256(DATA).hexdigest()


def keep(cache: Cache, data: bytes) -> str:
    sha256 = hashlib.sha256(data).hexdigest()
    file = cache.open(sha256, len(data), lambda: [data])
    assert file is not None
    with file:
        assert file.read() == data
    return sha256


def used_at(cache: Cache, sha256: str, seconds: float) -> None:
    os.utime(cache.folder / sha256, (seconds, seconds))


def kept(cache: Cache) -> set[str]:
    return {path.name for path in cache.folder.iterdir() if not path.name.startswith(".")}


def test_the_settings_are_handed_on(tmp_path: Path) -> None:
    cache = open_cache(tmp_path / "c", 7)
    assert cache is not None
    assert (cache.folder, cache.limit_bytes) == (tmp_path / "c", 7)
    assert not cache.folder.exists()
    assert open_cache(None, 7) is None


def test_a_file_may_fill_the_cache_and_no_more(tmp_path: Path) -> None:
    exact, small = Cache(tmp_path / "exact", 10), Cache(tmp_path / "small", 9)
    keep(exact, DATA)
    assert kept(exact) == {SHA256}
    assert small.open(SHA256, 10, lambda: [DATA]) is None
    assert not small.folder.exists()


def test_only_so_many_make_room_as_are_needed(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 30)
    names = [keep(cache, b"%010d" % number) for number in range(3)]
    assert kept(cache) == set(names), "three fit"
    for name, seconds in zip(names, (300, 100, 200), strict=True):
        used_at(cache, name, seconds)
    new = keep(cache, b"%010d" % 3)
    assert kept(cache) == {names[0], names[2], new}
    used_at(cache, new, 400)
    larger = keep(cache, b"%011d" % 4)
    assert kept(cache) == {new, larger}, "one was not enough"
    largest = keep(cache, b"%030d" % 5)
    assert kept(cache) == {largest}


def test_what_is_there_is_not_fetched_and_counts_as_used(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 100)
    keep(cache, DATA)
    os.utime(tmp_path / SHA256, (1000, 2000))
    before = time.time()
    found = cache.find(SHA256, 10)
    assert found is not None
    with found:
        assert found.read() == DATA
    stat = (tmp_path / SHA256).stat()
    assert stat.st_mtime == 2000
    assert before - 1 <= stat.st_atime <= time.time() + 1
    small = Cache(tmp_path, 5)  # of which the limit was lowered since
    again = small.open(SHA256, 10, lambda: [])
    assert again is not None
    again.close()


def test_what_is_not_a_file_of_that_size_is_not_found(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 100)
    keep(cache, DATA)
    for size in (9, 11):
        assert cache.find(SHA256, size) is None
    assert cache.find("ab" * 32, 10) is None
    (tmp_path / ("cd" * 32)).mkdir()
    assert cache.find("cd" * 32, 10) is None
    assert Cache(tmp_path / SHA256, 100).find(SHA256, 10) is None
    cache.remove(SHA256)
    cache.remove(SHA256)
    assert cache.find(SHA256, 10) is None


def test_what_is_fetched_is_of_the_size_and_the_hash_that_were_said(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 100)
    taken: list[int] = []

    def more() -> object:
        for number in range(100):
            taken.append(number)
            yield b"123456"

    said = f"what was fetched as {SHA256[:12]}… has more than 10 bytes: the object in the store is"
    with pytest.raises(IntegrityError, match=f"^{said} damaged; audioset verify tells which"):
        cache.open(SHA256, 10, more)  # type: ignore[arg-type]
    assert taken == [0, 1], "it does not fill the disk"
    other = hashlib.sha256(b"012345678").hexdigest()
    said = f"what was fetched as {SHA256[:12]}… has the hash {other[:12]}…: the object in the store"
    with pytest.raises(IntegrityError, match=f"^{said} is damaged; audioset verify tells which"):
        cache.open(SHA256, 10, lambda: [DATA[:9]])
    assert kept(cache) == set()
    file = cache.open(SHA256, 10, lambda: [DATA[:4], b"", DATA[4:]])
    assert file is not None
    file.close()


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        told = rf"^the cache {folder} cannot be used: (File exists|Not a directory)$"
        with pytest.raises(StorageError, match=told):
            Cache(folder, 100).open(SHA256, 10, lambda: [DATA])

    def broken() -> list[bytes]:
        raise OSError("of no number")

    told = re.escape(f"{tmp_path / 'c' / SHA256}: of no number")
    with pytest.raises(StorageError, match=told):
        Cache(tmp_path / "c", 100).open(SHA256, 10, broken)


def test_what_others_write_is_left_for_an_hour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cache_module.ABANDONED_SECONDS == 3600
    cache = Cache(tmp_path, 20)
    now = 1_700_000_000.0
    monkeypatch.setattr(cache_module.time, "time", lambda: now)
    for name, age in (("fresh", 3600), ("old", 3601), ("new", -10)):
        path = tmp_path / f".{name}.tmp"
        path.write_bytes(bytes(100))
        os.utime(path, (now - age, now - age))
    (tmp_path / ".other").write_bytes(bytes(100))
    os.utime(tmp_path / ".other", (0, 0))
    first = keep(cache, DATA)
    second = keep(cache, DATA[::-1])
    assert kept(cache) == {first, second}, "hidden files take no room of it"
    left = {path.name for path in tmp_path.iterdir()} - {first, second}
    locks = {".lock", f".{first[:2]}.lock", f".{second[:2]}.lock"}
    assert left == {".fresh.tmp", ".new.tmp", ".other", *locks}
