"""A publish killed at any moment: readers see the old or the new version, the next completes."""

import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from audioset.storage.store import Store, open_store
from audioset.training.reader import Dataset
from audioset.versions.publish.publish import Publication
from audioset.versions.read.resolve import list_versions
from audioset.versions.references import stored_content
from audioset.versions.verify.verify import verify
from audioset.workspace import Workspace
from tests.servers import s3_url
from tests.versions.killing import AFTER, BEFORE, Order, Publishers, publishers
from tests.versions.publishing import publish, with_value, working_table
from tests.workspaces import make_workspace

__all__ = ["s3_url"]

OLD, NEW = "as it was", "said otherwise"
# What a publish of the three shards below calls at least, and what it never needs.
LEAST_CALLS, MOST_CALLS = 12, 60
RANDOM_MOMENTS = 200


@pytest.fixture(scope="module")
def killer() -> Iterator[Publishers]:
    with publishers() as running:
        yield running


@pytest.fixture(params=["local", "s3"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL under which every try has a store of its own."""
    return (
        str(tmp_path / "stores") if request.param == "local" else request.getfixturevalue("s3_url")
    )


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path / "work", sources=1)


def publish_text(ws: Workspace, store: Store, text: str) -> Publication:
    return publish(ws, with_value(working_table(ws), 0, "text", text), store)


def texts_heard(store: Store) -> list[str]:
    """Read every clip of every version, and give the text of the first of each."""
    texts = []
    for record in list_versions(store, "scots"):
        clips = list(Dataset(store, record))
        assert len(clips) == record.num_clips
        texts.append(str(clips[0].row.text))
    return texts


def complete(ws: Workspace, store: Store, before: list[str]) -> Publication:
    """Look at what a killed publish left, run it again, and look again."""
    seen = texts_heard(store)
    assert seen in (before, [*before, NEW])
    if seen:
        assert verify(store, "scots").problems == ()
    there = {item.key for item in stored_content(store, "scots")}
    made = publish_text(ws, store, NEW)
    assert texts_heard(store) == [*before, NEW]
    shards = {f"scots/shards/{shard.sha256}.tar" for shard in made.record.shards}
    # What was whole is not uploaded again. A far server may still finish what it had received from
    # the killed process after we looked, never less.
    assert made.unchanged or len(seen) == len(before)
    assert made.num_new_shards + made.num_reused_shards == len(shards)
    assert made.num_reused_shards >= len(shards & there)
    report = verify(store, "scots", decode=True)
    assert (report.problems, report.num_unneeded) == ((), 0)
    return made


def first_version(ws: Workspace, store: Store) -> None:
    """Publish some of the clips, so that the second version adds some and reuses others."""
    publish(ws, with_value(working_table(ws).slice(0, 6), 0, "text", OLD), store)


# A call begins where the one before has ended, so every third of both leaves few moments out.
@pytest.mark.parametrize("step", [3, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("when", [BEFORE, AFTER])
@pytest.mark.parametrize("before", [[], [OLD]], ids=["first version", "second version"])
def test_a_publish_killed_at_any_call_to_the_store_does_no_harm(
    killer: Publishers, ws: Workspace, root: str, before: list[str], when: str, step: int
) -> None:
    """Killed at its first call, then another at its second, and so on to its last."""
    for call in count(1 if when == BEFORE else 2, step):
        url = f"{root}/{call}"
        store = open_store(url)
        if before:
            first_version(ws, store)
        (end,) = killer.run(Order(str(ws.folder), url, NEW, call=call, when=when))
        complete(ws, store, before)
        if not end.killed:
            break
    assert LEAST_CALLS < call < MOST_CALLS


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_publish_killed_at_a_random_moment_does_no_harm(
    killer: Publishers, ws: Workspace, root: str
) -> None:
    seconds, killed = 0.0, 0  # what a publish takes now: others may be using the machine
    for number in range(RANDOM_MOMENTS):
        url = f"{root}/{number}"
        store = open_store(url)
        before = [OLD] if number % 2 else []
        if before:
            first_version(ws, store)
        moment = {"seconds": seconds} if number else {}
        started = time.monotonic()
        (end,) = killer.run(Order(str(ws.folder), url, NEW, **moment))
        if not end.killed:
            seconds = 1.2 * (time.monotonic() - started)
        if not number:
            continue
        complete(ws, store, before)
        killed += end.killed
    assert killed > RANDOM_MOMENTS / 3, "most of them ended before they could be killed"
