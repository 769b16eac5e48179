"""Opening a store, and what is said when it cannot be used. Promises: tests/contracts."""

import subprocess
import sys
from pathlib import Path

import pytest

from audioset.errors import InvalidInputError, NotFoundError, StorageError
from audioset.storage.probes import require_exclusive_create
from audioset.storage.store import open_store
from tests.faulty_proxy import LOST_ANSWER, faulty_proxy
from tests.servers import BUCKET, careless_s3, s3_url, start_s3

__all__ = ["s3_url"]


def test_opening_and_reading_make_no_folder(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "store"))
    assert list(store.list_keys("scots")) == []
    assert list(tmp_path.iterdir()) == []


def test_a_folder_may_be_written_as_a_file_url(tmp_path: Path) -> None:
    store = open_store(f"file://{tmp_path}/store")
    store.put_new("a", b"1")
    assert store.uri("a") == f"{tmp_path}/store/a"
    assert (tmp_path / "store" / "a").read_bytes() == b"1"


def test_a_store_that_is_a_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "store").write_bytes(b"")
    with pytest.raises(StorageError) as caught:
        open_store(str(tmp_path / "store")).put_new("a/b", b"1")
    assert "\n" not in str(caught.value)


def test_half_written_files_are_not_listed(tmp_path: Path) -> None:
    store = open_store(str(tmp_path))
    store.put_new("v/1", b"1")
    (tmp_path / "v" / ".0123456789abcdef.tmp").write_bytes(b"half")
    assert list(store.list_keys("v")) == ["v/1"]


@pytest.mark.parametrize("url", ["ftp://host/x", "http://host/x", "s3://", "s4://bucket"])
def test_an_unknown_kind_of_store_is_refused(url: str) -> None:
    with pytest.raises(InvalidInputError, match="name a folder, s3://bucket/prefix"):
        open_store(url)


@pytest.mark.parametrize("url", ["s3://key:hushhush@bucket/p", "s3://bucket/p?token=hushhush"])
def test_credentials_in_a_url_are_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(InvalidInputError, match="has credentials in it") as caught:
        open_store(url)
    assert "hushhush" not in str(caught.value)


def test_google_and_azure_open_by_the_same_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "account")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", "a2V5")
    for url in ("gs://bucket/prefix/", "az://container/prefix/"):
        assert open_store(url).uri("k") == f"{url}k"


def test_a_server_that_does_not_answer_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in start_s3().environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(StorageError) as caught:
        open_store("s3://bucket/prefix").get("a")
    text = str(caught.value)
    assert text.startswith("s3://bucket/prefix/a: ")
    assert "\n" not in text


def test_wrong_credentials_are_told_and_not_shown(
    s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hushhush")
    with pytest.raises(StorageError, match="check the credentials") as caught:
        open_store(s3_url).put_new("a", b"1")
    assert "hushhush" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_bucket_is_one_line(s3_url: str) -> None:
    with pytest.raises((NotFoundError, StorageError)) as caught:
        open_store(s3_url.replace(BUCKET, "no-such-bucket")).get("a")
    assert "no-such-bucket" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_store_that_ignores_conditions_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with careless_s3() as port:
        for name, value in start_s3().environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        with pytest.raises(StorageError, match=r"s3://bucket cannot hold versions: it let a"):
            require_exclusive_create(open_store("s3://bucket"))


def test_content_whose_answer_was_lost_is_there(
    s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with faulty_proxy(start_s3().port, LOST_ANSWER, "PUT .*/c/hash") as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{proxy.port}")
        assert open_store(s3_url).put_content("c/hash", b"12345") is True
    assert proxy.done == 1


FULL_DISK = """
import resource, sys
from pathlib import Path
from audioset.errors import StorageError
from audioset.storage.store import open_store
resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, 5_000))
store = open_store(sys.argv[1])
for put, key in ((store.put_content, "c/a"), (store.put_new, "b")):
    try:
        put(key, bytes(9_000))
    except StorageError as error:
        print(error)
"""


def test_a_disk_that_takes_no_more_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert run.stdout.splitlines() == [
        f"cannot write {tmp_path}/c/a: File too large",
        f"cannot write {tmp_path}/b: File too large",
    ]
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_a_refusal_of_the_server_is_said_in_plain_words(
    s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = s3_url.removeprefix("s3://").split("/")[0]
    with pytest.raises(StorageError, match="there is no such bucket"):
        list(open_store(s3_url.replace(bucket, "no-such-bucket")).list_keys("a"))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    with pytest.raises(StorageError, match="the secret key does not fit the access key") as raised:
        list(open_store(s3_url).list_keys("a"))
    assert "wrong" not in str(raised.value)
