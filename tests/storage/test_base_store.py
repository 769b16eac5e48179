"""What a folder and a bucket keep to the byte: sizes, ages, ranges, listings. Without a server."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import obstore
import pytest
from obstore.store import MemoryStore

from audioset.errors import (
    AlreadyExistsError,
    ConflictError,
    IntegrityError,
    InvalidInputError,
    NotFoundError,
    StorageError,
)
from audioset.storage import base_store
from audioset.storage.base_store import COPY_BYTES, LARGE_BYTES
from audioset.storage.local_store import LocalStore
from audioset.storage.objects import StoredObject, probe_key
from audioset.storage.patience import PATIENCE, Patience
from audioset.storage.probes import require_conditional_replace, require_exclusive_create
from audioset.storage.remote_store import RemoteStore, open_memory, open_remote
from audioset.storage.store import Store, open_store

DATA = b"0123456789"


@pytest.fixture(params=["local", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return open_store("memory://" if request.param == "memory" else str(tmp_path / "store"))


def test_an_object_may_be_as_large_as_is_said_and_no_larger(store: Store) -> None:
    store.put_content("a/b", DATA)
    assert store.get("a/b", most_bytes=10) == store.get("a/b", most_bytes=None) == DATA
    told = f"^{store.url}/a/b is damaged: it has 10 bytes, and 9 are the most; restore it from a"
    with pytest.raises(IntegrityError, match=told):
        store.get("a/b", most_bytes=9)
    store.put_content("a/none", b"")
    assert store.get("a/none", most_bytes=0) == b""


def test_content_is_put_again_when_it_is_old(store: Store) -> None:
    hour = timedelta(hours=1)
    assert store.put_content("c", DATA, younger_than=hour) is True
    assert store.put_content("c", DATA, younger_than=hour) is False
    assert store.put_content("c", DATA, younger_than=timedelta(0)) is True
    assert store.put_content("c", DATA[:-1], younger_than=hour) is True
    assert store.get("c") == DATA[:-1]


def test_the_age_of_a_file_decides(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    store.put_content("c", DATA)
    then = datetime.now(UTC).timestamp() - 3600
    os.utime(tmp_path / "c", (then, then))
    assert store.put_content("c", DATA) is False
    assert store.put_content("c", DATA, younger_than=timedelta(hours=2)) is False
    assert store.put_content("c", DATA, younger_than=timedelta(minutes=30)) is True
    assert (tmp_path / "c").stat().st_mtime > then + 1800


def test_a_file_is_copied_and_in_scratch_taken(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "made"
    data = os.urandom(COPY_BYTES + 10)
    path.write_bytes(data)
    assert store.put_content("copied", path) is True
    assert path.read_bytes() == store.get("copied") == data
    assert store.put_content("bytes", DATA, take=True) is True
    with store.scratch() as scratch:
        (scratch / "x").write_bytes(data)
        assert store.put_content("taken", scratch / "x", take=True) is True
        assert (scratch / "x").exists() is not store.is_local, "a move is no copy"
    assert store.get("taken") == data


def test_an_object_comes_in_blocks_and_as_a_file(store: Store, tmp_path: Path) -> None:
    data = os.urandom(2 * COPY_BYTES + 10)
    store.put_content("big", data)
    blocks = list(store.get_blocks("big"))
    assert {type(block) for block in blocks} == {bytes}
    if store.is_local:  # what is in memory already comes in one
        assert max(map(len, blocks)) <= COPY_BYTES
    assert b"".join(blocks) == data
    target = tmp_path / "new" / "file"
    store.get_file("big", target)
    assert target.read_bytes() == data
    store.put_content("none", b"")
    store.get_file("none", target)
    assert target.read_bytes() == b""
    for call in (
        lambda: store.get_file("no", tmp_path / "other" / "file"),
        lambda: list(store.get_blocks("no")),
    ):
        with pytest.raises(NotFoundError, match=f"^{store.url}/no does not exist$"):
            call()
    assert not (tmp_path / "other").exists()


def test_an_object_is_described(store: Store) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)
    store.put_content("a/b", DATA)
    found = store.find_object("a/b")
    assert isinstance(found, StoredObject)
    assert (found.key, found.size_bytes) == ("a/b", 10)
    assert before < found.modified_at < datetime.now(UTC) + timedelta(seconds=2)
    assert found.etag
    assert list(store.list_objects("a")) == [found]
    assert store.find_object("a/c") is store.size("a/c") is None
    store.put_content("a/b", DATA + b"1")
    again = store.find_object("a/b")
    assert again is not None
    assert again.etag != found.etag
    assert store.size("a/b") == 11


def test_listings_are_sorted_and_know_no_hidden_folders(store: Store) -> None:
    for key in ("b/2", "b/10", "a/x", ".hidden/x", "top"):
        store.put_content(key, b"1")
    assert [found.key for found in store.list_objects("b")] == ["b/10", "b/2"]
    assert store.list_folders() == ["a", "b"]


def test_what_is_hidden_in_a_folder_is_no_object(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    for key in ("a/b", "a/.b.lock", ".scratch/x", "a/c.d"):
        (tmp_path / key).parent.mkdir(exist_ok=True)
        (tmp_path / key).write_bytes(b"1")
    assert sorted(store.list_keys("")) == ["a/b", "a/c.d"]
    assert store.is_local
    assert not RemoteStore.is_local


@pytest.mark.parametrize("ranges", [[(0, 3), (-1, 2)], [(0, -1)]])
def test_a_range_before_the_first_byte_is_none(store: Store, ranges: list[tuple[int, int]]) -> None:
    store.put_content("a", DATA)
    with pytest.raises(IntegrityError, match=f"^{store.url}/a has no bytes before its first$"):
        store.get_ranges("a", ranges)


def test_ranges_may_reach_to_the_last_byte(store: Store) -> None:
    store.put_content("a", DATA)
    for join_bytes in (0, 100):
        assert store.get_ranges("a", [(9, 1), (0, 10), (10, 0)], join_bytes=join_bytes) == [
            b"9",
            DATA,
            b"",
        ]
    with pytest.raises(IntegrityError, match=r"/a is damaged: it has 10 bytes, and at least 11"):
        store.get_ranges("a", [(0, 11), (0, 1)])


def test_a_large_range_is_believed_when_the_object_has_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert LARGE_BYTES == 16 * 2**20
    monkeypatch.setattr(base_store, "LARGE_BYTES", 4)
    store.put_content("a", DATA)
    assert store.get_ranges("a", [(5, 5), (0, 2)]) == [DATA[5:], DATA[:2]]
    with pytest.raises(IntegrityError, match=r"it has 10 bytes, and at least 15 are expected$"):
        store.get_ranges("a", [(6, 5), (10, 5), (0, 1)])
    with pytest.raises(NotFoundError, match="/missing does not exist"):
        store.get_ranges("missing", [(0, 5)])


def test_a_size_that_no_machine_could_hold_is_not_read(store: Store) -> None:
    store.put_content("a", DATA)
    with pytest.raises(IntegrityError, match=f"at least {2**50 + 1} are expected"):
        store.get_ranges("a", [(1, 2**50)])


def test_the_clock_of_the_store_is_asked_and_nothing_is_left(store: Store) -> None:
    before, told, after = datetime.now(UTC), store.now(), datetime.now(UTC)
    assert before - timedelta(seconds=1) <= told <= after + timedelta(seconds=1)
    require_exclusive_create(store)
    require_conditional_replace(store)
    assert list(store.list_objects("")) == []
    first, second = probe_key(), probe_key()
    assert first.startswith(".probe-")
    assert (len(first), first != second) == (23, True)


def test_a_folder_is_left_by_no_key(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    (tmp_path / "outside").write_bytes(b"1")
    for key in ("../outside", "a/../../outside", f"{tmp_path}/outside"):
        with pytest.raises(StorageError, match=f"^{key} is not a key of {tmp_path}/store$"):
            store.get(key)
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "..a").write_bytes(b"2")
    assert store.get("..a") == b"2"


def test_a_folder_that_appears_later_is_seen(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    assert (store.list_folders(), store.size("a/b")) == ([], None)
    (tmp_path / "store" / "a").mkdir(parents=True)
    (tmp_path / "store" / "a" / "b").write_bytes(DATA)
    assert (store.list_folders(), store.size("a/b")) == (["a"], 10)


def test_an_object_is_replaced_by_its_etag() -> None:
    store = open_memory()
    assert (store.url, store.uri("a/b")) == ("memory://", "memory:///a/b")
    store.put_new("a", b"1")
    found = store.find_object("a")
    assert found is not None
    assert found.etag is not None
    assert store.put_if("a", found.etag, b"2") is True
    assert store.put_if("a", found.etag, b"3") is False
    assert store.get("a") == b"2"
    store.replace("a", b"2", b"4")
    told = "/a was changed by somebody else meanwhile; look, then try again$"
    with pytest.raises(ConflictError, match=told):
        store.replace("a", b"2", b"5")
    assert store.get("a") == b"4"
    with pytest.raises(NotFoundError, match="/b does not exist"):
        store.replace("b", b"", b"1")


def test_only_what_is_large_goes_the_patient_way(tmp_path: Path) -> None:
    quick, patient = MemoryStore(), MemoryStore()
    store = RemoteStore("x://y", quick, patient)
    (tmp_path / "large").write_bytes(bytes(COPY_BYTES + 1))
    (tmp_path / "small").write_bytes(bytes(COPY_BYTES))
    for key, data in (
        ("small", bytes(COPY_BYTES)),
        ("large", bytes(COPY_BYTES + 1)),
        ("large-file", tmp_path / "large"),
        ("small-file", tmp_path / "small"),
    ):
        store.put_content(key, data)

    def keys(client: MemoryStore) -> set[str]:
        return {found["path"] for part in obstore.list(client) for found in part}

    assert keys(quick) == {"small", "small-file"}
    assert keys(patient) == {"large", "large-file"}


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_store_is_not_used_behind_a_fork() -> None:
    store = open_memory()
    store.put_new("a", DATA)
    child = os.fork()
    if not child:
        told = 0
        try:
            for ask in (lambda: store.get("a"), lambda: store.get_ranges("a", [])):
                with pytest.raises(StorageError, match="start workers by spawn"):
                    ask()
                told += 1
        finally:
            os._exit(told)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 2
    assert store.get("a") == DATA


def test_a_new_name_is_given_once(store: Store) -> None:
    store.put_new("a/b", DATA)
    with pytest.raises(AlreadyExistsError, match=f"^{store.url}/a/b exists and never changes$"):
        store.put_new("a/b", b"")
    store.delete("a/b")
    store.delete("a/b")
    store.put_new("a/b", b"2")
    assert store.get("a/b") == b"2"


def test_a_folder_is_told_from_a_bucket_by_its_url(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/mary")
    assert open_store("store").url == f"{tmp_path}/store"
    assert open_store("~/store").url == "/home/mary/store"
    assert open_store(f"file://{tmp_path}/store").url == f"{tmp_path}/store"
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID"):
        monkeypatch.delenv(name, raising=False)
    for url in ("s3://bucket/prefix", "gs://bucket"):
        opened = open_store(url)
        assert (opened.url, opened.is_local) == (url, False)
    with pytest.raises(InvalidInputError, match="has credentials in it"):
        open_remote("s3://key:hushhush@bucket", PATIENCE)
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    with pytest.raises(StorageError, match="the AWS profile 'no-such-profile' of AWS_PROFILE does"):
        open_store("s3://bucket")
    assert open_store("gs://bucket").url == "gs://bucket"


def test_how_long_a_server_may_take_is_known() -> None:
    assert (
        Patience(silent_seconds=20, busy_seconds=60, call_seconds=600, upload_seconds=300)
        == PATIENCE
    )
    uploads = PATIENCE.of_uploads
    assert uploads == Patience(
        silent_seconds=300, busy_seconds=360, call_seconds=600, upload_seconds=300
    )
    assert uploads.timeouts == {
        "timeout": timedelta(minutes=10),
        "read_timeout": timedelta(minutes=5),
        "connect_timeout": timedelta(seconds=5),
    }
    assert PATIENCE.retries == {
        "max_retries": 6,
        "retry_timeout": timedelta(minutes=1),
        "backoff": {
            "init_backoff": timedelta(seconds=0.1),
            "max_backoff": timedelta(seconds=5),
        },
    }
