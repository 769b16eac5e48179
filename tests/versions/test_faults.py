"""Bad networks, busy servers: a call succeeds or says in one line why not, and can be repeated."""

import secrets
from collections.abc import Callable, Iterator
from itertools import count

import pytest

from audioset.errors import AudiosetError, StorageError
from audioset.storage.store import Patience, Store, open_store
from audioset.training.reader import Dataset
from audioset.versions.publish.publish import Publication
from audioset.versions.read.resolve import list_versions, resolve_reference
from audioset.versions.verify.verify import verify
from audioset.workspace import Workspace
from tests.faulty_proxy import (
    BUSY,
    CUT_ANSWER,
    FAULTS,
    FOR_EVER,
    LOST_ANSWER,
    SKEWED,
    STALL,
    FaultyProxy,
    faulty_proxy,
)
from tests.servers import s3_url, start_s3
from tests.versions.publishing import publish
from tests.workspaces import make_workspace

__all__ = ["s3_url"]

PATIENCE = Patience()  # a server that is always busy is asked seven times
# Only where the line is silent for ever: this server takes its time for the first objects.
HASTY = Patience(silent_seconds=2, busy_seconds=10)
# The calls of a publish of three shards: listings, probe, shards, manifest, a listing, the commit.
COMMIT = 15
PUBLISH_CALLS, READ_CALLS = (1, 4, 9, COMMIT), (1, 3, 5)  # the slow tests take all
Endured = tuple[AudiosetError | None, int]


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return make_workspace(
        tmp_path_factory.mktemp("faults") / "scots", sources=1, clips_per_source=12
    )


@pytest.fixture
def proxy(s3_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyProxy]:
    with faulty_proxy(start_s3().port) as running:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{running.port}")
        yield running


def endure(
    proxy: FaultyProxy, call: Callable[[], object], fault: str, nth: int, times: int
) -> Endured:
    """Make a call while its n-th request meets a fault; gives its error, and how many met one."""
    proxy.set(fault, nth=nth, times=times)
    error = None
    try:
        call()
    except AudiosetError as caught:
        error = caught
    done = proxy.done
    proxy.set(None)
    if error is not None:
        text = str(error)
        assert "\n" not in text
        assert "Debug" not in text
        assert isinstance(error, StorageError), repr(error)
    return error, done


def publish_through(
    proxy: FaultyProxy, ws: Workspace, url: str, fault: str, nth: int, times: int = 1
) -> Endured:
    """Publish to a new store through a fault; then publish again without one, and verify."""
    url = f"{url}/{secrets.token_hex(4)}"
    hasty = open_store(url, patience=HASTY if fault == STALL else PATIENCE)
    error, done = endure(proxy, lambda: publish(ws, store=hasty), fault, nth, times)
    store = open_store(url)
    standing = list_versions(store, "scots")
    assert len(standing) <= 1
    if error is None:
        assert len(standing) == 1
    again = publish(ws, store=store)
    assert again.unchanged == bool(standing)
    report = verify(store, "scots")
    assert (report.versions, report.problems) == ((1,), ())
    return error, done


def read_all(store: Store) -> list[str]:
    """Open a version by name and load every clip."""
    record = resolve_reference(store, "scots@v1")
    return [clip.row.clip_id for clip in Dataset(store, record)]


def read_through(
    proxy: FaultyProxy, made: Publication, url: str, fault: str, nth: int, times: int = 1
) -> Endured:
    """Read a version through a fault; then again without one."""
    hasty = open_store(url, patience=HASTY if fault == STALL else PATIENCE)
    heard: list[str] = []
    error, done = endure(proxy, lambda: heard.extend(read_all(hasty)), fault, nth, times)
    whole = len(set(heard)) == made.record.num_clips
    assert whole == (error is None)
    assert len(read_all(open_store(url))) == made.record.num_clips
    return error, done


@pytest.fixture
def made(ws: Workspace, s3_url: str) -> Publication:
    return publish(ws, store=open_store(s3_url))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_publish_survives_a_fault_or_says_why_not(
    ws: Workspace, proxy: FaultyProxy, s3_url: str, fault: str
) -> None:
    for nth in PUBLISH_CALLS:
        _, done = publish_through(proxy, ws, s3_url, fault, nth)
        assert done == 1


@pytest.mark.parametrize("fault", FAULTS)
def test_a_read_survives_a_fault_or_says_why_not(
    made: Publication, proxy: FaultyProxy, s3_url: str, fault: str
) -> None:
    for nth in READ_CALLS:
        _, done = read_through(proxy, made, s3_url, fault, nth)
        assert done == 1


def test_a_server_that_is_busy_twice_is_asked_again(
    ws: Workspace, made: Publication, proxy: FaultyProxy, s3_url: str
) -> None:
    for nth in (1, COMMIT):
        error, done = publish_through(proxy, ws, s3_url, BUSY, nth, 2)
        assert (error, done) == (None, 2)
    error, done = read_through(proxy, made, s3_url, BUSY, 4, 2)
    assert (error, done) == (None, 2)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (BUSY, "the server is busy; try again later"),
        (STALL, "the server does not answer; check the endpoint"),
        (LOST_ANSWER, "the server does not answer; check the endpoint"),
        (CUT_ANSWER, "the connection broke off; try again"),
        (SKEWED, "the clock of this machine is wrong by many minutes; set it"),
    ],
)
def test_a_fault_for_ever_is_said_in_plain_words(
    ws: Workspace, proxy: FaultyProxy, s3_url: str, fault: str, words: str
) -> None:
    error, done = publish_through(proxy, ws, s3_url, fault, 1, FOR_EVER)
    assert words in str(error)
    assert done >= 1


@pytest.mark.parametrize("fault", [LOST_ANSWER, CUT_ANSWER])
def test_a_lost_answer_to_the_commit_is_success(
    ws: Workspace, proxy: FaultyProxy, s3_url: str, fault: str
) -> None:
    store = open_store(s3_url, patience=PATIENCE)
    proxy.set(fault, "PUT .*/versions/v0001.json")
    made = publish(ws, store=store)
    assert proxy.done == 1
    assert not made.unchanged
    assert list_versions(store, "scots") == [made.record]


@pytest.mark.slow
@pytest.mark.parametrize("times", [1, 2, FOR_EVER])
@pytest.mark.parametrize("fault", FAULTS)
def test_every_call_of_a_publish_may_meet_a_fault(
    ws: Workspace, proxy: FaultyProxy, s3_url: str, fault: str, times: int
) -> None:
    for nth in count(1):
        _, done = publish_through(proxy, ws, s3_url, fault, nth, times)
        if not done:
            break
    assert nth > COMMIT


@pytest.mark.slow
@pytest.mark.parametrize("times", [1, 2, FOR_EVER])
@pytest.mark.parametrize("fault", FAULTS)
def test_every_call_of_a_read_may_meet_a_fault(
    made: Publication, proxy: FaultyProxy, s3_url: str, fault: str, times: int
) -> None:
    for nth in count(1):
        _, done = read_through(proxy, made, s3_url, fault, nth, times)
        if not done:
            break
    assert nth > 3 + len(made.record.shards)
