"""`audioset copy` as it is typed: from alone to a team, and what is told on the way."""

import json
from pathlib import Path

import pytest

from audioset.cli.app import run
from audioset.errors import NotCopiedWarning
from audioset.storage.store import open_store
from audioset.workspace import Workspace
from tests.postgresql import postgresql_url
from tests.servers import s3_url
from tests.versions.publishing import stored_objects
from tests.workspaces import make_workspace

__all__ = ["postgresql_url", "s3_url"]


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """One version, one alias, two decisions."""
    ws = make_workspace(tmp_path / "scots", sources=1, clips_per_source=2)
    monkeypatch.chdir(ws.folder)
    assert run(["publish", "--no-track"]) == 0
    assert run(["alias", "prod", "scots@v1"]) == 0
    assert run(["decide", "--speaker", "speaker0", "--set", "gender=f", "--set", "age=30"]) == 0
    return ws


def words(capsys: pytest.CaptureFixture[str], *command: str, status: int = 0) -> list[str]:
    """Give the lines that a command says on stderr."""
    capsys.readouterr()
    code = run(list(command))
    lines = capsys.readouterr().err.splitlines()
    assert code == status, lines
    return lines


def test_alone_becomes_a_team_and_back(
    ws: Workspace,
    s3_url: str,
    postgresql_url: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words(capsys, "copy", "--to", s3_url)
    (line,) = words(capsys, "copy", "--to", s3_url)
    assert line == f"nothing is missing from {ws.settings.store} to {s3_url}"
    assert stored_objects(open_store(s3_url)) == stored_objects(open_store(ws.settings.store))

    (line,) = words(capsys, "copy", "--catalog", "--to", postgresql_url)
    assert line.startswith("2 decisions added, 0 there before: from sqlite:///")
    (line,) = words(capsys, "copy", "--catalog", "--to", postgresql_url)
    assert line.startswith("0 decisions added, 2 there before")

    assert run(["init", str(tmp_path / "again"), "--name", "scots"]) == 0
    here = ("--workspace", str(tmp_path / "again"))
    words(capsys, "copy", "--from", s3_url, *here)
    words(capsys, "copy", "--catalog", "--from", postgresql_url, *here)
    capsys.readouterr()
    assert run(["history", "speaker0", "--subject-kind", "speaker", "--json", *here]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [entry["decision"]["field"] for entry in told] == ["gender", "age"]
    assert run(["pull", "scots@prod", str(tmp_path / "pulled"), *here]) == 0


def test_what_stands_against_it_is_told_with_a_status_of_its_own(
    ws: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words(capsys, "copy", "--to", "../team")
    words(capsys, "alias", "prod", "scots@v1", "--store", str(tmp_path / "team"), "-m", "theirs")
    words(capsys, "alias", "prod", "scots@v1", "-m", "ours")
    *_, told = words(capsys, "copy", "--to", "../team", status=3)
    assert told.endswith("--yes (yes=True in Python) moves it")
    capsys.readouterr()
    assert run(["copy", "--to", "../team", "--dry-run", "--json"]) == 3
    report = json.loads(capsys.readouterr().out)
    assert report["decisions"] is None
    (version,) = report["versions"]["versions"]
    assert (version["ref"], version["version"], version["state"]) == ("scots@v1", 1, "there")
    words(capsys, "copy", "--to", "../team", "--yes")

    (line,) = words(capsys, "copy", "--catalog", "--from", "nothing.db", status=1)
    assert line == f"audioset: {ws.folder / 'nothing.db'} does not exist"
    (line,) = words(capsys, "copy", "--catalog", "--from", "catalog.db", status=1)
    assert "is the catalog of this workspace itself" in line
    (line,) = words(capsys, "copy", "scots@v1", "--catalog", "--from", "catalog.db", status=1)
    assert "one of them at a time" in line


@pytest.fixture
def elsewhere(ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings that point to places of a team, where nothing is yet."""
    monkeypatch.setenv("AUDIOSET_STORE", str(tmp_path / "team"))
    monkeypatch.setenv("AUDIOSET_CATALOG", f"sqlite:///{tmp_path / 'team.db'}")
    return tmp_path


@pytest.mark.parametrize(
    ("command", "status"),
    [
        (["describe"], 0),
        (["check"], 3),
        (["history", "speaker0", "--subject-kind", "speaker"], 0),
        (["decide", "--speaker", "speaker0", "--set", "gender=m"], 0),
        (["diff", "working", "working"], 0),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_a_catalog_that_lacks_what_lies_here_is_told_by_whoever_asks_it(
    command: list[str], status: int, elsewhere: Path
) -> None:
    told = (
        f"catalog sqlite:///{elsewhere}/team.db holds no decisions, while catalog.db here has 2, "
        "not used: audioset copy --catalog --from catalog.db brings what is missing, or rename "
        "that file"
    )
    with pytest.warns(NotCopiedWarning) as caught:
        assert run(command) == status
    assert [str(w.message) for w in caught if str(w.message).startswith("catalog")] == [told]


def test_a_store_that_lacks_what_lies_here_is_told_and_no_more_when_it_was_copied(
    elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = (
        f"store {elsewhere}/team has no version of scots, while store/ here has 1 version, not "
        "used: audioset copy --from store brings what is missing, or rename that folder"
    )
    for command in (["versions"], ["aliases"]):
        with pytest.warns(NotCopiedWarning) as caught:
            assert run(command) == 0
        assert [str(warning.message) for warning in caught] == [told]
    # The very commands that the two messages name.
    words(capsys, "copy", "--from", "store")
    words(capsys, "copy", "--catalog", "--from", "catalog.db")
    words(capsys, "versions")
    words(capsys, "describe")


def test_a_decision_in_the_place_of_the_team_does_not_hide_what_was_not_copied(
    elsewhere: Path,
) -> None:
    for text in ("holds no decisions", "lacks the newest decisions"):
        with pytest.warns(NotCopiedWarning, match=text):
            assert run(["decide", "--speaker", "speaker0", "--set", "gender=m"]) == 0


def test_another_version_of_that_name_is_told(elsewhere: Path) -> None:
    with pytest.warns(NotCopiedWarning):
        assert run(["decide", "--speaker", "speaker0", "--set", "gender=m"]) == 0
    with pytest.warns(NotCopiedWarning):
        assert run(["publish", "--no-track"]) == 0
    with pytest.warns(NotCopiedWarning, match="has another scots@v1 than store/ here"):
        assert run(["versions"]) == 0


def test_what_lies_here_and_is_broken_stops_nobody(ws: Workspace, elsewhere: Path) -> None:
    (ws.folder / "catalog.db").write_bytes(b"no database at all, but as long as the head of one")
    (ws.folder / "store/scots/versions/v0001.json").write_text("{")
    assert run(["describe"]) == 0
    assert run(["versions"]) == 0
