"""One thing has one shape in every command's JSON."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from audioset.cli.app import run
from audioset.workspace import Workspace
from tests.workspaces import make_workspace

VERSION = {"ref": "scots@v1", "dataset": "scots", "version": 1}


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """scots@v1, which is scots@prod."""
    ws = make_workspace(tmp_path / "scots", sources=2, clips_per_source=3)
    ws.publish(track=False)
    ws.alias("prod", "scots@v1", message="the first")
    monkeypatch.chdir(ws.folder)
    return ws


@pytest.fixture
def told(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    def run_and_read(*arguments: str) -> Any:
        assert run([*arguments, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return run_and_read


def test_a_version_is_named_alike_wherever_it_is_told_of(
    ws: Workspace, told: Callable[..., Any]
) -> None:
    ws.write_pin("scots@v1")
    found = [
        told("publish", "--no-track"),
        *told("versions"),
        *told("aliases"),
        told("pull", "scots@v1", "there"),
        told("export", "webdataset", "scots@v1", "tars"),
        told("write-pin", "scots@v1"),
        *told("lineage", "scots@v1")["versions"],
        *told("forget", "--speaker", "speaker0")["radius"]["plans"][0]["versions"],
    ]
    assert [{key: shape[key] for key in VERSION} for shape in found] == [VERSION] * len(found)
    digests = {shape["digest"] for shape in found if "digest" in shape}
    assert digests == {ws.versions()[0].digest}
    assert not any({"record", "pin", "name"} & shape.keys() for shape in found)


def test_a_publication_is_a_version_and_what_was_done(told: Callable[..., Any]) -> None:
    (version,) = told("versions")
    publication = told("publish", "--no-track")
    assert version.items() <= publication.items()
    assert publication["unchanged"] is True


def test_what_is_withdrawn_of_a_version_stands_beside_the_version(
    told: Callable[..., Any],
) -> None:
    radius = told("forget", "--speaker", "speaker0")["radius"]
    (version,) = radius["plans"][0]["versions"]
    assert (version["num_clips"], version["length_seconds"]) == (6, 1.5)
    assert (len(version["clip_ids"]), version["withdrawn_seconds"]) == (3, 0.75)
    assert len(radius["recordings"]) == 3
    assert isinstance(radius["recordings"], list)
    done = told("forget", "--speaker", "speaker0", "--yes")["forgotten"][0]
    assert (done["ref"], done["version"]) == ("scots@v2", 2)


def test_an_alias_holds_where_it_stands_and_how_it_got_there(told: Callable[..., Any]) -> None:
    moved, (listed,) = told("alias", "prod", "scots@v1", "-m", "again"), told("aliases")
    assert moved == listed
    assert listed["alias"] == "prod"
    assert [move["version"] for move in listed["moves"]] == [1] * len(listed["moves"])
