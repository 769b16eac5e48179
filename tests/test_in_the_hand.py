"""The Python face takes what it gives: versions in the hand, mappings, and clear words else."""

from pathlib import Path

import pytest

import audioset
from audioset.errors import InvalidInputError, StorageError
from audioset.workspace import Workspace
from tests.workspaces import make_workspace


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = make_workspace(tmp_path_factory.mktemp("hand") / "scots", sources=2, clips_per_source=2)
    made.publish(message="first", track=False)
    made.alias("prod", "scots@v1")
    return made


def test_a_version_in_the_hand_names_itself(ws: Workspace, tmp_path: Path) -> None:
    again = ws.publish(track=False)
    for number, given in enumerate((again, again.record, again.ref, "scots@prod")):
        assert ws.open(given).record == again.record
        assert ws.describe(given).num_clips == 4
        assert ws.check(given, rules="too_long").num_clips == 4
        assert not ws.diff(given, again).added
        assert ws.verify(given).versions == (1,)
        assert ws.alias(f"name{number}", given).ref == again.ref
        assert ws.pull(given, tmp_path / str(number)).num_clips == 4
        assert ws.write_pin(given, tmp_path / "scots.pin.json").is_file()
    assert ws.open(ws.open(again.ref).record.ref).record == again.record
    assert ws.write_pin(ws.open("scots@v1"), tmp_path / "scots.pin.json").is_file()
    for bad in (3, None, {"ref": "scots@v1"}):
        with pytest.raises(InvalidInputError, match="names no version; write name@v3"):
            ws.open(bad)  # type: ignore[arg-type]


def test_one_version_is_verified_once(ws: Workspace) -> None:
    assert ws.verify(["scots@v1", "scots@prod", audioset.VersionRef("scots", 1)]).versions == (1,)


def test_limits_may_be_a_mapping(ws: Workspace) -> None:
    given = ws.check(limits={"too_short": 10}, rules="too_short")
    assert given == ws.check(limits=audioset.CheckLimits(too_short=10.0), rules="too_short")
    assert given.num_flagged == 4
    assert ws.check(limits={}, rules="too_short").num_flagged == 0
    for bad in ({"too_small": 1}, {"too_short": "long"}):
        with pytest.raises(InvalidInputError, match="limit"):
            ws.check(limits=bad)


def test_what_is_no_source_is_told(ws: Workspace) -> None:
    with pytest.raises(InvalidInputError, match="no file was named; name files, a folder"):
        ws.cut([])
    with pytest.raises(InvalidInputError, match=r"b'x' is no path; name files and folders as text"):
        ws.cut(b"x")  # type: ignore[arg-type]


def test_a_message_that_is_not_kept_is_told(ws: Workspace) -> None:
    assert ws.publish(message="second", track=False).unused_message == "second"
    for kept in ("first", ""):
        assert ws.publish(message=kept, track=False).unused_message == ""


def test_files_that_cannot_be_written_so_are_told(ws: Workspace, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"cannot write .*scots\.pin\.json"):
        ws.write_pin("scots@v1", tmp_path / "none" / "scots.pin.json")
    with pytest.raises(InvalidInputError, match=r"l\.xyz is no \.png file"):
        ws.describe(plot=tmp_path / "l.xyz")
    assert not list(tmp_path.iterdir())
