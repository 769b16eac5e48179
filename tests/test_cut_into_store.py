"""Sources cut straight into the store: no clip lies here, and all is as where files were cut."""

import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

import audioset
from audioset.cli.app import run
from audioset.curation.workspace.clip_audio import place_of_clip
from audioset.curation.workspace.effective import read_all_effective
from audioset.errors import MediaError, NotFoundError, StorageError
from audioset.records.manifest import Clip, clips_from_table
from audioset.workspace import Workspace
from tests.plugin_packages import install_documented
from tests.review_server.asking import asker_of
from tests.servers import s3_url
from tests.sounds import SPEECH_RATE, spoken, write_audio, write_speech
from tests.workspaces import add_source, changed

__all__ = ["s3_url"]

STORAGE = ("shard_sha256", "offset_bytes")


def clips(ws: Workspace) -> list[Clip]:
    return list(clips_from_table(read_all_effective(ws.working)))


def read(ws: Workspace, clip: Clip) -> bytes:
    return ws.working.audio.read(place_of_clip(clip))


def local(ws: Workspace) -> list[str]:
    return sorted(path.name for path in ws.clips_dir.iterdir())


def shards(ws: Workspace) -> dict[str, int]:
    """Sizes of the shards in the store, by key."""
    return {found.key: found.size_bytes for found in ws.store.list_objects("scots/shards")}


@pytest.fixture(scope="module")
def talks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("talks")
    write_speech(folder / "talk.wav")
    return folder


def make(directory: Path, store: str | None = None) -> Workspace:
    ws = audioset.init(directory, name="scots")
    return audioset.open_workspace(ws.folder, store=store)


@pytest.fixture(params=["local", "s3"])
def stored(request: pytest.FixtureRequest, tmp_path: Path, talks: Path) -> Workspace:
    """A workspace whose only source was cut into a store of each kind."""
    url = None if request.param == "local" else request.getfixturevalue("s3_url")
    ws = make(tmp_path / "stored", url)
    report = ws.cut(talks, speaker="isla", into_store=True)
    assert [source.status for source in report.sources] == ["cut"]
    return ws


def test_a_publish_sends_nothing_and_all_is_as_where_files_were_cut(
    stored: Workspace, talks: Path, tmp_path: Path
) -> None:
    files = make(tmp_path / "files")
    files.cut(talks, speaker="isla")
    assert local(files)
    assert not local(stored)
    assert len(shards(stored)) == 1
    for there, here in zip(clips(stored), clips(files), strict=True):
        assert there.is_in_store
        flac = (files.clips_dir / f"{here.clip_id}.flac").read_bytes()
        assert read(stored, there) == flac
    before = shards(stored)
    there, here = stored.publish(track=False), files.publish(track=False)
    assert (there.uploaded_bytes, there.num_new_shards) == (0, 0)
    assert there.record.digest == here.record.digest
    assert shards(stored) == before
    assert stored.publish(track=False).unchanged
    assert stored.verify(decode=True).problems == ()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, talks: Path) -> Path:
    ws = make(tmp_path_factory.mktemp("template") / "scots")
    ws.cut(talks, speaker="isla", into_store=True)
    return ws.folder


@pytest.fixture
def ws(template: Path, tmp_path: Path) -> Workspace:
    """A workspace whose only source was cut into its own store."""
    return audioset.open_workspace(shutil.copytree(template, tmp_path / "scots"))


def aged(ws: Workspace, key: str, **age: float) -> None:
    """Let an object of a local store be as old as that."""
    moment = time.time() - timedelta(**age).total_seconds()
    os.utime(Path(ws.store.url) / key, (moment, moment))


def test_every_verb_works_without_a_file(ws: Workspace, talks: Path) -> None:
    status = ws.status()
    assert status.clips is not None
    first, *rest = clips(ws)
    assert (status.clips.num_thin, status.clips.without_audio) == (1 + len(rest), ())
    assert status.next_publish is not None
    assert status.next_publish.is_needed
    assert ws.describe().num_clips == len(clips(ws))
    assert ws.measure(again=True).num_measured == len(clips(ws))
    assert ws.check().num_clips == len(clips(ws))
    assert ws.dedupe().num_clips == len(clips(ws))
    ws.decide([audioset.Decision("clip", first.clip_id, "accepted", False)])
    ws.remove(rest[0].clip_id, yes=True)
    assert [s.status for s in ws.cut(talks).sources] == ["unchanged"]
    assert ws.fetch().num_fetched == len(rest)
    assert len(local(ws)) == len(rest)
    (cut,) = shards(ws)
    made = ws.publish(track=False)
    assert (made.record.num_clips, made.record.num_dead_clips) == (len(rest) - 1, 0)
    assert made.uploaded_bytes, "two of six are more than the tenth that may be dead"
    named = {clip.shard_sha256 for clip in clips(ws)}
    assert len(named) == 2, "clips of the version moved with it, the rejected one stays"
    assert ws.collect(yes=True).removed == ()
    assert cut in shards(ws)
    assert ws.free(yes=True).num_freed == len(rest)
    assert not local(ws)
    assert ws.verify(decode=True).problems == ()
    assert ws.diff("scots@v1").added == ()


def test_other_options_write_another_shard_and_the_old_one_is_collected_in_time(
    ws: Workspace, talks: Path
) -> None:
    ws.publish(track=False)
    (first,) = shards(ws)
    ws.cut(talks, options={"sampling_rate": 8000})
    assert not local(ws), "as the source was cut, without saying it again"
    (second,) = shards(ws).keys() - {first}
    ws.cut(talks, options={"sampling_rate": 8000, "pad_seconds": 0.05}, yes=True)
    (third,) = shards(ws).keys() - {first, second}
    for key in shards(ws):
        aged(ws, key, days=6)
    assert ws.collect(yes=True).removed == (), "others may not have published it yet"
    aged(ws, second, days=8)
    aged(ws, third, days=8)
    assert ws.collect().removed == (second,)
    assert ws.collect(yes=True).removed == (second,)
    assert set(shards(ws)) == {first, third}
    assert ws.publish(track=False).uploaded_bytes == 0
    assert ws.verify().problems == ()


def test_what_another_workspace_has_not_published_is_safe_until_the_age_limit(
    ws: Workspace, talks: Path, tmp_path: Path
) -> None:
    (shard,) = shards(ws)
    other = make(tmp_path / "other", ws.store.url)
    add_source(other, "of other.mp4", 2)
    other.publish(track=False)
    aged(ws, shard, days=6)
    assert other.collect(yes=True).removed == ()
    aged(ws, shard, days=8)
    assert other.collect(yes=True).removed == (shard,)
    with pytest.raises(MediaError, match=r"its shard .* is not in the store; cut its source again"):
        ws.publish(add=True, track=False)
    assert [source.status for source in ws.cut(talks).sources] == ["cut"]
    assert set(shards(ws)) >= {shard}, "the same bytes again"
    made = ws.publish(add=True, track=False)
    assert made.uploaded_bytes == 0
    assert ws.verify().problems == ()


def test_a_shard_that_goes_while_it_is_published_is_told_before_the_record(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    import audioset.versions.publish.publish  # noqa: F401

    publishing = sys.modules["audioset.versions.publish.publish"]
    (shard,) = shards(ws)
    put = publishing.put_manifests

    def meanwhile(*said: object) -> object:
        ws.store.delete(shard)
        return put(*said)

    monkeypatch.setattr(publishing, "put_manifests", meanwhile)
    with pytest.raises(MediaError, match=r"its shard .* is not in the store; cut its source again"):
        ws.publish(track=False)
    assert ws.versions() == []


def test_collect_looks_again_at_what_was_published_since(
    ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from audioset.versions import collect

    (shard,) = shards(ws)
    other = make(tmp_path / "other", ws.store.url)
    add_source(other, "of other.mp4", 2)
    other.publish(track=False)
    aged(ws, shard, days=8)
    older = collect._older_than

    def meanwhile(*said: object) -> object:
        ws.publish(add=True, track=False)
        return older(*said)  # type: ignore[arg-type]

    monkeypatch.setattr(collect, "_older_than", meanwhile)
    assert other.collect(yes=True).removed == ()
    assert ws.verify().problems == ()


def test_files_become_a_shard_when_it_is_said_and_stay_where_it_is_not(
    talks: Path, tmp_path: Path
) -> None:
    ws = make(tmp_path / "files")
    ws.cut(talks)
    before = {
        clip.clip_id: (ws.clips_dir / f"{clip.clip_id}.flac").read_bytes() for clip in clips(ws)
    }
    ws.decide([audioset.Decision("clip", min(before), "text", "said by a person")])
    assert [source.status for source in ws.cut(talks).sources] == ["unchanged"]
    assert [source.status for source in ws.cut(talks, into_store=True).sources] == ["cut"]
    assert not local(ws)
    assert {clip.clip_id: read(ws, clip) for clip in clips(ws)} == before
    assert "said by a person" in {clip.text for clip in clips(ws)}
    assert [source.status for source in ws.cut(talks, into_store=True).sources] == ["unchanged"]
    shorter = {"options": {"pause_seconds": 0.3}, "into_store": False, "yes": True}
    assert [source.status for source in ws.cut(talks, **shorter).sources] == ["cut"]  # type: ignore[arg-type]
    assert len(local(ws)) == len(clips(ws))
    assert not any(clip.is_in_store for clip in clips(ws))


def test_nothing_is_sent_of_a_source_that_is_kept(ws: Workspace, talks: Path) -> None:
    before = shards(ws)
    ws.decide([audioset.Decision("clip", clips(ws)[0].clip_id, "text", "of a person")])
    report = ws.cut(talks, options={"by": "windows", "every_seconds": 30})
    assert [source.status for source in report.sources] == ["kept"]
    assert shards(ws) == before


@pytest.mark.slow  # starts processes
def test_several_processes_put_their_sources_and_a_successor_goes_where_the_first_went(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "talks"
    folder.mkdir()
    write_speech(folder / "one.wav")
    samples, _ = spoken()
    write_audio(folder / "other.wav", samples[: 4 * SPEECH_RATE], SPEECH_RATE)
    ws = make(tmp_path / "scots")
    report = ws.cut(folder, into_store=True, workers=2)
    assert [source.status for source in report.sources] == ["cut", "cut"]
    assert len(shards(ws)) == 2
    write_audio(folder / "other.wav", samples[SPEECH_RATE // 2 : 4 * SPEECH_RATE], SPEECH_RATE)
    (_, edited) = ws.cut(folder, replace=True).sources
    assert edited.succession is not None
    assert not local(ws)
    assert ws.publish(track=False).uploaded_bytes == 0


def test_the_settings_may_say_it(talks: Path, tmp_path: Path) -> None:
    folder = make(tmp_path / "scots").folder
    with (folder / "audioset.toml").open("r+") as file:
        file.write('name = "scots"\ncut_into_store = true\n')
        file.truncate()
    assert run(["cut", str(talks), "--workspace", str(folder)]) == 0
    ws = audioset.open_workspace(folder)
    assert not local(ws)
    assert len(shards(ws)) == 1


def test_what_was_withdrawn_does_not_come_back_to_the_store(
    ws: Workspace, talks: Path, tmp_path: Path
) -> None:
    (shard,) = shards(ws)
    first, *rest = clips(ws)
    ws.decide([audioset.Decision("clip", rest[0].clip_id, "accepted", False)])
    ws.remove(rest[1].clip_id, yes=True)
    left = {clip.clip_id: read(ws, clip) for clip in rest}
    ws.forget(clip=first.clip_id, yes=True)
    (anew,) = shards(ws)
    assert anew != shard
    assert left.pop(rest[1].clip_id)
    assert {c.clip_id: read(ws, c) for c in clips(ws)} == left
    ws.cut(talks)
    other = make(tmp_path / "other", ws.store.url)
    (cut,) = other.cut(talks, into_store=True).sources
    assert cut.num_clips == len(rest)
    assert any("1 clip holds withdrawn speech" in warning for warning in cut.warnings)
    ws.publish(track=False)
    ws.forget(source=first.source_id, yes=True)
    assert shards(ws) == {}, "and what nobody had published yet"
    assert list(ws.manifests_dir.glob("*.parquet"))
    with pytest.raises(NotFoundError, match=r"no file here, and .* is gone: it was withdrawn"):
        read(other, clips(other)[0])


def test_a_withdrawal_that_is_broken_off_is_completed_by_the_next(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from audioset.versions.forget import ShardsWithout

    def broken_off(_: ShardsWithout) -> None:
        raise StorageError("off")

    (shard,) = shards(ws)
    first, *rest = clips(ws)
    left = {clip.clip_id: read(ws, clip) for clip in rest}
    with monkeypatch.context() as broken:
        broken.setattr(ShardsWithout, "remove_old", broken_off)
        with pytest.raises(StorageError, match="off"):
            ws.forget(clip=first.clip_id, yes=True)
    assert shard in shards(ws)
    ws.forget(clip=first.clip_id, yes=True)
    assert shard not in shards(ws)
    assert {clip.clip_id: read(ws, clip) for clip in clips(ws)} == left
    assert ws.publish(track=False).uploaded_bytes == 0
    ws.decide([audioset.Decision("clip", rest[0].clip_id, "accepted", False)])
    assert changed(ws, dead_share=1.0).publish(track=False).record.num_dead_clips == 1
    ws.forget(clip=rest[0].clip_id, yes=True)
    assert ws.verify(decode=True).problems == ()
    assert {version.num_dead_clips for version in ws.versions()} == {0}


def test_the_review_plays_what_lies_in_the_store(ws: Workspace) -> None:
    clip = clips(ws)[0]
    with ws.review(open=False) as served:
        answer = asker_of(served).get(f"/audio/{clip.audio_sha256}")
    assert (answer.status, answer.body) == (200, read(ws, clip))


KILLED = """
import json, os, signal, sys
from pathlib import Path

import audioset
import audioset.curation.cut.one_source as one_source
import audioset.curation.cut.new_clips as new_clips
import audioset.versions.cut_shards
from audioset.storage.local_store import LocalStore

folder, talks, steps = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
calls, dies_at = 0, 0

def deadly(run):
    def step(*said, **named):
        global calls
        for part in (lambda: None, lambda: run(*said, **named)):
            given = part()
            calls += 1
            if calls == dies_at:
                os.kill(os.getpid(), signal.SIGKILL)
        return given
    return step

LocalStore.put_content = deadly(LocalStore.put_content)
one_source.write_manifest = deadly(one_source.write_manifest)
new_clips.remove_clip_files = deadly(new_clips.remove_clip_files)
for dies_at in range(1, steps + 1):
    child = os.fork()
    if not child:
        ws = audioset.open_workspace(folder / str(dies_at))
        ws.cut(talks, options={"sampling_rate": 8000}, into_store=True, workers=1)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def test_a_cut_that_is_killed_at_any_step_shows_what_was_or_what_is(
    talks: Path, tmp_path: Path
) -> None:
    """Killed before and after each of: the shard, the manifest, the removal of files before."""
    first = make(tmp_path / "first")
    first.cut(talks)
    old = {clip.clip_id: read(first, clip) for clip in clips(first)}
    steps = 6
    for step in range(1, steps + 1):
        shutil.copytree(first.folder, tmp_path / str(step))
    run = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), str(talks), str(steps)],
        cwd=Path(__file__).parents[1],
        check=True,
        capture_output=True,
        text=True,
    )
    assert run.stdout.split() == [str(-signal.SIGKILL)] * steps
    options = {"sampling_rate": 8000}
    seen = []
    for step in range(1, steps + 1):
        ws = audioset.open_workspace(tmp_path / str(step))
        seen.append({clip.clip_id: read(ws, clip) for clip in clips(ws)} == old)
        assert ws.status().clips.without_audio == ()  # type: ignore[union-attr]
        if step in (4, 5):  # files of the cut before are still there
            assert ws.publish(track=False).uploaded_bytes == 0
        assert ws.cut(talks, options=options, into_store=True).failed == ()
        assert ws.publish(track=False).uploaded_bytes == 0
        assert len(shards(ws)) == 1
        assert ws.verify(decode=True).problems == ()
    assert seen == [True, True, True, False, False, False]
    assert not [name for name in local(ws) if name.startswith(".")]


def test_a_model_hears_what_lies_in_the_store_alone(
    ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_documented(tmp_path / "counter", monkeypatch)
    heard = ws.transcribe(model="loud-counter")
    assert (heard.num_written, heard.failures) == (6, ())
    assert not local(ws)
    ws.publish(track=False)
    thin = audioset.open_workspace(ws.checkout("scots@v1", tmp_path / "thin").directory)
    again = thin.transcribe(model="loud-counter", again=True, workers=2)
    assert (again.num_written, again.failures) == (6, ())
    assert not list(thin.folder.glob("clips/*.flac"))
    assert [clip.text for clip in clips(thin)] == [clip.text for clip in clips(ws)]
