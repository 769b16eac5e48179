"""The synthetic voice that is near to the speaker is chosen, and no more than is asked for."""

import numpy as np
import pytest

from audioset.errors import NotFoundError
from audioset.hearing.align.choose_voice import fitting_voice
from audioset.hearing.align.ear.features import read_features
from audioset.hearing.align.ear.sound import Sound16k
from audioset.hearing.align.voices.espeak import speak
from audioset.records.line_options import AlignOptions
from audioset.records.lines import Line
from audioset.records.plugin_contracts import SOUND_RATE

TEXTS = (
    "The kettle is on and the bread is cut.",
    "We walked along the river until dark.",
    "My brother keeps nine hens in the garden.",
)
LINES = [Line(number=n, text=text, takes=1) for n, text in enumerate(TEXTS, 1)]


def chosen(speaker: str, noise: float = 0.003, **options: object) -> str:
    """Let a voice say the lines, and give the one that is found to be near."""
    pause = np.zeros(SOUND_RATE // 2, np.float32)
    said = [speech.samples for speech in speak(LINES, speaker, words_per_minute=140)]
    sound = np.concatenate([pause, *(part for some in said for part in (some, pause))])
    sound = sound + np.random.default_rng(1).normal(0, noise, sound.size)
    features = read_features(Sound16k([sound.astype(np.float32)]))
    return fitting_voice(features, LINES, [1] * len(LINES), AlignOptions(**options)).voice


def test_a_high_speaker_is_looked_for_with_a_high_voice() -> None:
    for noise in (0.003, 0.02):
        assert chosen("en-us+f5", noise, voice="en-us") in ("en-us+f2", "en-us+f4")
        assert chosen("en-us+m3", noise, voice="en-us") == "en-us"


@pytest.mark.parametrize(
    ("accent", "language"), [("en", "en"), ("en-us", None), ("en-gb-scotland", "en")]
)
def test_the_accent_is_heard_when_none_is_named(accent: str, language: str | None) -> None:
    assert chosen(accent + "+m3", language=language).partition("+")[0] == accent


def test_a_named_accent_and_timbre_stay() -> None:
    assert chosen("en-us+f5", voice="en-gb-scotland").startswith("en-gb-scotland")
    assert chosen("en-us+f5", voice="en-us+m1") == "en-us+m1"
    assert chosen("en-us+m3", language="en-GB-scotland") == "en-gb-scotland"
    with pytest.raises(NotFoundError, match="no voice 'xx'"):
        chosen("en-us", voice="xx")


def test_where_nobody_speaks_the_asked_voice_stays() -> None:
    silence = read_features(Sound16k([np.zeros(SOUND_RATE, np.float32)]))
    asked = AlignOptions(voice="de")
    assert fitting_voice(silence, LINES, [1] * len(LINES), asked).voice == "de"
