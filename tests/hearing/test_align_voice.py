"""The synthetic voice: voices that exist, words spelled by a lexicon, phones in their order."""

import ctypes
import hashlib
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from audioset.errors import NotFoundError
from audioset.hearing.align.voices import espeak as voice
from audioset.hearing.align.voices.languages import choose_voice
from audioset.hearing.align.voices.library import _loaded, fresh_library
from audioset.hearing.align.voices.written import given_to_voice
from audioset.plugins import SOUND_RATE
from audioset.records.lines import Line

_SAY_ALONE = """
import hashlib
from audioset.hearing.align.voices.espeak import speak
from audioset.records.lines import Line
said = speak([Line(number=1, text="three seven zero six")], "en-gb-scotland")[0]
print(hashlib.sha256(said.samples.tobytes()).hexdigest())
"""


def said(text: str, **options: dict[str, str]) -> voice.Speech:
    return voice.speak([Line(number=1, text=text)], "en-gb-scotland", **options)[0]


def test_a_voice_is_chosen_by_language_and_an_unknown_one_names_near_ones() -> None:
    assert {"en", "en-us", "en-gb-scotland", "de", "fr"} <= set(voice.list_voices())
    assert choose_voice(None, None) == "en"
    assert choose_voice(None, "en-GB-oxford") == "en-gb"
    assert choose_voice("EN_GB_Scotland+f2", "de") == "en-gb-scotland+f2"
    with pytest.raises(NotFoundError, match="no voice 'en-gb-scotlnd'; near it are en-gb-scotland"):
        choose_voice("en-gb-scotlnd", None)


def test_phones_come_in_order_and_inside_the_sound() -> None:
    speech = said("zero")
    assert speech.phones[0] == "z"
    assert (np.diff(speech.starts_seconds) >= 0).all()
    assert speech.starts_seconds[-1] <= speech.samples.size / SOUND_RATE + 0.001
    assert 0.05 < np.abs(speech.samples).max() <= 1


def test_a_lexicon_says_how_a_word_is_said_whatever_its_case() -> None:
    plain, spelled = said("The house."), said("The house.", lexicon={"HOUSE": "h'u:s"})
    assert "s" in spelled.phones
    assert plain.phones != spelled.phones
    assert spelled.phones == said("The hoose.").phones


@pytest.mark.parametrize(
    ("voice_name", "text"), [("ar", "ق ي ح"), ("ru", "б в г"), ("en", "a b c")]
)
def test_letters_are_said_by_their_names_each_alone(voice_name: str, text: str) -> None:
    together, *alone = voice.speak(
        [Line(number=k, text=part) for k, part in enumerate([text, *text.split()], 1)], voice_name
    )
    assert [phone for phone in together.phones if phone] == [
        phone for speech in alone for phone in speech.phones if phone
    ]
    assert together.words == tuple(text.split())
    assert set(together.word_of.tolist()) == {0, 1, 2}


def test_letters_among_words_are_said_as_they_were() -> None:
    assert given_to_voice("Is it a or b?", {}) == ("Is it a or b?", list(range(13)))
    assert given_to_voice("b", {})[0] == "b"
    assert given_to_voice("a  b", {"b": "bi:"}) == ("a,  [[bi:]]", [0, 1, 1, 2, *[3] * 7])


def test_a_line_sounds_the_same_whatever_was_said_before() -> None:
    first = said("three seven zero six").samples
    for text in ("vision of measure", "the kettle is on", "v"):
        said(text)
        np.testing.assert_array_equal(said("three seven zero six").samples, first)


def test_it_sounds_the_same_beside_somebody_else_who_speaks_and_stops_nobody() -> None:
    import espeakng_loader

    first = said("three seven zero six").samples
    other = ctypes.CDLL(espeakng_loader.get_library_path())  # as a plug-in would
    data = espeakng_loader.get_data_path().encode()
    assert other.espeak_Initialize(2, 0, data, 0) > 0
    for _ in range(2):
        assert other.espeak_SetVoiceByName(b"gmw/de") == 0
        said("vision of measure")
        np.testing.assert_array_equal(said("three seven zero six").samples, first)


def test_another_process_says_it_alike() -> None:
    said("vision of measure")
    here = hashlib.sha256(said("three seven zero six").samples.tobytes()).hexdigest()
    there = subprocess.run(
        [sys.executable, "-c", _SAY_ALONE], capture_output=True, text=True, check=True
    )
    assert there.stdout.strip() == here


def test_a_folder_that_nothing_can_be_loaded_from_is_named(tmp_path: Path) -> None:
    nothing = tmp_path / "libespeak-ng.so"
    nothing.write_bytes(b"no library")
    with pytest.raises(NotFoundError, match=r"cannot be loaded from .*TMPDIR"), _loaded(nothing):
        pass


def test_threads_take_turns() -> None:
    texts = ["one two three", "the kettle is on"] * 3
    alone = [said(text).phones for text in texts]
    together: list[tuple[str, ...]] = [()] * len(texts)

    def say(k: int) -> None:
        together[k] = said(texts[k]).phones

    threads = [threading.Thread(target=say, args=(k,)) for k in range(len(texts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == alone


def test_without_the_wheel_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    with pytest.raises(NotFoundError, match=r"pip install .*\[align\]"), fresh_library():
        pass
