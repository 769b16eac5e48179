"""What a server answers, or does not: one line with its cure; 409 means again; reads go on."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from audioset.errors import AlreadyExistsError, AudiosetError, ConflictError, StorageError
from audioset.storage import remote_store
from audioset.storage.patience import Patience
from audioset.storage.probes import require_conditional_replace, require_exclusive_create
from audioset.storage.store import Store, open_store
from tests.faulty_proxy import (
    CUT_ANSWER,
    FOR_EVER,
    STALLED_ANSWER,
    FaultyProxy,
    faulty_proxy,
)
from tests.servers import s3_url, serving, start_s3

__all__ = ["s3_url"]

HASTY = Patience(silent_seconds=0.3, busy_seconds=0.9)
CONFLICT = (409, "ConditionalRequestConflict", "A conflicting operation occurred.")
# Of a refusal: status, code, message; and what it is told as.
REFUSALS = {
    (400, "ExpiredToken", "The token has expired."): "have expired; log in again, or renew AWS_SES",
    (403, "ExpiredToken", "x"): "have expired; log in again",
    (400, "InvalidToken", "x"): "set AWS_SESSION_TOKEN anew",
    (403, "RequestTimeTooSkewed", "x"): "the clock of this machine is wrong by many minutes",
    (403, "InvalidAccessKeyId", "x"): "does not know this access key",
    (403, "SignatureDoesNotMatch", "x"): "secret key does not fit the access key",
    (403, "AccessDenied", "x"): "check the credentials in the environment, and what they may do",
    (404, "NoSuchBucket", "x"): "there is no such bucket; make it first",
    (301, "PermanentRedirect", "x"): "another region; set AWS_REGION",
    (400, "AuthorizationHeaderMalformed", "expecting 'eu-west-1'"): "AWS_REGION to it: eu-west-1",
    (403, "InvalidObjectState", "x"): "in an archive (such as Glacier); restore it",
    (400, "KMS.DisabledException", "x"): "the key that encrypts the bucket (KMS)",
    (403, "QuotaExceeded", "x"): "there is no room left in the store",
    (405, "MethodNotAllowed", "x"): "the server does not allow this",
    (403, "Unheard", "x"): "access refused; check the credentials in the environment (403 Unheard)",
}  # fmt: skip


@pytest.fixture
def proxy(s3_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyProxy]:
    with faulty_proxy(start_s3().port) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setattr(remote_store, "_FIRST_WAIT_SECONDS", 0.001)
        yield proxy


@pytest.fixture
def store(proxy: FaultyProxy, s3_url: str) -> Store:
    return open_store(s3_url, patience=HASTY)


def test_each_refusal_is_one_line_with_its_cure(proxy: FaultyProxy, store: Store) -> None:
    for refusal, told in REFUSALS.items():
        proxy.set(refusal, times=FOR_EVER)
        for ask in (
            lambda: store.get("a"),
            lambda: store.put_content("a", b"1"),
            lambda: store.put_new("a", b"1"),
            lambda: list(store.list_keys("")),
        ):
            with pytest.raises(StorageError) as raised:
                ask()
            assert told in str(raised.value), refusal
            assert "\n" not in str(raised.value)
        if refusal[0] in (400, 403):  # HEAD has no body that could say why
            with pytest.raises(StorageError) as raised:
                store.size("a")
            assert told in str(raised.value), refusal


@pytest.mark.parametrize(("status", "told"), [(503, "busy; try again later"), (500, "has a fault")])
def test_a_busy_server_is_asked_again_and_then_told(
    status: int, told: str, proxy: FaultyProxy, store: Store
) -> None:
    proxy.set((status, "SlowDown", "x"), times=2)
    store.put_content("a", b"1")
    proxy.set((status, "SlowDown", "x"), times=FOR_EVER)
    with pytest.raises(StorageError, match=told):
        store.get("a")


def test_a_write_that_meets_another_is_tried_again(proxy: FaultyProxy, store: Store) -> None:
    proxy.set(CONFLICT, "PUT", times=3)
    store.put_new("new", b"1")
    assert (store.get("new"), proxy.done) == (b"1", 3)
    proxy.set(CONFLICT, "PUT", times=2)
    with pytest.raises(AlreadyExistsError):
        store.put_new("new", b"2")  # the other one was first
    proxy.set(CONFLICT, "PUT", times=2)
    store.replace("new", b"1", b"3")
    proxy.set((409, "OperationAborted", "x"), "PUT", times=2)
    store.put_content("content", b"4")
    assert (store.get("new"), store.get("content")) == (b"3", b"4")


def test_a_conflict_that_stays_is_none_of_the_server_and_not_that_it_exists(
    proxy: FaultyProxy, store: Store
) -> None:
    proxy.set(CONFLICT, "PUT", times=FOR_EVER)
    told = r"/new is being written by somebody else at this moment \(409 Cond.*\); try again"
    with pytest.raises(ConflictError, match=told):
        store.put_new("new", b"1")
    for probe in (require_exclusive_create, require_conditional_replace):
        with pytest.raises(ConflictError, match="try again"):
            probe(store)


@pytest.mark.parametrize("fault", [STALLED_ANSWER, CUT_ANSWER])
def test_a_read_that_breaks_off_goes_on_where_it_stood(
    fault: str, proxy: FaultyProxy, store: Store, s3_url: str
) -> None:
    data = bytes(range(256)) * 20_000
    store.put_content("a", data)
    proxy.set(fault, "GET", times=1)
    assert store.get("a") == data
    proxy.set(fault, "GET", times=1)
    assert store.get_ranges("a", [(0, 10), (2_000_000, 1000)], join_bytes=10**7) == [
        data[:10],
        data[2_000_000:2_001_000],
    ]
    if fault == CUT_ANSWER:
        return  # what has arrived may be lost with the connection, and then nothing has begun
    # A read that takes longer than a call may take is gone on with by ourselves.
    short = open_store(s3_url, patience=Patience(silent_seconds=0.3, busy_seconds=0.001))
    proxy.set(fault, "GET", times=4)
    assert short.get("a") == data
    assert proxy.done == 4
    proxy.set(fault, "GET", times=FOR_EVER)
    with pytest.raises(AudiosetError, match="the connection broke off; try again"):
        list(store.get_blocks("a"))


def test_a_page_to_log_in_is_no_empty_store(s3_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Page(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response_only(200)
            self.send_header("Content-Length", "6")
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else b"<html>")

        do_HEAD = do_PUT = do_GET  # noqa: N815

    with serving(Page) as port:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        store = open_store(s3_url, patience=HASTY)
        for ask in (
            lambda: list(store.list_keys("")),
            store.list_folders,
            lambda: store.put_new("a", b"1"),
            lambda: store.get_ranges("a", [(0, 3)]),
        ):
            with pytest.raises(StorageError, match="what answers there is no store"):
                ask()


def test_the_patience_with_a_large_upload_is_longer() -> None:
    patience = Patience()
    assert patience.of_uploads.silent_seconds == patience.upload_seconds
    assert patience.silent_seconds * 3 <= patience.busy_seconds, "what stalls is tried again"
