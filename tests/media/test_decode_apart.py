"""Decoding in another process gives the same samples, facts, warnings and errors."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest

from audioset.errors import AudiosetError, MediaError, NotFoundError
from audioset.media.decode import open_audio
from audioset.media.decode_apart import ApartReader, open_audio_apart
from tests.sounds import noise, write_audio


@pytest.mark.parametrize("channels", ["mix", "left", "each"])
def test_samples_and_facts_are_the_same(tmp_path: Path, channels: str) -> None:
    planes = np.stack([noise(5, 44_100, level=0.1, seed=n) for n in (1, 2)])
    path = write_audio(tmp_path / "a.m4a", planes, 44_100, codec="aac")
    with open_audio(path, channels=channels) as here:
        expected = here.read()
    with open_audio_apart(path, channels=channels) as apart:
        found = np.concatenate(list(apart.blocks()), axis=1)
        assert np.array_equal(found, expected)
        assert apart.num_samples == here.num_samples
        assert apart.num_outputs == here.num_outputs
        assert (apart.container, apart.codec, apart.sampling_rate, apart.channels) == (
            here.container, here.codec, here.sampling_rate, here.channels,
        )  # fmt: skip
        assert apart.warnings() == here.warnings()


def test_errors_and_warnings_come_through(tmp_path: Path) -> None:
    with (
        pytest.raises(NotFoundError, match="no such file"),
        open_audio_apart(tmp_path / "none.wav"),
    ):
        pass
    (tmp_path / "text.mp4").write_text("no media")
    with (
        pytest.raises(MediaError, match="not a media file"),
        open_audio_apart(tmp_path / "text.mp4"),
    ):
        pass
    whole = write_audio(tmp_path / "whole.flac", noise(8, 16_000, level=0.1), 16_000, codec="flac")
    broken = tmp_path / "broken.flac"
    broken.write_bytes(whole.read_bytes()[:40_000])
    with open_audio_apart(broken) as apart:
        list(apart.blocks())
        assert any("shorter than announced" in warning for warning in apart.warnings())


def test_a_decoder_that_is_killed_is_an_error_and_leaves_nothing_running(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "a.wav", noise(60, 48_000, level=0.1), 48_000)
    with open_audio_apart(path) as apart:
        assert isinstance(apart, ApartReader)
        os.kill(apart._answers.process.pid, signal.SIGKILL)
        with pytest.raises(AudiosetError, match="the decoder ended"):
            list(apart.blocks())
    assert apart._answers.process.poll() is not None


def test_leaving_early_ends_the_process(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "a.wav", noise(60, 48_000, level=0.1), 48_000)
    with open_audio_apart(path) as apart:
        next(iter(apart.blocks()))
        assert isinstance(apart, ApartReader)
    assert apart._answers.process.poll() is not None
