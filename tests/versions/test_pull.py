"""A pulled folder holds exactly what was published, whatever interrupted the way there."""

import hashlib
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audioset.errors import IntegrityError, InvalidInputError, WithdrawnWarning
from audioset.records.version import VersionRecord
from audioset.storage.store import open_store
from audioset.storage.tables import read_manifest
from audioset.versions.layout import shard_key
from audioset.versions.read.fetch import plan_requests, require_clip_names
from audioset.versions.read.resolve import list_versions, read_version
from audioset.workspace import Workspace
from tests.faulty_proxy import faulty_proxy
from tests.servers import s3_url, start_s3
from tests.versions.publishing import publish
from tests.workspaces import add_source, changed, make_workspace

__all__ = ["s3_url"]  # a fixture: imported to be found by pytest


@pytest.fixture(params=["local", "s3"])
def ws(request: pytest.FixtureRequest, tmp_path: Path) -> Workspace:
    """A workspace with scots@v1 of 30 clips in several shards, in a store of either kind."""
    made = make_workspace(tmp_path / "work")
    if request.param == "s3":
        made = changed(made, store=request.getfixturevalue("s3_url"))
    assert len(publish(made).record.shards) > 2
    return made


@pytest.fixture
def local(tmp_path: Path) -> Workspace:
    made = make_workspace(tmp_path / "work")
    publish(made)
    return made


def record_of(ws: Workspace) -> VersionRecord:
    return list_versions(open_store(ws.settings.store), "scots")[-1]


def rows_of(ws: Workspace) -> pa.Table:
    return read_version(open_store(ws.settings.store), record_of(ws))


def pulled(directory: Path) -> dict[str, bytes]:
    """All visible clips of a pulled folder by clip id."""
    return {path.stem: path.read_bytes() for path in (directory / "clips").glob("*.flac")}


def working(ws: Workspace) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in ws.clips_dir.iterdir()}


def damage(ws: Workspace, number: int) -> Path:
    """Flip a bit in the last clip of a local shard; gives its path."""
    rows = rows_of(ws)
    sha256 = record_of(ws).shards[number].sha256
    path = Path(ws.settings.store) / shard_key("scots", sha256)
    place = rows.filter(pa.compute.equal(rows["shard_sha256"], sha256)).to_pylist()[-1]
    data = bytearray(path.read_bytes())
    data[place["offset_bytes"] + 100] ^= 1
    path.write_bytes(data)
    return path


def test_a_folder_gets_the_clips_and_the_manifest(ws: Workspace, tmp_path: Path) -> None:
    steps: list[tuple[float, float | None, str]] = []
    report = ws.pull(
        "scots@v1",
        tmp_path / "out",
        progress=lambda task, done, total, unit: steps.append((done, total, unit)),
    )
    assert pulled(tmp_path / "out") == working(ws)
    assert read_manifest(tmp_path / "out" / "manifest.parquet").equals(rows_of(ws))
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "clips",
        "manifest.parquet",
    ]
    size = sum(map(len, working(ws).values()))
    assert (report.num_clips, report.num_fetched, report.fetched_bytes) == (30, 30, size)
    assert (report.size_bytes, report.length_seconds) == (size, 7.5)
    assert steps == sorted(steps)
    assert steps[-1] == (size, size, "B")


def test_a_condition_and_a_split_choose_the_clips(ws: Workspace, tmp_path: Path) -> None:
    report = ws.pull("scots@v1", tmp_path / "out", split="train", filter="speaker = 'speaker1'")
    rows = read_manifest(tmp_path / "out" / "manifest.parquet")
    assert report.num_clips == 10
    assert set(rows["speaker"].to_pylist()) == {"speaker1"}
    assert set(pulled(tmp_path / "out")) == set(rows["clip_id"].to_pylist())


def test_what_is_there_is_not_fetched_again(ws: Workspace, tmp_path: Path) -> None:
    ws.pull("scots@v1", tmp_path / "out")
    paths = sorted((tmp_path / "out" / "clips").iterdir())
    before = {path: path.stat().st_mtime_ns for path in paths}
    paths[0].unlink()
    data = bytearray(paths[10].read_bytes())
    data[-1] ^= 1  # the same size, other bytes
    paths[10].write_bytes(data)
    paths[20].write_bytes(b"short")
    report = ws.pull("scots@v1", tmp_path / "out")
    assert report.num_fetched == 3
    assert pulled(tmp_path / "out") == working(ws)
    written = [path for path in paths if path.stat().st_mtime_ns != before[path]]
    assert written == [paths[0], paths[10], paths[20]]
    assert ws.pull("scots@v1", tmp_path / "out").num_fetched == 0


def test_near_clips_travel_in_one_request(
    tmp_path: Path, s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = changed(make_workspace(tmp_path / "work"), store=s3_url)
    num_shards = len(publish(ws).record.shards)
    with faulty_proxy(start_s3().port) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{proxy.port}")
        ws.pull("scots@v1", tmp_path / "out")
    shards = [request for request in proxy.seen if "/shards/" in request]
    assert len(shards) == num_shards < 30


def test_files_of_other_clips_are_told_and_left_alone(local: Workspace, tmp_path: Path) -> None:
    local.pull("scots@v1", tmp_path / "out")
    report = local.pull("scots@v1", tmp_path / "out", split="test")
    assert (report.num_clips, report.num_others, report.num_fetched) == (10, 20, 0)
    assert len(pulled(tmp_path / "out")) == 30
    assert read_manifest(tmp_path / "out" / "manifest.parquet").num_rows == 10


def test_withdrawn_clips_stay_out_and_it_is_told(local: Workspace, tmp_path: Path) -> None:
    local.forget(speaker="speaker1", yes=True)
    with pytest.warns(WithdrawnWarning, match="10 clips were withdrawn from scots@v1"):
        report = local.pull("scots@v1", tmp_path / "out")
    assert report.num_clips == len(pulled(tmp_path / "out")) == 20


def test_a_damaged_shard_is_one_error_and_no_clip_of_it_is_believed(
    local: Workspace, tmp_path: Path
) -> None:
    path = damage(local, 1)
    with pytest.raises(IntegrityError, match=rf"clip \S+ of scots@v1 is damaged: .*{path.name}"):
        local.pull("scots@v1", tmp_path / "out")
    assert not (tmp_path / "out" / "manifest.parquet").exists()
    for clip_id, flac in pulled(tmp_path / "out").items():
        assert flac == working(local)[clip_id]


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (Path.unlink, "its shard .* is missing"),
        (lambda path: path.write_bytes(path.read_bytes()[:2000]), "is damaged: it has 2000 bytes"),
    ],
)
def test_a_shard_that_is_gone_or_cut_short_is_one_error(
    local: Workspace, tmp_path: Path, harm: object, message: str
) -> None:
    shard = record_of(local).shards[0]
    harm(Path(local.settings.store) / shard_key("scots", shard.sha256))  # type: ignore[operator]
    with pytest.raises(IntegrityError, match=message):
        local.pull("scots@v1", tmp_path / "out")


def test_a_pull_that_failed_has_no_old_manifest_and_goes_on_where_it_was(
    local: Workspace, tmp_path: Path
) -> None:
    """An older manifest would describe clips that are being replaced."""
    local.pull("scots@v1", tmp_path / "out", split="test")
    path = damage(local, -1)
    with pytest.raises(IntegrityError):
        local.pull("scots@v1", tmp_path / "out")
    assert not (tmp_path / "out" / "manifest.parquet").exists()
    there = len(pulled(tmp_path / "out"))
    data = bytearray(path.read_bytes())
    rows = rows_of(local).to_pylist()
    data[rows[-1]["offset_bytes"] + 100] ^= 1
    path.write_bytes(data)
    report = local.pull("scots@v1", tmp_path / "out")
    assert report.num_fetched == 30 - there
    assert pulled(tmp_path / "out") == working(local)


KILLED = """
import itertools, os, signal, sys
import audioset
from audioset.storage import files
from audioset.versions.read import local_clips
calls, write = itertools.count(1), files.write_atomically  # threads call at once

def deadly(path, fill, **named):
    number = next(calls)
    def half(file):
        if number == int(sys.argv[3]):
            file.write(b"half")
            file.flush()
            os.kill(os.getpid(), signal.SIGKILL)
        fill(file)
    write(path, half, **named)

local_clips.write_atomically = deadly
audioset.open_workspace(sys.argv[1]).pull("scots@v1", sys.argv[2])
"""


@pytest.mark.parametrize("call", [1, 17])
def test_a_pull_that_is_killed_leaves_whole_clips_only(
    local: Workspace, tmp_path: Path, call: int
) -> None:
    words = [str(local.folder), str(tmp_path / "out"), str(call)]
    run = subprocess.run(
        [sys.executable, "-c", KILLED, *words], cwd=Path(__file__).parents[2], check=False
    )
    assert run.returncode == -signal.SIGKILL
    there = pulled(tmp_path / "out")
    assert len(there) < 30
    assert there.items() <= working(local).items()
    assert not (tmp_path / "out" / "manifest.parquet").exists()
    assert local.pull("scots@v1", tmp_path / "out").num_fetched == 30 - len(there)
    assert pulled(tmp_path / "out") == working(local)


FULL_DISK = """
import sys
import audioset
from audioset.errors import StorageError
try:
    audioset.open_workspace(sys.argv[1]).pull("scots@v1", sys.argv[2])
except StorageError as error:
    print(error)
"""


def test_a_full_disk_is_one_line(local: Workspace, tmp_path: Path) -> None:
    """The limit on file sizes stands for the full disk: the same call fails in the same place."""
    run = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(local.folder), str(tmp_path / "out")],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, 1_000)),
        capture_output=True,
        text=True,
        check=True,
    )
    [line] = run.stdout.splitlines()
    assert line.startswith(f"cannot write {tmp_path}/out/clips/")
    assert line.endswith(".flac: File too large")
    assert list((tmp_path / "out" / "clips").iterdir()) == []


def test_a_folder_that_holds_something_else_is_refused(local: Workspace, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="is a workspace, whose clips would be replaced"):
        local.pull("scots@v1", local.folder)
    (tmp_path / "file").write_text("x")
    with pytest.raises(InvalidInputError, match="is a file; name a folder"):
        local.pull("scots@v1", tmp_path / "file")
    (tmp_path / "manifest.parquet").write_text("mine")
    with pytest.raises(InvalidInputError, match="is not a Parquet file"):
        local.pull("scots@v1", tmp_path)
    assert (tmp_path / "manifest.parquet").read_text() == "mine"


def test_no_clip_is_told_with_what_there_is(local: Workspace, tmp_path: Path) -> None:
    for words, message in (
        ({"split": "dev"}, "no clip of scots@v1 has split 'dev'; splits are: test, train"),
        ({"filter": "take = 9"}, "no clip of scots@v1 meets the condition 'take = 9'"),
        ({"filter": "nonsense"}, "the condition 'nonsense' cannot be used"),
    ):
        with pytest.raises(InvalidInputError, match=message):
            local.pull("scots@v1", tmp_path / "out", **words)  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("clip_id", ["../evil", "a/b", "", "a\n", "A", "x" * 96])
def test_a_clip_id_that_would_leave_the_folder_is_refused(clip_id: str) -> None:
    require_clip_names(pa.table({"clip_id": ["x" * 95, "a-1"]}), "scots@v1")
    with pytest.raises(IntegrityError, match="cannot be a clip id"):
        require_clip_names(pa.table({"clip_id": ["a-1", clip_id]}), "scots@v1")


SHARDS = st.lists(st.lists(st.integers(1, 60), min_size=1, max_size=8), max_size=4)


@given(SHARDS, st.integers(10, 200), st.randoms(use_true_random=False))
def test_requests_hold_every_clip_once_and_span_no_more_than_they_may(
    sizes: list[list[int]], request_bytes: int, random: object
) -> None:
    rows = []
    for number, shard in enumerate(sizes):
        offset = 0
        for size in shard:
            if random.random() < 0.7:  # type: ignore[attr-defined]  # some clips are not wanted
                rows.append(
                    {"shard_sha256": str(number), "offset_bytes": offset, "size_bytes": size}
                )
            offset += size + 512
    random.shuffle(rows)  # type: ignore[attr-defined]
    names = ("shard_sha256", "offset_bytes", "size_bytes")
    table = pa.table({name: [row[name] for row in rows] for name in names})
    plan = plan_requests(table, request_bytes=request_bytes)
    assert sorted(place for part in plan for place in part) == list(range(len(rows)))
    for part in plan:
        some = [rows[place] for place in part]
        assert len({row["shard_sha256"] for row in some}) == 1
        span = some[-1]["offset_bytes"] + some[-1]["size_bytes"] - some[0]["offset_bytes"]
        assert len(some) == 1 or span <= request_bytes


def test_a_clip_that_changed_between_versions_is_replaced(local: Workspace, tmp_path: Path) -> None:
    local.pull("scots@v1", tmp_path / "out")
    add_source(local, "late.mp4", 2, speaker="ada")
    publish(local)
    assert local.pull("scots@v2", tmp_path / "out").num_fetched == 2
    assert pulled(tmp_path / "out") == working(local)
    hashes = read_manifest(tmp_path / "out" / "manifest.parquet").to_pylist()
    for row in hashes:
        flac = pulled(tmp_path / "out")[row["clip_id"]]
        assert hashlib.sha256(flac).hexdigest() == row["audio_sha256"]
