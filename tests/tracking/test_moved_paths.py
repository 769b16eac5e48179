"""Where a place of a folder that was moved is now, in every form in which MLflow writes it."""

from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest

from audioset.tracking.moves.paths import Move, follow_source, place_of

TO = Path("/new place #1/é")
POSIX = Move(PurePosixPath("/old %41/ws é"), TO)
WINDOWS = Move(PureWindowsPath("C:\\Users\\Isla K\\ws"), TO)


@pytest.mark.parametrize(
    ("move", "location", "now"),
    [
        (POSIX, "file:///old%20%2541/ws%20%C3%A9/mlartifacts/1", f"{TO.as_uri()}/mlartifacts/1"),
        (POSIX, "file:/old%20%2541/ws%20é/mlartifacts", f"{TO.as_uri()}/mlartifacts"),
        (POSIX, "file://localhost/old%20%2541/ws%20%C3%A9/x", f"{TO.as_uri()}/x"),
        (POSIX, "file:///old%20%2541/ws%20%C3%A9", TO.as_uri()),
        (POSIX, "/old %41/ws é/my runs/3", f"{TO}/my runs/3"),
        (POSIX, "/old %41/ws é", str(TO)),
        (WINDOWS, "file:///C:/Users/Isla%20K/ws/mlartifacts/1", f"{TO.as_uri()}/mlartifacts/1"),
        (WINDOWS, "C:\\Users\\Isla K\\ws\\mlruns\\0", f"{TO}/mlruns/0"),
        (WINDOWS, "c:/users/isla k/ws/mlruns/0", f"{TO}/mlruns/0"),
        # All that lies elsewhere, or is no file, stays as it is.
        (POSIX, "/old %41/ws é2/mlruns", None),
        (POSIX, "/old A/ws é/mlruns", None),
        (POSIX, "file:///old%20A/ws%20%C3%A9/mlruns", None),
        (POSIX, "/else", None),
        (POSIX, "mlruns/0", None),
        (POSIX, "", None),
        (POSIX, "s3://bucket/old %41/ws é", None),
        (POSIX, "models:/m-1", None),
        (POSIX, "mlflow-artifacts:/1", None),
        (POSIX, "runs:/1/weights", None),
        (POSIX, "file://server/old%20%2541/ws%20%C3%A9/x", None),
        (WINDOWS, "D:\\Users\\Isla K\\ws\\mlruns", None),
    ],
)
def test_a_place_follows_its_folder(move: Move, location: str, now: str | None) -> None:
    assert move.follow(location) == now
    assert move.follow(location, at_any_rate=True) == now


def test_a_place_stays_where_its_file_is_alone(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    move = Move(PurePosixPath(old), new)
    (old / "run").mkdir(parents=True)
    place = str(old / "run")
    assert (move.follow(place), move.stays(place)) == (None, True)
    assert move.follow(place, at_any_rate=True) == str(new / "run")
    (new / "run").mkdir(parents=True)  # a copy has its own
    assert (move.follow(place), move.stays(place)) == (str(new / "run"), False)
    assert not move.stays(str(tmp_path / "else"))


def test_the_source_of_a_dataset_follows_in_its_json() -> None:
    source = '{"uri": "/old %41/ws \\u00e9/store/scots", "more": 1}'
    assert follow_source(POSIX, source) == f'{{"uri": {ascii_json(TO)}/store/scots", "more": 1}}'
    for other in ('{"uri": "s3://bucket/x"}', '{"uri": 3}', "[]", "no json", '{"tags": {}}'):
        assert follow_source(POSIX, other) is None


def ascii_json(path: Path) -> str:
    return '"' + str(path).replace("é", "\\u00e9")


def test_only_whole_paths_name_a_place() -> None:
    assert place_of("/a/b") == PurePosixPath("/a/b")
    assert place_of("file:///C:/a") == PureWindowsPath("C:/a") == place_of("C:\\a")
    assert place_of("a/b") is place_of("file:a") is place_of("https://a/b") is None
