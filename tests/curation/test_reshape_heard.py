"""What was heard of a source is not heard again, and nothing comes out otherwise for it."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import audioset
from audioset.curation.cut.find_clips import CutClip
from audioset.curation.reshape import sound
from audioset.curation.reshape.sound import ReadSource, Wish
from audioset.curation.shapes.shape import SoundAsked, read_shape
from audioset.curation.workspace.kept_heard import forget_heard
from audioset.curation.workspace.withdraw import withdraw_working_clips
from audioset.hearing.speech.detector import Frames
from audioset.workspace import Workspace
from tests.sounds import SPEECH_RATE, spoken, write_audio

EARLY, LATE = (SPEECH_RATE // 2, 2 * SPEECH_RATE), (12 * SPEECH_RATE, 15 * SPEECH_RATE)


def write_two(path: Path) -> Path:
    samples, _ = spoken()
    return write_audio(path, np.stack([samples, samples[::-1] * 0.5]), SPEECH_RATE)


def write_quiet(path: Path) -> Path:
    return write_audio(path, spoken()[0] * np.float32(0.002), SPEECH_RATE)


@pytest.fixture
def stops_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind the last clip even a short source is left, as a long one is."""
    monkeypatch.setattr(sound, "_WORTH_STOPPING_SECONDS", 0.0)


def same(one: list[CutClip], other: list[CutClip]) -> bool:
    return all(
        a.mark == b.mark
        and a.channel == b.channel
        and np.array_equal(a.samples, b.samples)
        and np.array_equal(a.frames.probabilities, b.frames.probabilities)
        and np.array_equal(a.frames.levels_db, b.frames.levels_db)
        for a, b in zip(one, other, strict=True)
    )


@pytest.mark.parametrize(
    ("write", "asked"),
    [
        (write_two, SoundAsked(channels="each", sampling_rate=16_000)),
        pytest.param(write_quiet, SoundAsked(), marks=pytest.mark.slow),
    ],
)
@pytest.mark.usefixtures("stops_early")
def test_what_was_heard_is_used_just_as_it_was_heard(
    write: Callable[[Path], Path], asked: SoundAsked, tmp_path: Path
) -> None:
    path = write(tmp_path / "talk.wav")
    ws = audioset.init(tmp_path / "work", name="scots")
    rate = {"sampling_rate": asked.sampling_rate} if asked.sampling_rate else {}
    ws.cut(path, options={"channels": asked.channels, **rate})
    (manifest,) = ws.manifests_dir.glob("*.parquet")
    source = read_shape(ws.working, manifest.stem).source
    to_rate = (asked.sampling_rate or SPEECH_RATE) / SPEECH_RATE
    early, late = (
        [Wish(*(round(at * to_rate) for at in span), 2 if asked.channels == "each" else 1)]
        for span in (EARLY, LATE)
    )

    def cut(wishes: list[Wish]) -> list[CutClip]:
        return list(ReadSource(path, asked, source, ws.working).cut(wishes))

    anew = []
    for wishes in (early, late):
        forget_heard(ws.working)
        anew.append(cut(wishes))
    forget_heard(ws.working)
    assert same(cut(early), anew[0])
    assert same(cut(late), anew[1])  # goes on where the one before ended
    assert same(cut(late), anew[1])
    assert same(cut(early), anew[0])
    # A quiet source is heard twice: how loud it is, and then louder.
    kept = list(ws.working.heard_dir.glob("*.npz"))
    assert len(kept) == (2 if write is write_quiet else 1)


def heard_of(ws: Workspace) -> Path:
    (path,) = ws.working.heard_dir.glob("*.npz")
    return path


@pytest.mark.usefixtures("stops_early")
def test_edits_are_the_same_with_and_without_what_was_heard(tmp_path: Path) -> None:
    write_audio(tmp_path / "talk.wav", spoken()[0], SPEECH_RATE)
    audioset.init(tmp_path / "one", name="scots").cut(tmp_path / "talk.wav")
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    states = []
    for name in ("one", "two"):
        ws = audioset.open_workspace(tmp_path / name)
        clips = sorted(path.stem for path in ws.clips_dir.iterdir())
        for k, clip_id in enumerate((clips[0], clips[3], clips[1])):
            shift = 0.03 * (k + 1)
            start = int(clip_id.split("-")[-2]) / 1000 + shift
            if name == "two":
                forget_heard(ws.working)
            assert ws.move_edges(clip_id, start_seconds=start, op_id=str(k)).waits is None
        files = [path for path in ws.folder.rglob("*") if path.suffix in (".parquet", ".flac")]
        states.append({str(path.relative_to(ws.folder)): path.read_bytes() for path in files})
    assert states[0] == states[1]

    ws = audioset.open_workspace(tmp_path / "one")
    (manifest,) = ws.manifests_dir.glob("*.parquet")
    shape = read_shape(ws.working, manifest.stem)
    read = ReadSource(tmp_path / "talk.wav", shape.asked, shape.source, ws.working)
    kept = read._kept(0.0)
    heard = kept.read()
    assert heard is not None
    assert kept.path.parent.stat().st_mode & 0o077 == 0
    # Other frames come out as they are: the detector is not asked.
    other = [Frames(np.full(len(f), 0.25, np.float32), f.levels_db) for f in heard.frames]
    kept.keep(replace(heard, frames=tuple(other)))
    (clip,) = read.cut([Wish(*EARLY)])
    assert set(clip.frames.probabilities.tolist()) == {0.25}
    # A damaged file is as none.
    kept.path.write_bytes(kept.path.read_bytes()[:-400])
    assert kept.read() is None
    (clip,) = read.cut([Wish(*EARLY)])
    assert clip.frames.probabilities.max() > 0.5
    assert kept.read() is not None
    kept.path.unlink()

    read.facts()
    assert not kept.path.exists()
    ws.move_edges(shape.table["clip_id"][0].as_py(), start_seconds=0.1)
    assert heard_of(ws).exists()
    (recording,) = set(shape.table["pcm_sha256"].slice(2, 1).to_pylist())
    assert withdraw_working_clips(ws.working, frozenset([recording])) == 1
    assert not ws.working.heard_dir.exists()
