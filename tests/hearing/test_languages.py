"""The voice follows the language of the lines: as asked for, by a fact, or by the text."""

from pathlib import Path

import numpy as np
import pytest

from audioset.curation.cut.lines.choose import align_options_of, choose_lines
from audioset.errors import NotFoundError
from audioset.hearing.align.choose_voice import language_of_lines
from audioset.hearing.align.voices.espeak import is_installed, list_voices, speak
from audioset.hearing.align.voices.languages import choose_voice, find_language
from audioset.records.line_options import AlignOptions, TranscriptOptions
from audioset.records.lines import Line

pytestmark = pytest.mark.skipif(not is_installed(), reason="pip install 'audioset[align]'")
TEXTS = {
    "cs": "Vítejte v nejkrásnějším městě pod sluncem.\nZachovejte klid a rozvahu.",
    "nl": "Welkom in de mooiste stad onder de zon.\nDit is geen glazen oog, maar een gyroscoop.",
    "fr": "La Nature est un temple où de vivants piliers\nLaissent parfois sortir des paroles",
    "ru": "Добро пожаловать в самый красивый город под солнцем",
    "el": "Καλώς ήρθατε στην πιο όμορφη πόλη κάτω από τον ήλιο",
    "hi": "सूरज के नीचे सबसे सुंदर शहर में आपका स्वागत है",
    "ja": "太陽の下で最も美しい街へようこそ",
    "cy": "Croeso i'r ddinas harddaf dan yr haul, ac arhoswch yn dawel.",
}
ENGLISH = (
    "zero one two three four five six seven eight nine",
    "Wee, sleekit, cow'rin, tim'rous beastie, O, what a panic's in thy breastie!",
    "Lang may yer lum reek",  # too short to be sure that it is no English
    "a b c d e",
    "no ta fi\nga to va\npu mu su",  # syllables are no language's words
    "llo wi lla jo vo ko",
    "t d j i u x e o",
    "1, 2, 3!",
)


def lines(*texts: str) -> list[Line]:
    return [Line(number=number, text=text) for number, text in enumerate(texts, 1)]


@pytest.mark.parametrize("language", TEXTS)
def test_the_text_tells_the_language(language: str) -> None:
    found = language_of_lines(lines(*TEXTS[language].splitlines()), AlignOptions())
    assert found == (language, "text")


@pytest.mark.parametrize("text", ENGLISH)
def test_what_may_be_english_is_taken_for_english(text: str) -> None:
    assert find_language([text]) is None
    assert language_of_lines(lines(text), AlignOptions()) == ("en", "none")


def test_who_says_the_language_goes_before_the_text(tmp_path: Path) -> None:
    german = lines(TEXTS["nl"])
    text = tmp_path / "lines.txt"
    text.write_text(TEXTS["nl"], "utf-8")
    asked, fact = TranscriptOptions(path=text, language="de"), {"language": "nds"}
    assert language_of_lines(german, align_options_of(asked, fact)) == ("de", "option")
    plain = TranscriptOptions(path=text)
    by_fact = align_options_of(plain, fact)
    assert language_of_lines(german, by_fact) == ("nds", "fact")
    assert language_of_lines(german, align_options_of(plain, {"language": "Dutch"}))[0] == "nl"
    unknown = align_options_of(plain, {"language": "who knows?"})
    assert language_of_lines(german, unknown) == ("nl", "text")
    named = TranscriptOptions(path=text, voice="en-us")
    assert language_of_lines(german, align_options_of(named, fact)) == ("en-us", "option")
    # A fact that is set later makes nothing to be cut again.
    without = choose_lines(text, plain, align_options_of(plain)).digest
    assert choose_lines(text, plain, align_options_of(plain, {"speaker": "isla"})).digest == without


def test_every_language_of_the_synthesiser_is_spoken() -> None:
    voices = list_voices()
    assert len(voices) > 100
    for voice in voices:
        assert choose_voice(None, voice) in voices
        (speech,) = speak(lines("mama 12"), voice)
        assert np.abs(speech.samples).max() > 0.01, voice


@pytest.mark.parametrize(
    ("language", "voice"),
    [
        ("sco", "en-gb-scotland"),
        ("eng", "en"),
        ("German", "de"),
        ("gsw-CH", "de"),
        ("pt_BR", "pt-br"),
        ("nds", "de"),
        ("fil", "id"),
        ("zh-Hant-TW", "zh"),
    ],
)
def test_a_language_without_a_voice_is_said_by_a_near_one(language: str, voice: str) -> None:
    assert choose_voice(None, language) == voice


def test_a_language_that_no_voice_is_near_to_is_told_in_one_line() -> None:
    with pytest.raises(
        NotFoundError, match=r"no voice for the language Yoruba \(yo\), nor"
    ) as told:
        choose_voice(None, "yo")
    assert "\n" not in str(told.value)
    assert "voice=" in str(told.value)


def test_a_voice_that_does_not_exist_proposes_the_nearest() -> None:
    with pytest.raises(NotFoundError, match="no voice 'sco'; near it are en-gb-scotland"):
        choose_voice("sco", None)
    with pytest.raises(NotFoundError, match="no voice 'german'; near it are de"):
        choose_voice("German", None)


def test_letters_whose_names_are_longer_than_they_are_can_be_last() -> None:
    (speech,) = speak(lines("g x w"), "es")
    assert speech.words == ("g", "x", "w")
