"""Sixteen publishers at once: one wins each number, the others are told, all versions are whole."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from audioset.storage.store import open_store
from audioset.versions.read.resolve import list_versions
from audioset.versions.verify.verify import verify
from audioset.workspace import Workspace
from tests.servers import s3_url
from tests.versions.killing import Order, Publishers, publishers
from tests.workspaces import make_workspace

__all__ = ["s3_url"]

RACERS = 16
TOLD = re.compile(r"scots@v\d+ was published by \S+ at the same moment; run publish again")


@pytest.fixture(scope="module")
def starter() -> Iterator[Publishers]:
    with publishers() as running:
        yield running


@pytest.fixture(params=["local", "s3"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL under which every round has a store of its own."""
    return (
        str(tmp_path / "stores") if request.param == "local" else request.getfixturevalue("s3_url")
    )


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path / "work", sources=1, clips_per_source=6)


def race(starter: Publishers, ws: Workspace, url: str) -> int:
    """Let all publish at once; gives how many were refused because somebody else was faster."""
    order = Order(str(ws.folder), url, "said by", publishers=RACERS)
    ends = starter.run(order)
    won = {str(end.ref): str(end.digest) for end in ends if end.error is None}
    lost = [end for end in ends if end.error is not None]
    assert len(won) + len(lost) == RACERS, "two believe that they made the same version"
    for end in lost:
        assert end.error == "ConflictError"
        assert TOLD.fullmatch(end.message), end.message
    store = open_store(url)
    records = list_versions(store, "scots")
    assert {str(record.ref): record.digest for record in records} == won
    assert [record.version for record in records] == list(range(1, len(won) + 1))
    report = verify(store, "scots", decode=True)
    assert (report.problems, len(report.versions)) == ((), len(won))
    return len(lost)


@pytest.mark.parametrize(
    "rounds", [3, pytest.param(100, marks=[pytest.mark.slow, pytest.mark.timeout(1200)])]
)
def test_of_many_publishers_at_once_one_wins_each_number(
    starter: Publishers, ws: Workspace, root: str, rounds: int
) -> None:
    refused = [race(starter, ws, f"{root}/{number}") for number in range(rounds)]
    assert sum(refused) > rounds, "they never met"
