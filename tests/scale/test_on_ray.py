"""Long work on a real cluster of Ray, two nodes on this machine; workspace and store on S3."""

import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import audioset
from audioset.engine import Needs
from audioset.errors import AudiosetError, IntegrityError, InvalidInputError
from audioset.hearing.align.voices.espeak import is_installed, speak
from audioset.records.lines import Line
from audioset.records.plugin_contracts import SOUND_RATE
from audioset.storage.store import open_store
from audioset.versions.layout import shard_key
from audioset.workspace import Workspace
from tests.plugin_packages import install
from tests.scale.cluster import give_up, kill_one, once, ray_is_on, tasks, two_nodes
from tests.scale.jobs import NUM_TALKS, files_in, manifests_at, manifests_in, start
from tests.sounds import silence, write_audio
from tests.training.optional import require
from tests.workspaces import add_source, make_workspace

CARDED = """
import os
from audioset.plugins import Hypothesis, Needs

class Carded:
    name, version = "carded", "1"

    def transcribe(self, sounds, languages):
        import ray
        node = ray.get_runtime_context().get_node_id()
        text = f"card {os.environ['CUDA_VISIBLE_DEVICES']} of {node}"
        return [Hypothesis(text) for _ in sounds]

def open_carded(weights, threads):
    return Carded()

open_carded.needs = Needs(memory_bytes=300_000_000, num_gpus=1)
"""
LINES = {
    "cs": "Vítejte v nejkrásnějším městě pod sluncem.\nZachovejte klid a rozvahu.",
    "fr": "La Nature est un temple où de vivants piliers\nLaissent parfois sortir des paroles",
}
CARDED_POINT = "[audioset.transcribers]\ncarded = carded:open_carded\n"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Two nodes that have a plug-in; Ray counts a card of the other one, and looks for none."""
    folder = tmp_path_factory.mktemp("carded")
    with pytest.MonkeyPatch.context() as patch:
        install(folder, patch, package="carded", code=CARDED, points=CARDED_POINT)
        with two_nodes(num_gpus=1) as made:
            yield made


def store_of_many_shards(folder: Path, s3_url: str) -> Workspace:
    """Publish what is many tasks to verify and to export."""
    made = make_workspace(folder, sources=12, clips_per_source=20)
    ws = audioset.open_workspace(made.folder, store=f"{s3_url}/store")
    ws.publish(track=False, shard_bytes=2000)
    return ws


def test_a_cluster_gives_what_one_process_gives_also_when_a_worker_is_killed(
    cluster: Any,
    address: str,
    videos: Path,
    alone: Workspace,
    capsys: pytest.CaptureFixture[str],
) -> None:
    capsys.readouterr()
    ws = audioset.open_workspace(address)
    at = {"engine": "ray", "address": cluster.address}
    report = ws.cut(videos, progress=once(kill_one), **at)
    # Who was killed may have been done, and only not have said so.
    assert {source.status for source in report.sources} <= {"cut", "unchanged"}
    assert capsys.readouterr().out == ""  # where results go, Ray says nothing
    assert manifests_at(address) == manifests_in(alone)
    assert ws.describe().num_clips == report.num_clips  # what was made elsewhere is seen here


def test_a_store_is_verified_and_exported_there_as_it_is_here(
    cluster: Any, s3_url: str, tmp_path: Path
) -> None:
    made = make_workspace(tmp_path / "w", sources=3, clips_per_source=9)
    ws = audioset.open_workspace(made.folder, store=f"{s3_url}/store")
    shards = ws.publish(track=False, shard_bytes=2000).record.shards
    at = {"engine": "ray", "address": cluster.address}
    told: list[float] = []

    def progress(task: str, part: float, total: float | None, unit: str) -> None:
        told.append(part)

    assert ws.verify(decode=True, progress=progress, **at) == ws.verify(decode=True)
    assert len(told) > len(shards) > 3
    assert told == sorted(told)
    for where, more in (("here", {}), ("there", {**at, "progress": once(kill_one, after=1)})):
        ws.export("lhotse-shar", "scots@v1", tmp_path / where, sampling_rate=12_000, **more)
    assert files_in(tmp_path / "there") == files_in(tmp_path / "here")
    store = open_store(f"{s3_url}/store")
    for shard, data in zip(shards[:2], (None, b"no tar"), strict=True):
        key = shard_key("scots", shard.sha256)
        store.delete(key)
        if data is not None:
            store.put_new(key, data)
    found = ws.verify(**at)
    assert found == ws.verify()
    assert len(found.problems) == 2
    with pytest.raises(IntegrityError, match="is missing"):
        ws.export("lhotse-shar", "scots@v1", tmp_path / "no", sampling_rate=12_000, **at)
    assert not (tmp_path / "no").exists()


def test_a_store_that_other_machines_do_not_see_is_no_store_of_a_cluster(
    cluster: Any, tmp_path: Path
) -> None:
    ws = make_workspace(tmp_path / "w", sources=2, clips_per_source=2)
    record = ws.publish(track=False).record
    at = {"engine": "ray", "address": cluster.address}
    assert ws.verify(**at).problems == ()
    place = tmp_path / "w" / "store"
    away = once(
        lambda: place.rename(tmp_path / "away"),
        after=sum(part.size_bytes for part in record.manifests),
    )
    with pytest.raises(AudiosetError, match="a folder is a store of one machine"):
        ws.verify(progress=away, **at)
    with pytest.raises(InvalidInputError, match="of this process alone"):
        audioset.open_workspace(ws.folder, store="memory://").verify(**at)


def test_a_transcriber_runs_where_the_card_is_that_it_asks_for(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = audioset.init(tmp_path / "w")
    for number in range(3):
        add_source(ws, f"talk{number}.mp4", 1)
    at = {"engine": "ray", "address": cluster.address}
    report = ws.transcribe(model="carded", **at)
    assert (report.num_written, report.failures) == (3, ())
    assert set(ws.to_pandas().text) == {f"card 0 of {cluster.other.node_id}"}
    opener = sys.modules["carded"].open_carded
    monkeypatch.setattr(opener, "needs", Needs(num_gpus=2))
    with pytest.raises(UserWarning, match="no node of the cluster has 2 graphics cards"):
        ws.transcribe(model="carded", again=True, **at)
    monkeypatch.setattr(opener, "needs", Needs(num_gpus=-1))
    with pytest.raises(InvalidInputError, match="says that it needs Needs"):
        ws.transcribe(model="carded")


@pytest.mark.slow
def test_who_gives_up_ends_the_tasks_and_leaves_nothing(
    cluster: Any, s3_url: str, tmp_path: Path
) -> None:
    made = make_workspace(tmp_path / "w", sources=3, clips_per_source=9)
    ws = audioset.open_workspace(made.folder, store=f"{s3_url}/store")
    record = ws.publish(track=False, shard_bytes=2000).record
    at = {"engine": "ray", "address": cluster.address}
    parts = sum(part.size_bytes for part in record.manifests)
    with pytest.raises(KeyboardInterrupt):
        ws.verify(progress=once(give_up, after=parts + 1), **at)
    with pytest.raises(KeyboardInterrupt):
        ws.export("kaldi", "scots@v1", tmp_path / "out", progress=once(give_up, after=1), **at)
    while tasks():
        time.sleep(0.1)
    assert not ray_is_on()
    assert not (tmp_path / "out").exists()


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
@pytest.mark.skipif(not is_installed(), reason="pip install 'audioset[align]'")
def test_lines_of_any_language_are_found_there_as_here(
    cluster: Any, address: str, tmp_path: Path
) -> None:
    folder = tmp_path / "videos"
    folder.mkdir()
    for voice, text in LINES.items():
        lines = [Line(number=n, text=each) for n, each in enumerate(text.splitlines(), 1)]
        gap = silence(0.8, SOUND_RATE)
        said = [part for speech in speak(lines, voice) for part in (gap, speech.samples)]
        write_audio(folder / f"{voice}.wav", np.concatenate([*said, gap]), SOUND_RATE)
        (folder / f"{voice}.txt").write_text(text, "utf-8")
    here = f"{address.removesuffix('/talks')}/here/talks"
    by_lines = {"options": {"by": "lines"}, "into_store": True}
    report = audioset.init(here).cut(folder, workers=1, **by_lines)
    there = audioset.open_workspace(address)
    assert there.cut(folder, engine="ray", address=cluster.address, **by_lines) == report
    assert manifests_at(address) == manifests_at(here)
    assert set(there.to_pandas().text) == {t for text in LINES.values() for t in text.splitlines()}


@pytest.mark.slow
def test_a_node_that_is_lost_loses_nothing(address: str, videos: Path, alone: Workspace) -> None:
    with two_nodes() as cluster:
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


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["verify", "export"])
def test_ctrl_c_ends_the_tasks_of_a_command_which_may_start_again(
    cluster: Any, s3_url: str, tmp_path: Path, verb: str
) -> None:
    ws = store_of_many_shards(tmp_path / "w", s3_url)
    ws.export("lhotse-shar", "scots@v1", tmp_path / "here", sampling_rate=12_000)
    to = tmp_path / "there"
    words = {
        "verify": ("verify", "--decode"),
        "export": ("export", "lhotse-shar", "scots@v1", to, "--sampling-rate", "12000"),
    }[verb]
    at = ("--workspace", ws.folder, "--store", ws.settings.store)
    at += ("--engine", "ray", "--address", cluster.address)
    job = start(*words, *at)
    while not tasks() and job.poll() is None:
        time.sleep(0.01)
    job.send_signal(signal.SIGINT)
    said = job.communicate()[1]
    assert job.returncode == 130, said
    assert b"Traceback" not in said
    while tasks():  # those that were under way end, too
        time.sleep(0.1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["here", "w"]
    again = start(*words, *at)
    said = again.communicate()[1]
    assert again.returncode == 0, said
    if verb == "export":
        assert files_in(to) == files_in(tmp_path / "here")


@pytest.mark.slow
def test_an_export_goes_on_when_a_node_is_lost(s3_url: str, tmp_path: Path) -> None:
    ws = store_of_many_shards(tmp_path / "w", s3_url)
    ws.export("lhotse-shar", "scots@v1", tmp_path / "here", sampling_rate=12_000)
    with two_nodes() as cluster:
        lose = once(lambda: cluster.remove_node(cluster.other, allow_graceful=False), after=1)
        at = {"engine": "ray", "address": cluster.address, "progress": lose}
        ws.export("lhotse-shar", "scots@v1", tmp_path / "there", sampling_rate=12_000, **at)
        assert len(cluster.list_all_nodes()) == 1
    assert files_in(tmp_path / "there") == files_in(tmp_path / "here")


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
