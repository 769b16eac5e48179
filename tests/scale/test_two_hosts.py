"""Two hosts on one shared folder, as namespaces: the number of a process means nothing on both."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import audioset
from tests.scale.jobs import NUM_TALKS, manifests_in

_HOST = ("unshare", "--pid", "--uts", "--fork", "--kill-child", "--mount-proc")


def require_namespaces() -> None:
    """Skip the test where this user may not make namespaces."""
    if shutil.which("unshare") is None:
        pytest.skip("no unshare")
    if subprocess.run([*_HOST, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this user may not make namespaces of processes")


def start_on(host: str, workspace: Path, *words: str | Path) -> subprocess.Popen[bytes]:
    """Start a command on a host of its own, whose processes see no others."""
    command = [sys.executable, "-m", "audioset", *words, "--workspace", workspace]
    named = 'hostname "$0" && exec "$@"'
    return subprocess.Popen(
        [*_HOST, "sh", "-c", named, host, *map(str, command)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def test_nothing_of_one_host_is_deleted_by_the_other(videos: Path, tmp_path: Path) -> None:
    require_namespaces()
    alone = audioset.init(tmp_path / "alone" / "talks")
    alone.cut(videos, workers=1)
    ws = audioset.init(tmp_path / "shared" / "talks")
    one, two = sorted(videos.iterdir())[:4], sorted(videos.iterdir())[2:]  # two of both
    first = start_on("one", ws.folder, "cut", *one)
    second = start_on("two", ws.folder, "cut", *two)
    while not list(ws.manifests_dir.glob("*.parquet")) and first.poll() is None:
        time.sleep(0.02)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    published = []
    while second.poll() is None:
        job = start_on("three", ws.folder, "publish", "--no-track", "--add")
        said = job.communicate()[1]
        published.append((job.returncode, said))
    said = second.communicate()[1]
    assert second.returncode == 0, said
    assert {status for status, _ in published} == {0}, published
    again = [start_on(host, ws.folder, "cut", videos) for host in ("one", "two")]
    told = [job.communicate()[1] for job in again]
    assert [job.returncode for job in again] == [0, 0], told
    assert manifests_in(ws) == manifests_in(alone)
    assert {path.name: path.read_bytes() for path in ws.clips_dir.glob("*.flac")} == {
        path.name: path.read_bytes() for path in alone.clips_dir.glob("*.flac")
    }
    assert not list(ws.clips_dir.glob(".*.part"))
    assert len(ws.status().sources.here.sources) == NUM_TALKS
    mine = ws.publish(track=False)
    assert mine.record.digest == alone.publish(track=False).record.digest
    assert ws.verify(f"talks@v{mine.record.version}").problems == ()
