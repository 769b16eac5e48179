"""A synthetic voice for lines: espeak-ng, as the wheel `espeakng-loader` carries it.

Gives for each line the sound of it and which phone is said when: the same for the same lines,
whatever was said before. Calls of several threads take turns.
"""

import ctypes
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from audioset.errors import InvalidInputError, NotFoundError
from audioset.hearing.align.voices.library import fresh_library
from audioset.hearing.align.voices.written import given_to_voice
from audioset.media.resample import Resampler
from audioset.records.lines import Line
from audioset.records.plugin_contracts import SOUND_RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

DEFAULT_VOICE = "en"
PAUSE = ""  # the phone of silence
_UTF8_AND_PHONEMES = 1 | 0x100  # phonemes in [[double brackets]] are said as they are
_RATE_PARAMETER = 1
_PITCH_HZ = 120
_LAST_EVENT, _WORD_EVENT, _PHONE_EVENT = 0, 1, 7
_MODIFIERS = re.compile("[ˈˌ\u0361]")  # stress and ties: the same phone for our purpose


@dataclass(frozen=True, slots=True)
class Speech:
    """A line as the voice says it.

    Attributes:
        samples: at 16 kHz, float32, shape (n,), range [-1, 1].
        phones: IPA symbols in order; `PAUSE` for silence.
        starts_seconds: where each of them begins, float64, as many as `phones`.
        words: the line in pieces that the voice takes for words, all of it.
        word_of: which of them each phone belongs to, int64, as many as `phones`.
    """

    samples: "NDArray[np.float32]"
    phones: tuple[str, ...]
    starts_seconds: "NDArray[np.float64]"
    words: tuple[str, ...] = ()
    word_of: "NDArray[np.int64]" = field(default_factory=lambda: np.zeros(0, np.int64))


class _Event(ctypes.Structure):
    """`espeak_EVENT` of speak_lib.h."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_ms", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("string", ctypes.c_char * 8),
    )


class _Voice(ctypes.Structure):
    """`espeak_VOICE` of speak_lib.h."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_void_p),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("spare", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("more", ctypes.c_void_p),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)
_turn = threading.Lock()


def is_installed() -> bool:
    """Tell whether the wheel with the voices is there."""
    from importlib.util import find_spec

    return find_spec("espeakng_loader") is not None


def list_voices() -> tuple[str, ...]:
    """Give the languages that can be spoken, as "de" or "en-gb-scotland", sorted.

    Raises:
        NotFoundError: the wheel is not installed.
    """
    return tuple(sorted(_voice_files()))


@cache
def _voice_files() -> dict[str, bytes]:
    """Give each language, in lower case, with the library's own name of its best voice.

    The wheel lists voices whose dictionary it lacks, such as Faroese: these say nothing.
    """
    best: dict[str, tuple[int, bytes]] = {}
    with _turn, fresh_library() as (library, _):
        library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_Voice))
        voices = library.espeak_ListVoices(None)
        at = 0
        while voices[at]:
            voice = voices[at].contents
            at += 1
            if not _has_dictionary(voice.identifier.decode()):
                continue
            for language, priority in _languages(voice.languages):
                if priority < best.get(language, (256, b""))[0]:
                    best[language] = priority, voice.identifier
    return {language: identifier for language, (_, identifier) in best.items()}


def _has_dictionary(identifier: str) -> bool:
    """Tell whether a voice can read: its file names a dictionary, or is that of its language."""
    import espeakng_loader

    data = Path(espeakng_loader.get_data_path())
    words = (data / "lang" / identifier).read_text("utf-8", errors="replace").split()
    named = [words[words.index(key) + 1] for key in ("dictionary", "language") if key in words]
    return not named or (data / f"{named[0].partition('-')[0]}_dict").exists()


def _languages(address: int) -> Iterator[tuple[str, int]]:
    """Read a list of languages: each a byte of priority and a name, up to a zero byte."""
    while priority := ctypes.string_at(address, 1)[0]:
        name = ctypes.string_at(address + 1)
        yield name.decode().lower(), priority
        address += len(name) + 2


def speak(
    lines: Sequence[Line],
    voice: str,
    *,
    lexicon: Mapping[str, str] | None = None,
    words_per_minute: int = 160,
) -> list[Speech]:
    """Say lines.

    Args:
        lines: what is said.
        voice: as `languages.choose_voice` gives it.
        lexicon: word -> espeak-ng phonemes; the case of words does not matter.
        words_per_minute: from 80 to 450.

    Raises:
        NotFoundError: the voice cannot be used, or the wheel is not installed.
        InvalidInputError: nothing of a line can be said.
    """
    spelled = {word.casefold(): phones for word, phones in (lexicon or {}).items()}
    _voice_files()  # takes a turn of its own, the first time
    with _turn, _speaking(voice, words_per_minute) as say:
        return [_checked(line, _said(line.text, spelled, say)) for line in lines]


def _checked(line: Line, speech: Speech) -> Speech:
    if any(phone != PAUSE for phone in speech.phones):
        return speech
    raise InvalidInputError(
        f"line {line.number} has no word that can be said: {line.text!r}; write it in letters, or "
        "take it out"
    )


def _said(
    text: str, lexicon: Mapping[str, str], say: "Callable[[str], tuple[Speech, list[int]]]"
) -> Speech:
    spoken, origins = given_to_voice(text, lexicon)
    speech, places = say(spoken)
    # Numbers are told digit by digit, and what follows may go back to where they begin.
    # The name of a last letter, such as w in Spanish, is told behind the end.
    inside = {place for place in places if 0 < place < len(spoken)}
    later = sorted(place for place in inside if _begins_word(spoken, place))
    cuts = [0, *(origins[place] for place in later), len(text)]
    words = tuple(text[start:end].strip() for start, end in pairwise(cuts))
    return replace(speech, words=words, word_of=np.searchsorted(later, places, side="right"))


def _begins_word(spoken: str, place: int) -> bool:
    return not (spoken[place - 1].isdecimal() and spoken[place : place + 1].isdecimal())


@contextmanager
def _speaking(voice: str, words_per_minute: int) -> Iterator[Any]:
    """Give a function that says a text, and tells where in it each phone's word begins."""
    base, plus, variant = voice.partition("+")
    name = _voice_files().get(base, b"") + (plus + variant).encode()
    with fresh_library() as (library, rate):
        said = _Utterance(rate)
        callback = _Callback(said.take)
        library.espeak_SetSynthCallback(callback)
        if library.espeak_SetVoiceByName(name) != 0:
            raise NotFoundError(
                f"espeak-ng cannot use the voice {voice!r}; known: {', '.join(list_voices())}"
            )
        # One pitch: its flutter goes on from line to line, and none would sound the same twice.
        library.espeak_ng_SetConstF0(_PITCH_HZ)
        library.espeak_SetParameter(_RATE_PARAMETER, words_per_minute, 0)

        def say(text: str) -> tuple[Speech, list[int]]:
            said.clear()
            data = text.encode()
            library.espeak_ng_SetRandSeed(ctypes.c_long(1))
            library.espeak_Synth(data, len(data) + 1, 0, 1, 0, _UTF8_AND_PHONEMES, None, None)
            library.espeak_Synchronize()
            return said.speech()

        yield say


class _Utterance:
    """What the library said of a text."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self.clear()

    def clear(self) -> None:
        self._sounds: list[NDArray[np.int16]] = []
        self._events: list[tuple[str, float, int]] = []
        self._place = 0

    def take(self, samples: Any, count: int, happened: Any) -> int:
        """Take a piece of sound and what happens in it, as `t_espeak_callback` gives them."""
        if samples and count > 0:
            self._sounds.append(np.frombuffer(ctypes.string_at(samples, 2 * count), np.int16))
        at = 0
        while happened[at].type != _LAST_EVENT:
            if happened[at].type == _WORD_EVENT:
                self._place = happened[at].text_position - 1
            elif happened[at].type == _PHONE_EVENT:
                phone = happened[at].string.decode(errors="replace")
                name = _MODIFIERS.sub("", phone).strip("_:")
                self._events.append((name, happened[at].sample / self._rate, self._place))
            at += 1
        return 0

    def speech(self) -> tuple[Speech, list[int]]:
        """Give the sound and its phones, and the place in the text of each phone's word."""
        sound = np.concatenate([np.zeros(0, np.int16), *self._sounds])
        samples = (sound / np.float32(32_768)).astype(np.float32)
        phones, starts, places = zip(*self._events, strict=True) if self._events else ((), (), ())
        speech = Speech(
            Resampler(self._rate, SOUND_RATE).push(samples, last=True),
            phones,
            np.array(starts, np.float64),
        )
        return speech, list(places)
