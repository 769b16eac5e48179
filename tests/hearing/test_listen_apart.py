"""Listening in another process gives the same sound, frames, facts, warnings and errors."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audioset.errors import MediaError, NotFoundError
from audioset.hearing.speech.listen import Listening, listen
from audioset.hearing.speech.listen_in_process import ApartListener, listen_apart
from audioset.media.apart.ask import Helper
from tests.sounds import noise, write_audio


def all_of(listening: Listening) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Sound, probabilities and levels of each output."""
    outputs = zip(*listening.pieces(), strict=True)
    return [
        (
            np.concatenate([piece.sound for piece in pieces]),
            np.concatenate([piece.frames.probabilities for piece in pieces]),
            np.concatenate([piece.frames.levels_db for piece in pieces]),
        )
        for pieces in outputs
    ]


@pytest.mark.parametrize("channels", ["mix", "left", "each"])
@pytest.mark.parametrize("sampling_rate", [None, 16_000])
def test_sound_frames_and_facts_are_the_same(
    tmp_path: Path, channels: str, sampling_rate: int | None
) -> None:
    planes = np.stack([noise(5, 44_100, level=0.1, seed=n) for n in (1, 2)])
    path = write_audio(tmp_path / "a.m4a", planes, 44_100, codec="aac")
    with listen(path, channels=channels, sampling_rate=sampling_rate) as here:
        expected = all_of(here)
    with listen_apart(path, channels=channels, sampling_rate=sampling_rate) as apart:
        found = all_of(apart)
        assert len(found) == len(expected) == here.num_outputs == apart.num_outputs
        for ours, theirs in zip(found, expected, strict=True):
            assert all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True))
        assert apart.rate == here.rate == (sampling_rate or 44_100)
        assert apart.audio.num_samples == here.audio.num_samples
        assert (apart.audio.container, apart.audio.codec, apart.audio.channels) == (
            here.audio.container,
            here.audio.codec,
            here.audio.channels,
        )
        assert apart.audio.warnings() == here.audio.warnings()


def test_more_channels_and_larger_blocks_than_the_shared_memory_holds(tmp_path: Path) -> None:
    many = np.stack([noise(3, 8_000, level=0.1, seed=n) for n in range(20)])
    soundfile.write(tmp_path / "many.wav", many.T, 8_000)
    write_audio(tmp_path / "fast.wav", noise(2, 192_000, level=0.1), 192_000)
    for path in (tmp_path / "many.wav", tmp_path / "fast.wav"):
        with listen(path, channels="each") as here, listen_apart(path, channels="each") as apart:
            for ours, theirs in zip(all_of(apart), all_of(here), strict=True):
                assert np.array_equal(ours[0], theirs[0])


def test_errors_and_warnings_come_through(tmp_path: Path) -> None:
    with (
        pytest.raises(NotFoundError, match="no such file"),
        listen_apart(tmp_path / "none.wav"),
    ):
        pass
    (tmp_path / "text.mp4").write_text("no media")
    with (
        pytest.raises(MediaError, match="not a media file"),
        listen_apart(tmp_path / "text.mp4"),
    ):
        pass
    whole = write_audio(tmp_path / "whole.flac", noise(8, 16_000, level=0.1), 16_000, codec="flac")
    broken = tmp_path / "broken.flac"
    broken.write_bytes(whole.read_bytes()[:40_000])
    with listen_apart(broken) as apart:
        list(apart.pieces())
        assert any("shorter than announced" in warning for warning in apart.audio.warnings())


def helper_of(apart: Listening) -> Helper:
    assert isinstance(apart, ApartListener)
    helper: Helper = apart._answers._helper  # type: ignore[attr-defined]
    return helper


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_decoder_that_is_killed_is_an_error_and_leaves_nothing_running(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "a.wav", noise(60, 48_000, level=0.1), 48_000)
    with listen_apart(path) as apart:
        pid = helper_of(apart).pid
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(MediaError, match=r"a\.wav: the decoder was killed .* lack of memory"):
            list(apart.pieces())
    assert not lives(pid)


def test_a_decoder_that_crashes_is_named_with_its_file(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "a.wav", noise(60, 48_000, level=0.1), 48_000)
    with listen_apart(path) as apart:
        os.kill(helper_of(apart).pid, signal.SIGSEGV)
        with pytest.raises(MediaError, match=r"a\.wav: the decoder crashed on it \(SIGSEGV\)"):
            list(apart.pieces())


def test_one_process_reads_file_after_file(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "a.wav", noise(5, 16_000, level=0.1), 16_000)
    (tmp_path / "text.mp4").write_text("no media")
    pids = set()
    for _ in range(3):
        with listen_apart(path) as apart:
            pids.add(helper_of(apart).pid)
            assert sum(piece.sound.size for (piece,) in apart.pieces()) == 5 * 16_000
        with pytest.raises(MediaError), listen_apart(tmp_path / "text.mp4"):
            pass
    assert len(pids) == 1


def test_a_helper_that_ended_while_nobody_asked_is_no_fault_of_the_next_file(
    tmp_path: Path,
) -> None:
    path = write_audio(tmp_path / "a.wav", noise(5, 16_000, level=0.1), 16_000)
    for _ in range(2):
        with listen_apart(path) as apart:
            pid = helper_of(apart).pid
            assert sum(piece.sound.size for (piece,) in apart.pieces()) == 5 * 16_000
        os.kill(pid, signal.SIGKILL)


def test_two_sources_at_once_have_a_helper_each(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "a.wav", noise(20, 16_000, level=0.1), 16_000)
    with listen_apart(path) as one, listen_apart(path) as other:
        assert helper_of(one).pid != helper_of(other).pid
        for (ours,), (theirs,) in zip(one.pieces(), other.pieces(), strict=True):
            assert np.array_equal(ours.sound, theirs.sound)


def test_leaving_early_ends_the_process(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "a.wav", noise(60, 48_000, level=0.1), 48_000)
    with listen_apart(path) as apart:
        pid = helper_of(apart).pid
        next(iter(apart.pieces()))
    assert not lives(pid)


def test_relative_names_are_meant_from_where_we_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seconds in (1, 2):
        folder = tmp_path / str(seconds)
        folder.mkdir()
        write_audio(folder / "a.wav", noise(seconds, 16_000, level=0.1), 16_000)
        monkeypatch.chdir(folder)
        with listen_apart(Path("a.wav")) as apart:
            assert sum(piece.sound.size for (piece,) in apart.pieces()) == seconds * 16_000
