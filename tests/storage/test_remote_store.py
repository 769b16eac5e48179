"""How the store speaks with a server: tries again, goes on, asks twice. Of a server in a thread."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Condition

import pytest

from audioset.errors import (
    AlreadyExistsError,
    ConflictError,
    IntegrityError,
    NotFoundError,
    StorageError,
)
from audioset.storage import remote_store
from audioset.storage.patience import Patience
from audioset.storage.probes import require_conditional_replace, require_exclusive_create
from audioset.storage.remote_store import PART_BYTES, PARTS_AT_ONCE, RemoteStore, open_remote
from tests.servers import serving

HASTY = Patience(silent_seconds=5, busy_seconds=0)
DATA = bytes(range(256)) * 2000
EMPTY_LIST = b"<ListBucketResult></ListBucketResult>"


@dataclass
class Bucket:
    """Objects, what is answered instead, and what was asked.

    Attributes:
        objects: bytes by path.
        refuse: method, status and code of the next answers, in order; None answers as it should.
        cut: after how many bytes the next answers to GET break off.
        conditions: whether they are kept.
        page: answers everything with 200 and nothing.
        parts: of the upload that is under way, by number.
        at_once: the most parts that were under way at a time.
        asked: method, path and conditions, in order.
    """

    objects: dict[str, bytes] = field(default_factory=dict)
    refuse: list[tuple[str, int, str]] = field(default_factory=list)
    cut: list[int] = field(default_factory=list)
    conditions: bool = True
    page: bool = False
    asked: list[tuple[str, ...]] = field(default_factory=list)
    parts: dict[int, bytes] = field(default_factory=dict)
    at_once: int = 0
    _under_way: int = 0
    _changed: Condition = field(default_factory=Condition)

    def hold_part(self) -> None:
        """Let no part go before four are there, and a moment passed in which more may come."""
        with self._changed:
            self._under_way += 1
            self.at_once = max(self.at_once, self._under_way)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self.at_once >= PARTS_AT_ONCE, timeout=5)
            self._changed.wait_for(lambda: self.at_once > PARTS_AT_ONCE, timeout=0.02)
            self._under_way -= 1

    def requests(self, method: str) -> list[tuple[str, ...]]:
        """Take what was asked with a method."""
        found = [asked for asked in self.asked if asked[0] == method]
        self.asked.clear()
        return found


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    bucket: Bucket

    def log_message(self, format: str, *args: object) -> None:
        pass

    def handle_any(self) -> None:
        bucket, body = self.bucket, self.rfile.read(int(self.headers.get("Content-Length") or 0))
        said = [self.headers.get(name, "") for name in ("Range", "If-Match", "If-None-Match")]
        bucket.asked.append((self.command, self.path.partition("?")[0], *said))
        if bucket.refuse and bucket.refuse[0][0] == self.command:
            _, status, code = bucket.refuse.pop(0)
            text = f"<Error><Code>{code}</Code><Message>x</Message></Error>"
            self._answer(status, text.encode())
        elif bucket.page:
            self._answer(200, b"")
        elif "uploadId=" in self.path or "?uploads" in self.path:
            self._part(body)
        elif self.command == "PUT":
            self._put(body, *said[1:])
        elif self.command == "POST":
            (key,) = re.findall("<Key>(.*?)</Key>", body.decode())
            bucket.objects.pop(f"/bucket/{key}", None)
            done = f"<DeleteResult><Deleted><Key>{key}</Key></Deleted></DeleteResult>"
            self._answer(200, done.encode())
        elif "list-type=2" in self.path:
            self._answer(200, EMPTY_LIST)
        else:
            self._get(said[0], said[1])

    do_GET = do_PUT = do_HEAD = do_POST = handle_any  # noqa: N815

    def _put(self, body: bytes, if_match: str, if_none_match: str) -> None:
        held = self.bucket.objects.get(self.path)
        taken = if_none_match == "*" and held is not None
        if self.bucket.conditions and (taken or (if_match and if_match != _etag(held))):
            self._answer(412, b"<Error><Code>PreconditionFailed</Code></Error>")
            return
        self.bucket.objects[self.path] = body
        self._answer(200, b"", _etag(body))

    def _part(self, body: bytes) -> None:
        path, _, query = self.path.partition("?")
        number = re.search(r"partNumber=(\d+)", query)
        if number:
            self.bucket.parts[int(number[1])] = body
            self.bucket.hold_part()
            self._answer(200, b"", _etag(body))
        elif query.startswith("uploads"):
            self._answer(200, b"<R><Bucket>bucket</Bucket><Key>k</Key><UploadId>1</UploadId></R>")
        else:
            whole = b"".join(part for _, part in sorted(self.bucket.parts.items()))
            self.bucket.objects[path] = whole
            self._answer(200, f"<R><ETag>{_etag(whole)}</ETag></R>".replace('"', "").encode())

    def _get(self, wanted: str, if_match: str) -> None:
        held = self.bucket.objects.get(self.path)
        if held is None:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
            return
        if if_match and if_match != _etag(held):
            self._answer(412, b"<Error><Code>PreconditionFailed</Code></Error>")
            return
        if not wanted:
            self._answer(200, held, _etag(held))
            return
        found = re.fullmatch(r"bytes=(\d+)-(\d*)", wanted)
        assert found
        start, end = int(found[1]), int(found[2] or len(held) - 1)
        if start >= len(held):
            self._answer(416, b"<Error><Code>InvalidRange</Code></Error>")
            return
        part = held[start : end + 1]
        shown = f"bytes {start}-{start + len(part) - 1}/{len(held)}"
        self._answer(206, part, _etag(held), shown)

    def _answer(self, status: int, body: bytes, etag: str = "", shown: str = "") -> None:
        self.send_response_only(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Last-Modified", "Mon, 01 Jan 2024 00:00:00 GMT")
        if etag:
            self.send_header("ETag", etag)
        if shown:
            self.send_header("Content-Range", shown)
        self.end_headers()
        if self.command == "HEAD":
            return
        if etag and self.command == "GET" and self.bucket.cut:
            body = body[: self.bucket.cut.pop(0)]
            self.close_connection = True
        self.wfile.write(body)


def _etag(data: bytes | None) -> str:
    return f'"{hash(data)}"'


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    bucket = Bucket()

    class Handler(_Handler):
        pass

    Handler.bucket = bucket
    with serving(Handler) as port:
        monkeypatch.delenv("AWS_PROFILE", raising=False)
        for name, value in (
            ("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}"),
            ("AWS_ACCESS_KEY_ID", "key"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_REGION", "us-east-1"),
        ):
            monkeypatch.setenv(name, value)
        yield bucket


@pytest.fixture
def store(bucket: Bucket) -> RemoteStore:
    return open_remote("s3://bucket/p", HASTY)


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that were waited, without waiting."""
    waited: list[float] = []
    monkeypatch.setattr(remote_store.time, "sleep", waited.append)
    return waited


def test_a_write_that_meets_another_is_tried_six_times(
    bucket: Bucket, store: RemoteStore, waited: list[float]
) -> None:
    conflict = ("PUT", 409, "OperationAborted")
    bucket.refuse = [conflict] * 5
    store.put_new("a", b"1")
    assert [asked[4] for asked in bucket.requests("PUT")] == ["*"] * 6
    assert store.get("a") == b"1"
    assert len(waited) == 5
    for number, seconds in enumerate(waited, 1):
        assert 0.025 * 2**number <= seconds <= 0.075 * 2**number
    waited.clear()
    bucket.refuse = [conflict] * 6
    with pytest.raises(ConflictError, match=r"^s3://bucket/p/b is being written by somebody else"):
        store.put_content("b", b"1")
    assert len(bucket.requests("PUT")) == 6
    assert len(waited) == 5
    assert bucket.refuse == []


def test_what_is_taken_or_refused_is_tried_once(
    bucket: Bucket, store: RemoteStore, waited: list[float]
) -> None:
    store.put_new("a", b"1")
    bucket.asked.clear()
    with pytest.raises(AlreadyExistsError, match=r"^s3://bucket/p/a exists and never changes$"):
        store.put_new("a", b"2")
    bucket.refuse = [("PUT", 403, "AccessDenied")]
    with pytest.raises(StorageError, match=r"^s3://bucket/p/b: access refused.*AccessDenied\)$"):
        store.put_new("b", b"2")
    assert len(bucket.requests("PUT")) == 2
    assert waited == []


def test_an_alias_is_moved_on_the_condition_of_its_etag(bucket: Bucket, store: RemoteStore) -> None:
    store.put_new("a", b"1")
    bucket.asked.clear()
    store.replace("a", b"1", b"2")
    assert bucket.requests("PUT") == [("PUT", "/bucket/p/a", "", _etag(b"1"), "")]
    assert store.put_if("a", _etag(b"1"), b"3") is False
    assert store.put_if("a", _etag(b"2"), b"3") is True
    bucket.asked.clear()
    with pytest.raises(ConflictError, match=r"^s3://bucket/p/a was changed by somebody else"):
        store.replace("a", b"2", b"4")
    assert bucket.requests("PUT") == []
    bucket.refuse = [("PUT", 412, "PreconditionFailed")]
    with pytest.raises(ConflictError, match=r"^s3://bucket/p/a was changed by somebody else"):
        store.replace("a", b"3", b"4")
    assert store.get("a") == b"3"


def test_a_read_that_breaks_off_goes_on_where_it_stood(bucket: Bucket, store: RemoteStore) -> None:
    store.put_content("a", DATA)
    bucket.asked.clear()
    bucket.cut = [300_000, 150_000]
    blocks = list(store.get_blocks("a"))
    assert b"".join(blocks) == DATA
    assert {type(block) for block in blocks} == {bytes}
    first, second, third = bucket.requests("GET")
    assert first[2:4] == ("", "")
    starts = []
    for asked in (second, third):
        assert asked[3] == _etag(DATA)
        found = re.fullmatch(rf"bytes=(\d+)-({len(DATA) - 1})?", asked[2])
        assert found
        starts.append(int(found[1]))
    assert 0 < starts[0] <= 300_000
    assert starts[0] < starts[1] <= starts[0] + 150_000
    bucket.cut = [200_000]
    assert store.get("a", most_bytes=len(DATA)) == DATA


def test_a_read_of_which_nothing_comes_any_more_is_given_up(
    bucket: Bucket, store: RemoteStore
) -> None:
    store.put_content("a", DATA)
    for begun in ([], [300_000]):
        bucket.asked.clear()
        bucket.cut = [*begun, *[0] * 50]
        with pytest.raises(StorageError, match=r"^s3://bucket/p/a: the connection broke off; try"):
            store.get("a")
        assert len(bucket.requests("GET")) < 20


def test_an_object_that_changes_meanwhile_is_not_mixed(bucket: Bucket, store: RemoteStore) -> None:
    store.put_content("a", DATA)
    bucket.cut = [300_000]
    blocks = store.get_blocks("a")
    next(blocks)
    bucket.objects["/bucket/p/a"] = DATA[::-1]
    told = r"^s3://bucket/p/a was changed by somebody else while it was read; try again$"
    with pytest.raises(StorageError, match=told):
        list(blocks)


def test_a_large_object_is_not_read(bucket: Bucket, store: RemoteStore) -> None:
    store.put_content("a", DATA)
    told = f"has {len(DATA)} bytes, and {len(DATA) - 1} are the most; restore it from a backup$"
    with pytest.raises(IntegrityError, match=told):
        store.get("a", most_bytes=len(DATA) - 1)
    with pytest.raises(NotFoundError, match=r"^s3://bucket/p/b does not exist$"):
        store.get("b")


def test_near_ranges_are_one_request(bucket: Bucket, store: RemoteStore) -> None:
    store.put_content("a", DATA)
    bucket.asked.clear()
    wanted = [(100, 10), (0, 10), (5000, 7), (120, 0)]
    for join_bytes, ranges in (
        (90, ["bytes=0-109", "bytes=5000-5006"]),
        (89, ["bytes=0-9", "bytes=100-109", "bytes=5000-5006"]),
        (10_000, ["bytes=0-5006"]),
    ):
        found = store.get_ranges("a", wanted, join_bytes=join_bytes)
        assert found == [DATA[start : start + size] for start, size in wanted]
        assert sorted(asked[2] for asked in bucket.requests("GET")) == ranges
    assert store.get_ranges("a", [(0, 2), (3, 2)], join_bytes=0) == [DATA[:2], DATA[3:5]]
    assert len(bucket.requests("GET")) == 2, "not even a byte is read in vain"


def test_a_range_behind_the_end_is_told_from_a_refusal(bucket: Bucket, store: RemoteStore) -> None:
    store.put_content("a", b"0123456789")
    for ranges, end in (([(8, 3)], 11), ([(10, 1)], 11), ([(20, 5), (0, 1)], 25)):
        with pytest.raises(
            IntegrityError, match=rf"has 10 bytes, and at least {end} are expected$"
        ):
            store.get_ranges("a", ranges, join_bytes=0)
    bucket.refuse = [("GET", 403, "AccessDenied")]
    with pytest.raises(StorageError, match=r"^s3://bucket/p/a: access refused"):
        store.get_ranges("a", [(8, 2)])
    assert store.get_ranges("a", []) == []


def test_why_an_object_may_not_be_looked_at_is_asked_for(
    bucket: Bucket, store: RemoteStore
) -> None:
    bucket.refuse = [("HEAD", 403, "x"), ("GET", 403, "ExpiredToken")]
    with pytest.raises(StorageError, match=r"^s3://bucket/p/a: the credentials have expired"):
        store.size("a")
    assert [asked[:3] for asked in bucket.requests("GET")] == [
        ("GET", "/bucket/p/a", "bytes=0-0"),
    ]
    bucket.objects["/bucket/p/a"] = b"1"
    bucket.refuse = [("HEAD", 403, "x")]
    with pytest.raises(StorageError, match=r"^s3://bucket/p/a: access refused; check .* \(403\)$"):
        store.size("a")
    bucket.asked.clear()
    assert store.size("b") is None
    assert bucket.requests("GET") == []


def test_an_empty_list_is_believed_unless_everything_is_there(
    bucket: Bucket, store: RemoteStore
) -> None:
    assert (list(store.list_keys("")), store.list_folders()) == ([], [])
    probes = [asked[1] for asked in bucket.requests("HEAD")]
    assert len(probes) == 2
    assert all(re.fullmatch(r"/bucket/p/\.probe-[0-9a-f]{16}", probe) for probe in probes)
    for ask in (lambda: list(store.list_objects("")), store.list_folders):
        bucket.refuse = [("HEAD", 403, "x")]
        assert ask() == []
        bucket.page = True
        with pytest.raises(StorageError, match=r"^s3://bucket/p: what answers there is no store"):
            ask()
        bucket.page = False


def test_a_server_proves_its_conditions(bucket: Bucket, store: RemoteStore) -> None:
    require_exclusive_create(store)
    require_conditional_replace(store)
    assert bucket.objects == {}
    bucket.conditions = False
    told = r"^s3://bucket/p cannot hold versions: it let a second writer replace .*If-None-Match"
    with pytest.raises(StorageError, match=told):
        require_exclusive_create(store)
    told = r"^s3://bucket/p cannot hold aliases: it does not replace an object on a condition"
    with pytest.raises(StorageError, match=told):
        require_conditional_replace(store)
    assert bucket.objects == {}


def test_a_probe_whose_first_answer_was_lost_is_a_proof(bucket: Bucket, store: RemoteStore) -> None:
    bucket.refuse = [("PUT", 412, "PreconditionFailed")]
    bucket.asked.clear()
    with pytest.raises(StorageError, match="cannot hold versions"):
        require_exclusive_create(store)
    assert [asked[4] for asked in bucket.requests("PUT")] == ["*", "*"]
    for probe in (require_exclusive_create, require_conditional_replace):
        bucket.refuse = [("PUT", 403, "AccessDenied")]
        with pytest.raises(StorageError, match=r"\.probe-[0-9a-f]{16}: access refused"):
            probe(store)


def test_a_server_that_has_no_condition_is_told(bucket: Bucket, store: RemoteStore) -> None:
    bucket.refuse = [("PUT", 400, "NotImplemented")]
    with pytest.raises(StorageError, match="the server cannot do this; use another store"):
        require_exclusive_create(store)


def test_a_file_of_any_size_is_put(bucket: Bucket, store: RemoteStore, tmp_path: Path) -> None:
    for size in (0, 10, 2**20 + 1):
        path = tmp_path / f"{size}"
        path.write_bytes(bytes(size))
        assert store.put_content(f"file-{size}", path, take=True) is True
        assert bucket.objects[f"/bucket/p/file-{size}"] == bytes(size)
        assert path.exists()
        assert store.put_content(f"file-{size}", path) is False
    store.delete("file-0")
    assert "/bucket/p/file-0" not in bucket.objects


def test_a_large_file_goes_in_parts_of_which_four_are_held_at_once(
    bucket: Bucket, store: RemoteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (PART_BYTES, PARTS_AT_ONCE) == (8 * 2**20, 4)
    monkeypatch.setattr(remote_store, "PART_BYTES", 200_000)
    data = bytes(range(256)) * 6000
    (tmp_path / "large").write_bytes(data)
    assert store.put_content("a", tmp_path / "large") is True
    assert [len(part) for _, part in sorted(bucket.parts.items())] == [*[200_000] * 7, 136_000]
    assert bucket.objects["/bucket/p/a"] == data
    assert bucket.at_once == 4
