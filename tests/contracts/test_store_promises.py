"""What every store promises, whatever lies behind it. One suite, run over all of them."""

import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from audioset.errors import (
    AlreadyExistsError,
    ConflictError,
    IntegrityError,
    NotFoundError,
    StorageError,
)
from audioset.storage.probes import require_exclusive_create
from audioset.storage.remote_store import PART_BYTES
from audioset.storage.store import Store, open_store
from tests.servers import s3_url

__all__ = ["s3_url"]

KINDS = ("local", "memory", "s3")


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """An empty store of each kind."""
    if request.param == "local":
        return open_store(str(tmp_path / "not" / "yet" / "there"))
    if request.param == "memory":
        return open_store("memory://")
    return open_store(request.getfixturevalue("s3_url"))


@pytest.fixture(params=("local", "s3"))
def shared_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Root URL of an empty store that several processes can share."""
    return (
        str(tmp_path / "store") if request.param == "local" else request.getfixturevalue("s3_url")
    )


def test_what_is_put_is_got(store: Store) -> None:
    data = bytes(range(256)) * 10
    assert store.put_content("a/b/content.bin", data) is True
    store.put_new("a/b/new.bin", data)
    assert store.get("a/b/content.bin") == data
    assert store.get("a/b/new.bin") == data
    assert store.size("a/b/new.bin") == len(data)


def test_an_empty_object_is_an_object(store: Store) -> None:
    store.put_new("empty", b"")
    assert store.get("empty") == b""
    assert store.size("empty") == 0


def test_content_that_is_there_is_not_uploaded_again(store: Store) -> None:
    assert store.put_content("c/hash", b"12345") is True
    assert store.put_content("c/hash", b"12345") is False


def test_content_of_another_size_is_repaired(store: Store) -> None:
    """A shorter object under a hash is a damaged one; the next put heals it."""
    store.put_content("c/hash", b"123")
    assert store.put_content("c/hash", b"12345") is True
    assert store.get("c/hash") == b"12345"


def test_a_file_of_several_parts_is_stored_whole(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "big.bin"
    path.write_bytes(os.urandom(2 * PART_BYTES + 12345))
    assert store.put_content("c/big", path) is True
    assert store.put_content("c/big", path) is False
    assert store.get("c/big") == path.read_bytes()


def test_ranges_come_back_in_the_order_asked(store: Store) -> None:
    data = os.urandom(3_000_000)
    store.put_content("c/data", data)
    ranges = [(2_999_990, 10), (0, 1), (5, 0), (1, 100), (1_500_000, 50_000), (1, 100)]
    assert store.get_ranges("c/data", ranges) == [data[o : o + n] for o, n in ranges]
    assert store.get_ranges("c/data", []) == []


@pytest.mark.parametrize("beyond", [(8, 3), (10, 1), (1000, 5)])
def test_a_range_behind_the_end_says_that_the_object_is_damaged(
    store: Store, beyond: tuple[int, int]
) -> None:
    store.put_content("c/data", b"0123456789")
    with pytest.raises(IntegrityError, match=r"c/data is damaged: it has 10 bytes"):
        store.get_ranges("c/data", [(0, 2), beyond])


def test_a_missing_object_is_named(store: Store) -> None:
    store.put_new("d/there", b"1")
    assert store.size("d/missing") is None
    assert store.size("d") is None
    for read in (store.get, lambda key: store.get_ranges(key, [(0, 1)])):
        with pytest.raises(NotFoundError) as caught:
            read("d/missing")
        assert str(caught.value) == f"{store.url}/d/missing does not exist"


def test_an_empty_store_reads_as_empty(store: Store) -> None:
    assert list(store.list_keys("d")) == []
    assert store.list_folders() == []
    assert store.size("d/x") is None
    with pytest.raises(NotFoundError):
        store.get("d/x")


def test_a_listing_gives_every_key_of_the_folder_and_no_other(store: Store) -> None:
    keys = {f"d/versions/v{number:04d}.json" for number in range(120)}
    for key in keys | {"d/versions-old/v1.json", "d/shards/x.tar", "e/versions/v0001.json"}:
        store.put_content(key, b"1")
    assert set(store.list_keys("d/versions")) == keys
    assert sorted(store.list_keys("e")) == ["e/versions/v0001.json"]
    assert store.list_folders() == ["d", "e"]


def test_a_new_object_never_replaces_one(store: Store) -> None:
    store.put_new("v/1", b"first")
    with pytest.raises(AlreadyExistsError, match=r"/v/1 exists and never changes"):
        store.put_new("v/1", b"second")
    assert store.get("v/1") == b"first"


def test_of_many_writers_of_one_name_one_wins(store: Store) -> None:
    writers = 8

    def write(number: int, name: str, start: threading.Barrier) -> int | None:
        start.wait()
        try:
            store.put_new(name, b"%d" % number)
        except AlreadyExistsError:
            return None
        return number

    with ThreadPoolExecutor(writers) as pool:
        for turn in range(5 if store.url.startswith("s3") else 50):
            name, start = f"race/{turn}", threading.Barrier(writers)
            results = [pool.submit(write, n, name, start) for n in range(writers)]
            winners = [r.result() for r in results if r.result() is not None]
            assert len(winners) == 1
            assert store.get(name) == b"%d" % winners[0]


def test_an_object_is_replaced_only_while_it_holds_what_was_read(store: Store) -> None:
    store.put_new("a/alias", b"first")
    store.replace("a/alias", b"first", b"second")
    with pytest.raises(ConflictError, match=r"a/alias was changed by somebody else"):
        store.replace("a/alias", b"first", b"third")
    assert store.get("a/alias") == b"second"
    with pytest.raises(NotFoundError):
        store.replace("a/missing", b"", b"1")
    assert list(store.list_keys("a")) == ["a/alias"]


def test_of_many_replacers_nobody_overwrites_another(store: Store) -> None:
    """A counter that eight writers raise by one ten times each ends at eighty."""
    store.put_new("a/counter", b"0")

    def count(_: int) -> None:
        for _ in range(10):
            while True:
                held = store.get("a/counter")
                try:
                    store.replace("a/counter", held, b"%d" % (int(held) + 1))
                    break
                except ConflictError:
                    continue

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count, range(8)))
    assert store.get("a/counter") == b"80"


def test_what_is_deleted_is_gone_and_may_be_deleted_again(store: Store) -> None:
    store.put_content("c/data", b"1")
    store.delete("c/data")
    store.delete("c/data")
    assert store.size("c/data") is None
    assert list(store.list_keys("c")) == []


def test_objects_are_dated_by_the_clock_of_the_store(store: Store) -> None:
    before = store.now()
    store.put_content("c/data", b"1")
    (found,) = store.list_objects("c")
    # Some stores keep whole seconds.
    assert before - timedelta(seconds=1) <= found.modified_at <= store.now() + timedelta(seconds=1)
    assert list(store.list_keys("")) == ["c/data"]


def test_a_file_in_scratch_is_taken_and_nothing_is_left(store: Store) -> None:
    with store.scratch() as scratch:
        (scratch / "made").write_bytes(b"12345")
        assert store.put_content("c/made", scratch / "made", take=True) is True
        (scratch / "other").write_bytes(b"1")
        assert sorted(store.list_keys("")) == ["c/made"]
    assert not scratch.exists()
    assert store.get("c/made") == b"12345"


RACER = """
import sys
from audioset.errors import AlreadyExistsError
from audioset.storage.store import open_store
store, me = open_store(sys.argv[1]), sys.argv[2]
print("ready", flush=True)
sys.stdin.readline()
for turn in range(int(sys.argv[3])):
    try:
        store.put_new(f"race/{turn}", me.encode())
        print(turn)
    except AlreadyExistsError:
        pass
"""


def test_of_two_processes_one_wins_each_name(shared_url: str) -> None:
    turns = 300
    command = [sys.executable, "-c", RACER, shared_url]
    racers = [
        subprocess.Popen(
            [*command, name, str(turns)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for name in ("a", "b")
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    won = {name: set(r.communicate()[0].split()) for name, r in zip("ab", racers, strict=True)}
    assert [racer.returncode for racer in racers] == [0, 0]
    assert not won["a"] & won["b"]
    assert won["a"] | won["b"] == {str(turn) for turn in range(turns)}
    store = open_store(shared_url)
    for name, turns_won in won.items():
        assert all(store.get(f"race/{turn}") == name.encode() for turn in turns_won)


def test_a_reader_sees_all_of_an_object_or_nothing(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "big.bin"
    path.write_bytes(os.urandom(2 * PART_BYTES))
    whole, seen, done = path.stat().st_size, set(), threading.Event()

    def watch() -> None:
        while not done.is_set():
            seen.add(store.size("c/big"))
            seen.update(1 for key in store.list_keys("c") if key != "c/big")

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        store.put_content("c/big", path)
    finally:
        done.set()
        watcher.join()
    assert seen <= {None, whole}


WRITER = """
import sys
from pathlib import Path
from audioset.storage.store import open_store
open_store(sys.argv[1]).put_content("c/big", Path(sys.argv[2]))
"""


def test_a_killed_upload_leaves_nothing_to_see(shared_url: str, tmp_path: Path) -> None:
    path = tmp_path / "big.bin"
    with path.open("wb") as file:
        file.truncate(600 * 2**20)
    writer = subprocess.Popen([sys.executable, "-c", WRITER, shared_url, str(path)])
    for _ in _until_uploading(writer, shared_url):
        time.sleep(0.005)
    writer.send_signal(signal.SIGKILL)
    assert writer.wait() == -signal.SIGKILL, "the upload ended before it could be killed"
    store = open_store(shared_url)
    assert store.size("c/big") is None
    assert list(store.list_keys("c")) == []
    assert store.put_content("c/big", b"12345") is True
    assert store.get("c/big") == b"12345"


def _until_uploading(writer: "subprocess.Popen[bytes]", url: str) -> Iterator[None]:
    """Wait until the writer has sent something: a hidden file grows, or its own reads went on."""
    folder = Path(url) / "c"
    while writer.poll() is None:
        if url.startswith("s3://"):
            if _bytes_read(writer.pid) > 50 * 2**20:
                return
        elif any(f.stat().st_size > 0 for f in folder.glob(".*.tmp")):
            return
        yield


def _bytes_read(pid: int) -> int:
    """Tell how much a process has read, in bytes."""
    return int(Path(f"/proc/{pid}/io").read_text().split()[1])


def test_a_store_proves_that_it_creates_exclusively(store: Store, tmp_path: Path) -> None:
    require_exclusive_create(store)
    assert list(store.list_keys("")) == []
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_key_may_not_leave_the_store(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        store.get("../" + secrets.token_hex(4))


def test_errors_are_one_line(store: Store) -> None:
    for call in (lambda: store.get("no/such"), lambda: store.get("../up")):
        with pytest.raises((NotFoundError, StorageError)) as caught:
            call()
        assert "\n" not in str(caught.value)
        assert "Debug" not in str(caught.value)
