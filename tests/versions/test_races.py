"""Many publishers at once: nothing is lost, whoever is refused is told, all versions are whole.

Who publishes rows as they are wins a number or is told; who publishes a change of what is there
comes after the others, and is told which clips they changed otherwise. As each is planned again
after all who were faster, sixteen take four times as long as eight.
"""

import re
import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest

from audioset.records.manifest import columns, table_from_clips
from audioset.records.parent import Parent
from audioset.storage.store import Store, open_store
from audioset.storage.tables import list_manifests, write_manifest
from audioset.versions.read.parent import write_parent
from audioset.versions.read.resolve import list_versions, read_version
from audioset.versions.verify.verify import verify
from audioset.workspace import Workspace, open_workspace
from tests.servers import s3_url
from tests.versions.killing import Order, Publishers, publishers
from tests.versions.publishing import publish, with_value, working_table
from tests.workspaces import add_source, make_workspace

__all__ = ["s3_url"]

SAID = "said by {}"
SLOW = [pytest.mark.slow, pytest.mark.timeout(7200)]  # only a hang takes so long
FEW, MANY = 6, 16  # publishers at once
TOLD = re.compile(r"scots@v\d+ was published by \S+ at the same moment; run publish again")


@dataclass(frozen=True)
class Team:
    """A workspace that was published, and a copy of it for each person, who adds a video.

    Attributes:
        own: rows of the video of each person; half as many clips are in the workspace.
        changes: whether each of these was changed by two people.
    """

    ws: Workspace
    people: Path
    own: list[pa.Table]
    changes: bool

    def found(self, url: str) -> Store:
        """Publish the first version to a store, from which all go on."""
        store = open_store(url)
        record = publish(self.ws, store=store).record
        parent = Parent(dataset="scots", version=1, digest=record.digest, is_whole=True)
        for number in range(len(self.own)):
            write_parent(self.people / str(number), parent)
        return store

    def rows(self, changed_by: Collection[int]) -> pa.Table:
        """Rows of the workspace, with what some people said."""
        rows = working_table(self.ws)
        for number in changed_by if self.changes else ():
            rows = with_value(rows, number % rows.num_rows, "text", SAID.format(number))
        return rows


def make_team(folder: Path, size: int, *, changes: bool) -> Team:
    ws = make_workspace(folder / "team", sources=1, clips_per_source=size // 2)
    team = Team(ws, folder / "people", [], changes)
    for number in range(size):
        copied = open_workspace(shutil.copytree(ws.folder, team.people / str(number)))
        (path,) = list_manifests(copied.manifests_dir)
        write_manifest(path, team.rows([number]))
        own = add_source(copied, f"own {number}.mp4", 1, seconds=0.1)
        team.own.append(table_from_clips(own))
    return team


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


def race(starter: Publishers, ws: Workspace, url: str, racers: int) -> int:
    """Let all publish at once; gives how many were refused because somebody else was faster."""
    order = Order(str(ws.folder), url, "said by", publishers=racers)
    ends = starter.run(order)
    won = {str(end.ref): str(end.digest) for end in ends if end.error is None}
    lost = [end for end in ends if end.error is not None]
    assert len(won) + len(lost) == racers, "two believe that they made the same version"
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


@pytest.mark.parametrize(("racers", "rounds"), [(FEW, 3), pytest.param(MANY, 100, marks=SLOW)])
def test_of_many_publishers_at_once_one_wins_each_number(
    starter: Publishers, ws: Workspace, root: str, racers: int, rounds: int
) -> None:
    refused = [race(starter, ws, f"{root}/{number}", racers) for number in range(rounds)]
    assert sum(refused) > rounds, "they never met"


def race_of_team(starter: Publishers, team: Team, url: str) -> int:
    """Let all publish a change of the first version at once; gives how many were refused."""
    store = team.found(url)
    ends = starter.run(Order(str(team.people), url, "", publishers=len(team.own), each=True))
    won = {number: str(end.ref) for number, end in enumerate(ends) if end.error is None}
    assert len(set(won.values())) == len(won), "two believe that they made the same version"
    records = list_versions(store, "scots")
    assert {str(record.ref) for record in records} == {"scots@v1", *won.values()}
    last = read_version(store, records[-1])
    require_rows(last, expected_rows(team, won))
    shared = working_table(team.ws)["clip_id"].to_pylist()
    for number, end in enumerate(ends):
        if number in won:
            continue
        assert team.changes, end.message
        clip_id = shared[number % len(shared)]
        assert end.error == "ConflictError"
        assert re.search(rf"^1 clip of .* changed here and there.* is {clip_id}:", end.message)
    report = verify(store, "scots", decode=True)
    assert (report.problems, len(report.versions)) == ((), len(won) + 1)
    return len(ends) - len(won)


def expected_rows(team: Team, won: Collection[int]) -> pa.Table:
    """The rows of the team, with what those said and added who were not refused."""
    own = [team.own[number] for number in won]
    return pa.concat_tables([team.rows(won), *own]).sort_by("clip_id")


def require_rows(found: pa.Table, expected: pa.Table) -> None:
    """Require equal rows; where audio lies is another thing."""
    stored = [entry.name for entry in columns() if entry.metadata["group"] == "storage"]
    assert found.drop_columns(stored).to_pylist() == expected.drop_columns(stored).to_pylist()


@pytest.mark.parametrize(("racers", "rounds"), [(FEW, 1), pytest.param(MANY, 100, marks=SLOW)])
def test_all_who_publish_clips_of_their_own_at_once_succeed(
    starter: Publishers, tmp_path: Path, root: str, racers: int, rounds: int
) -> None:
    team = make_team(tmp_path, racers, changes=False)
    for number in range(rounds):
        assert race_of_team(starter, team, f"{root}/{number}") == 0


@pytest.mark.parametrize(("racers", "rounds"), [(FEW, 1), pytest.param(MANY, 100, marks=SLOW)])
def test_of_those_who_change_a_clip_at_once_one_is_told_which(
    starter: Publishers, tmp_path: Path, root: str, racers: int, rounds: int
) -> None:
    team = make_team(tmp_path, racers, changes=True)
    for number in range(rounds):
        refused = race_of_team(starter, team, f"{root}/{number}")
        assert refused == racers // 2, "of two who change a clip one comes first"
