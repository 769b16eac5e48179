"""Long work on a real cluster of Ray, two nodes on this machine; workspace and store on S3."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import audioset
from audioset.errors import AudiosetError, InvalidInputError
from audioset.workspace import Workspace
from tests.scale.jobs import NUM_TALKS, manifests_at, manifests_in, start
from tests.training.optional import require

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
_TASK = "ray::_do"  # how a process is called that does one


@pytest.fixture
def cluster(s3_url: str) -> Iterator[Any]:  # its nodes must know how to reach that
    require("ray", "REQUIRE_RAY")
    from ray.cluster_utils import Cluster

    room = {"num_cpus": 1, "object_store_memory": 80_000_000, "include_dashboard": False}
    made = Cluster(initialize_head=True, head_node_args=room)
    made.other = made.add_node(num_cpus=1, object_store_memory=80_000_000)
    yield made
    made.shutdown()


def tasks() -> list[int]:
    """Process ids of what does tasks at this moment."""
    found = subprocess.run(["pgrep", "-f", _TASK], capture_output=True, text=True, check=False)
    return [int(word) for word in found.stdout.split()]


def once(harm: Callable[[], object]) -> Callable[..., None]:
    """Do harm when the first source is done."""
    done: list[int] = []

    def progress(task: str, part: float, total: float | None, unit: str) -> None:
        if not done:
            done.append(1)
            harm()

    return progress


def test_a_cluster_gives_what_one_process_gives_also_when_a_worker_is_killed(
    cluster: Any,
    address: str,
    videos: Path,
    alone: Workspace,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def kill_one() -> None:
        for pid in tasks()[:1]:
            os.kill(pid, signal.SIGKILL)

    capsys.readouterr()
    ws = audioset.open_workspace(address)
    at = {"engine": "ray", "address": cluster.address}
    report = ws.cut(videos, progress=once(kill_one), **at)
    # Who was killed may have been done, and only not have said so.
    assert {source.status for source in report.sources} <= {"cut", "unchanged"}
    assert capsys.readouterr().out == ""  # where results go, Ray says nothing
    assert manifests_at(address) == manifests_in(alone)
    assert ws.describe().num_clips == report.num_clips  # what was made elsewhere is seen here


@pytest.mark.slow
def test_other_work_is_done_there_too_and_a_bad_file_is_told(
    cluster: Any, address: str, videos: Path
) -> None:
    ws = audioset.open_workspace(address)
    at = {"engine": "ray", "address": cluster.address}
    report = ws.cut(videos, **at)
    measured = ws.measure(again=True, **at)
    assert (measured.num_measured, measured.failures) == (report.num_clips, ())
    checked = ws.check(**at)
    assert (checked.num_clips, checked.num_without_audio) == (report.num_clips, 0)
    assert checked.counts["near_duplicate"]  # the same words at other levels
    (videos / "no.wav").write_bytes(b"no sound")
    try:
        report = ws.cut(videos, **at)
    finally:
        (videos / "no.wav").unlink()
    assert [Path(source.path).name for source in report.failed] == ["no.wav"]
    assert len(report.sources) == NUM_TALKS + 1


@pytest.mark.slow
def test_a_node_that_is_lost_loses_nothing(
    cluster: Any, address: str, videos: Path, alone: Workspace
) -> None:
    lose = once(lambda: cluster.remove_node(cluster.other, allow_graceful=False))
    ws = audioset.open_workspace(address)
    report = ws.cut(videos, engine="ray", address=cluster.address, progress=lose)
    assert {source.status for source in report.sources} <= {"cut", "unchanged"}
    assert manifests_at(address) == manifests_in(alone)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_who_started_it_may_be_killed_and_start_again(
    cluster: Any, address: str, videos: Path, alone: Workspace, number: signal.Signals
) -> None:
    words = ("cut", videos, "--workspace", address, "--engine", "ray")
    job = start(*words, "--address", cluster.address)
    while not manifests_at(address) and job.poll() is None:
        time.sleep(0.02)
    job.send_signal(number)
    job.communicate()
    assert job.returncode
    while tasks():  # those that were under way end, too
        time.sleep(0.1)
    left = manifests_at(address)
    assert left.items() <= manifests_in(alone).items()
    again = start(*words, "--address", cluster.address)
    said = again.communicate()[1]
    assert again.returncode == 0, said
    assert manifests_at(address) == manifests_in(alone)


def test_what_is_no_engine_is_told(tmp_path: Path) -> None:
    ws = audioset.init(tmp_path / "w")
    with pytest.raises(InvalidInputError, match="no engine 'dask'; there is ray"):
        ws.measure(engine="dask")
    with pytest.raises(InvalidInputError, match="say engine ray, too"):
        ws.measure(address="auto")


@pytest.mark.slow  # Ray looks for it for a while
def test_a_cluster_that_is_not_there_is_named(tmp_path: Path) -> None:
    require("ray", "REQUIRE_RAY")
    ws = audioset.init(tmp_path / "w")
    with pytest.raises(AudiosetError, match=r"no cluster of Ray 127\.0\.0\.1:1"):
        ws.measure(engine="ray", address="127.0.0.1:1")
