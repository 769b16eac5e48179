import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import audioset
from audioset.curation.cut.edges.planners import SpeechPlanner
from audioset.curation.cut.find_clips import ClipFinder
from audioset.curation.cut.level import to_pcm
from audioset.errors import InvalidInputError
from audioset.hearing.speech.listen import listen
from audioset.media.decode import open_audio
from audioset.media.flac import decode_flac_pcm, pcm_sha256
from audioset.records.cut_options import CutOptions
from audioset.records.manifest import clips_from_table
from audioset.settings import WORKSPACE_FILE
from audioset.storage.tables import read_manifest
from audioset.workspace import Workspace
from tests.sounds import SPEECH_RATE, silence, spoken, tone, write_audio, write_speech


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    (tmp_path / "work").mkdir()
    return audioset.init(tmp_path / "work", name="scots")


def manifest_rows(ws: Workspace) -> list:
    return [
        clip
        for path in sorted(ws.manifests_dir.glob("*.parquet"))
        for clip in clips_from_table(read_manifest(path))
    ]


def files_below(folder: Path) -> dict[str, bytes]:
    """Give all files but what this machine remembers of where sources lie."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.parent != folder / "places"
    }


def test_each_take_becomes_one_clip_that_holds_it(tmp_path: Path, ws: Workspace) -> None:
    said = write_speech(tmp_path / "talk.wav")
    report = ws.cut([tmp_path / "talk.wav"])
    rows = manifest_rows(ws)
    assert report.num_clips == len(rows) == len(said)
    for row, take in zip(rows, said, strict=True):
        assert row.start_seconds <= take.start_seconds + 0.05
        assert row.end_seconds >= take.end_seconds - 0.15  # espeak ends its takes with silence
        assert row.length_seconds == pytest.approx(row.end_seconds - row.start_seconds)
        assert row.edge_speech < 0.5
    assert report.length_seconds == pytest.approx(sum(row.length_seconds for row in rows))


@pytest.mark.parametrize(("name", "codec"), [("talk.wav", "pcm_s16le"), ("talk.m4a", "aac")])
def test_a_clip_is_the_same_span_of_a_full_decode(
    tmp_path: Path, ws: Workspace, name: str, codec: str
) -> None:
    write_speech(tmp_path / name, codec=codec)
    ws.cut([tmp_path / name])
    with open_audio(tmp_path / name) as audio:
        whole = to_pcm(audio.read()[0], audio.bit_depth)
    for row in manifest_rows(ws):
        flac = (ws.clips_dir / f"{row.clip_id}.flac").read_bytes()
        pcm = decode_flac_pcm(flac, bit_depth=16, name=row.clip_id) >> 16
        assert np.array_equal(pcm, whole[row.start_sample : row.end_sample])
        assert row.num_samples == pcm.size
        assert row.pcm_sha256 == pcm_sha256(pcm.astype(np.int16))


def test_unchanged_sources_are_skipped_and_facts_are_kept(tmp_path: Path, ws: Workspace) -> None:
    write_speech(tmp_path / "talk.wav")
    ws.cut([tmp_path / "talk.wav"], facts={"speaker": "isla", "shirt": "red"})
    before = files_below(ws.folder)
    report = ws.cut([tmp_path / "talk.wav"])
    assert [source.status for source in report.sources] == ["unchanged"]
    assert files_below(ws.folder) == before
    row = manifest_rows(ws)[0]
    assert row.speaker == "isla"
    assert row.extra == {"shirt": "red"}


def test_new_facts_are_set_and_new_options_cut_again_and_leave_no_old_clips(
    tmp_path: Path, ws: Workspace
) -> None:
    write_speech(tmp_path / "talk.wav")
    ws.cut([tmp_path / "talk.wav"])
    report = ws.cut([tmp_path / "talk.wav"], facts={"speaker": "joe"})
    assert [source.status for source in report.sources] == ["facts"]
    assert {row.speaker for row in manifest_rows(ws)} == {"joe"}
    options = CutOptions(pause_seconds=2.0, pad_seconds=0.2)
    ws.cut([tmp_path / "talk.wav"], options=options)
    rows = manifest_rows(ws)
    assert {row.speaker for row in rows} == {"joe"}
    assert {path.stem for path in ws.clips_dir.iterdir()} == {row.clip_id for row in rows}


def test_a_lost_clip_is_cut_again(tmp_path: Path, ws: Workspace) -> None:
    write_speech(tmp_path / "talk.wav")
    ws.cut([tmp_path / "talk.wav"])
    before = files_below(ws.folder)
    next(ws.clips_dir.iterdir()).unlink()
    ws.cut([tmp_path / "talk.wav"])
    assert files_below(ws.folder) == before


def test_a_clip_of_another_size_and_a_damaged_manifest_are_made_again(
    tmp_path: Path, ws: Workspace
) -> None:
    write_speech(tmp_path / "talk.wav")
    ws.cut([tmp_path / "talk.wav"])
    before = files_below(ws.folder)
    for path in (next(ws.clips_dir.iterdir()), next(ws.manifests_dir.iterdir())):
        path.write_bytes(path.read_bytes()[:1000])
        report = ws.cut([tmp_path / "talk.wav"])
        assert report.sources[0].status == "cut"
        assert files_below(ws.folder) == before


def test_clips_that_a_killed_cut_left_are_removed(tmp_path: Path, ws: Workspace) -> None:
    write_speech(tmp_path / "talk.wav")
    ws.cut([tmp_path / "talk.wav"])
    next(ws.manifests_dir.iterdir()).unlink()  # as if killed before the manifest
    options = CutOptions(pause_seconds=2.0, pad_seconds=0.2)
    ws.cut([tmp_path / "talk.wav"], options=options)
    ids = {row.clip_id for row in manifest_rows(ws)}
    assert {path.stem for path in ws.clips_dir.iterdir()} == ids


def test_a_source_that_is_named_twice_is_cut_once(tmp_path: Path, ws: Workspace) -> None:
    write_speech(tmp_path / "talk.wav")
    (tmp_path / "link.wav").symlink_to(tmp_path / "talk.wav")
    report = ws.cut([tmp_path / "talk.wav", tmp_path, tmp_path / "link.wav"])
    assert len(report.sources) == 1


def test_memory_does_not_grow_with_the_source(tmp_path: Path) -> None:
    """Ten minutes without a pause between two clips that would let everything go at once."""
    samples, _ = spoken()
    path = write_audio(tmp_path / "long.wav", np.tile(samples, 40), SPEECH_RATE)
    most = 0
    with listen(path) as listening:
        finder = ClipFinder(listening, partial(SpeechPlanner, CutOptions()))
        clips = 0
        for _ in finder.clips():
            clips += 1
            most = max(most, sum(piece.size for piece in finder._lanes[0][0]._pieces))
    assert clips == 240
    assert listening.audio.num_samples > 400 * SPEECH_RATE
    assert most < 40 * SPEECH_RATE


def test_a_twenty_four_bit_clip_is_exact(tmp_path: Path, ws: Workspace) -> None:
    samples, _ = spoken()
    path = write_audio(tmp_path / "talk.wav", samples, SPEECH_RATE, codec="pcm_s24le")
    ws.cut([path])
    with open_audio(path) as audio:
        whole = to_pcm(audio.read()[0], audio.bit_depth)
    assert (whole & 0xFF00).any()
    for row in manifest_rows(ws):
        assert row.bit_depth == 24
        flac = (ws.clips_dir / f"{row.clip_id}.flac").read_bytes()
        pcm = decode_flac_pcm(flac, bit_depth=24, name=row.clip_id)
        assert np.array_equal(pcm, whole[row.start_sample : row.end_sample])
        assert row.pcm_sha256 == pcm_sha256(pcm)


def test_bad_sources_are_listed_and_the_others_go_on(tmp_path: Path, ws: Workspace) -> None:
    media = tmp_path / "media"
    media.mkdir()
    write_speech(media / "good.wav")
    (media / "bad.mp4").write_bytes(b"no video at all")
    report = ws.cut([media, tmp_path / "absent.mp4"])
    assert [source.status for source in report.sources] == ["failed", "cut", "failed"]
    assert "not a media file" in (report.failed[0].error or "")
    assert "no such file" in (report.failed[1].error or "")
    assert all("good" in name for name in files_below(ws.folder) if name != WORKSPACE_FILE)


def test_a_source_without_speech_gives_an_empty_manifest_and_says_so(
    tmp_path: Path, ws: Workspace
) -> None:
    write_audio(tmp_path / "quiet.wav", silence(2, 16_000), 16_000)
    report = ws.cut([tmp_path / "quiet.wav"])
    assert report.sources[0].warnings == ("the audio track is silent",)
    assert manifest_rows(ws) == []


@pytest.mark.slow  # test_cut_alone compares one worker and two, with helpers and without
def test_workers_do_not_change_a_byte(tmp_path: Path) -> None:
    media = tmp_path / "media"
    media.mkdir()
    for number, codec in enumerate(("pcm_s16le", "flac", "flac")):
        path = media / f"talk{number}.{'wav' if codec == 'pcm_s16le' else 'flac'}"
        write_audio(path, np.roll(spoken()[0], number), SPEECH_RATE, codec=codec)
    made = []
    for workers in (1, 2):
        work = audioset.init(tmp_path / f"work{workers}", name="scots")
        work.cut([media], workers=workers)
        made.append(files_below(work.folder))
    assert made[0] == made[1]
    assert len(made[0]) > 10


def test_names_survive_and_two_files_of_one_name_are_two_sources(
    tmp_path: Path, ws: Workspace
) -> None:
    name = "It's ‘naïve’ — clip #1 (50%).wav"
    write_speech(tmp_path / name)
    (tmp_path / "other").mkdir()
    write_audio(tmp_path / "other" / name, silence(1, 16_000), 16_000)
    report = ws.cut([tmp_path / name, tmp_path / "other" / name])
    ids = {source.source.source_id for source in report.sources if source.source}
    assert len(ids) == 2
    assert all(source_id.startswith("it-s-naive-clip-1-50-") for source_id in ids)
    assert {row.source_name for row in manifest_rows(ws)} == {name}


def test_a_name_that_is_not_utf_8_is_cut_and_shown(tmp_path: Path, ws: Workspace) -> None:
    write_speech(tmp_path / "talk.wav")
    odd = tmp_path / os.fsdecode(b"caf\xe9\n.wav")
    (tmp_path / "talk.wav").rename(odd)
    report = ws.cut([odd])
    assert report.sources[0].status == "cut"
    assert {row.source_name for row in manifest_rows(ws)} == {"caf\N{REPLACEMENT CHARACTER}\n.wav"}


def test_nothing_to_cut_is_said(tmp_path: Path, ws: Workspace) -> None:
    with pytest.raises(InvalidInputError, match="no media files"):
        ws.cut([tmp_path])


def test_measured_columns_cannot_be_set_as_facts(tmp_path: Path, ws: Workspace) -> None:
    write_speech(tmp_path / "talk.wav")
    with pytest.raises(InvalidInputError, match="length_seconds"):
        ws.cut([tmp_path / "talk.wav"], facts={"length_seconds": "3"})


def test_a_killed_cut_leaves_whole_files_only_and_a_rerun_completes(tmp_path: Path) -> None:
    media = tmp_path / "media"
    media.mkdir()
    for number in range(3):  # each other bytes, else it is one source
        write_audio(media / f"talk{number}.wav", np.roll(spoken()[0], number), SPEECH_RATE)
    reference = audioset.init(tmp_path / "reference", name="scots")
    reference.cut([media])
    work = audioset.init(tmp_path / "work", name="scots")
    command = [
        sys.executable,
        "-c",
        "import sys, audioset;audioset.open_workspace(sys.argv[2], name='scots').cut(sys.argv[1])",
        str(media),
        str(work.folder),
    ]
    for wanted in (1, 4, 9):
        process = subprocess.Popen(command, cwd=Path(__file__).parents[2])
        while process.poll() is None and len(list(work.clips_dir.glob("*.flac"))) < wanted:
            time.sleep(0.002)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        for path in work.clips_dir.glob("*.flac"):
            assert path.read_bytes() == (reference.clips_dir / path.name).read_bytes()
        for path in work.manifests_dir.glob("*.parquet"):
            assert path.read_bytes() == (reference.manifests_dir / path.name).read_bytes()
    work.cut([media])
    assert files_below(work.folder) == files_below(reference.folder)


SCRIPT = """
import audioset
ws = audioset.open_workspace(".")
report = ws.cut(["a.wav", "b.wav"], options={"by": "windows", "every_seconds": 1}, workers=2)
assert not report.failed and report.num_clips, report
assert not ws.measure(again=True, workers=2).failures
print(ws.publish(track=False).record.version)
"""


def test_a_script_needs_no_guard(tmp_path: Path) -> None:
    audioset.init(tmp_path / "scots")
    for number, name in enumerate(["a.wav", "b.wav"]):
        write_audio(tmp_path / "scots" / name, tone(300 + number, 3.0, 16000), 16000)
    (tmp_path / "scots" / "make.py").write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, "make.py"],
        cwd=tmp_path / "scots",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.splitlines()[-1:]) == (0, ["1"]), done.stderr
    assert len(audioset.open_workspace(tmp_path / "scots").versions()) == 1
