"""What lies in the folder to practise on: videos, a session by lines, clips with a spreadsheet.

All of it is spoken by espeak-ng on this machine, so that nothing is fetched and nobody's rights are
touched. Some things in it are wrong on purpose, as they are
in the recordings of people: what the tutorials find.
"""

import os
import shutil
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from audioset.errors import AlreadyExistsError
from audioset.media.encoders.aac import encode_aac
from audioset.records.lines import Line
from audioset.records.plugin_contracts import SOUND_RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Sound = NDArray[np.float32]

VOICES = {"isla": "en-gb-scotland+f3", "joe": "en-us+m3", "mairi": "en-gb-scotland+f2"}
_VIDEOS = {
    "isla": {
        "monday": ("good morning to you", "the kettle is on", "it is a cold day in Glasgow"),
        "tuesday": ("where is the train station", "see you on Monday", "nobody told me"),
        "wednesday": ("bring the coats in", "it looks like rain", "we went home early"),
        "thursday": ("the shop is closed today", "have you seen my keys", "they are on the table"),
        "friday": ("what are we having for tea", "there is soup in the pot", "come and sit down"),
    },
    "joe": {
        "monday": ("the bus was late again", "I walked the whole way", "it took me an hour"),
        "tuesday": ("can you hear me now", "the line is very bad", "I will call you later"),
        "wednesday": ("the garden needs water", "the roses are doing well", "it is too dry"),
        "thursday": ("we won the game", "everybody sang all night", "my voice is gone"),
        "friday": ("pack the car tonight", "we leave at seven", "do not forget the map"),
    },
}
_TOO_LOUD = ("isla", "friday")  # whoever recorded it had turned the level up
_LINES = (
    "Good morning to you",
    "The kettle is on",
    "It is a cold day in Glasgow",
    "Where is the train station",
    "See you on Monday",
    "Bring the coats in before it rains",
)
_NUM_TAKES = 3
_BEGUN = (4, "where is the")  # before her first take of this line she breaks off
_PHRASES = (
    "a cup of tea please",
    "thank you very much",
    "the lift is broken",
    "take the second left",
    "how much is that",
    "I do not know",
    "it was not me",
    "shut the door",
)
_PHRASE_SPEAKERS = (("mairi", "female", "Glasgow"), ("joe", "male", "Boston"))
# Names of files in the spreadsheet that are not just those of the files: (number, as written).
_LOOSE, _MISSPELT, _LOST = (3, "Phrase 3"), (5, "phrsae 05.wav"), ("phrase 20.wav", "never found")
_SPREADSHEET = "Transcriptions.xlsx"
_PAUSE_SECONDS, _PAUSE_BETWEEN_LINES_SECONDS = 0.7, 1.2
_WORDS_PER_MINUTE = (150, 165, 140)  # nobody says a line twice the same way
_LEVEL, _TOO_LOUD_LEVEL = 0.5, 6.0
_ROOM_NOISE = 0.001


@dataclass(frozen=True)
class _Spoken:
    """What is said, by a speaker of `VOICES`, and how long it is silent after it."""

    text: str
    speaker: str
    words_per_minute: int = _WORDS_PER_MINUTE[0]
    pause_seconds: float = _PAUSE_BETWEEN_LINES_SECONDS


def is_made(folder: Path) -> bool:
    """Tell whether `make_practice` made this folder."""
    return (folder / "clips" / _SPREADSHEET).exists() and (folder / "lines").is_dir()


def make_practice(folder: Path) -> Iterator[tuple[str, str]]:
    """Make the folder, some 4 MB; gives what is in it, as (name, words) for people.

    The folder appears when all is in it.

    Raises:
        AlreadyExistsError: there is something under this name.
        NotFoundError: the voices are not installed.
    """
    if folder.exists():
        raise AlreadyExistsError(f"{folder} is something else already; name a new folder")
    part = folder.with_name(f"{folder.name}.{os.getpid()}.part")
    part.mkdir(parents=True)
    try:
        made = [*_write_videos(part / "videos"), *_write_session(part / "lines")]
        made += _write_clips(part / "clips")
        part.replace(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    yield from made


def _write_videos(folder: Path) -> Iterator[tuple[str, str]]:
    for speaker, videos in _VIDEOS.items():
        (folder / speaker).mkdir(parents=True)
        for day, texts in videos.items():
            sound, times = _said([_Spoken(text, speaker) for text in texts])
            level = _TOO_LOUD_LEVEL if (speaker, day) == _TOO_LOUD else _LEVEL
            path = folder / speaker / f"{day}.mp4"
            path.write_bytes(encode_aac(_at_level(sound, level), SOUND_RATE))
            if speaker == "joe":
                path.with_suffix(".srt").write_text(_subtitles(texts, times), encoding="utf-8")
    yield "videos/isla/", f"{len(_VIDEOS['isla'])} videos"
    yield "videos/joe/", f"{len(_VIDEOS['joe'])} videos, with subtitles"


def _subtitles(texts: Sequence[str], times: Sequence[tuple[float, float]]) -> str:
    """Write cues of SubRip."""
    cues = zip(texts, times, strict=True)
    return "\n".join(
        f"{number}\n{_clock(start)} --> {_clock(end)}\n{text}\n"
        for number, (text, (start, end)) in enumerate(cues, 1)
    )


def _clock(seconds: float) -> str:
    whole, rest = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d},{rest:03d}"


def _write_session(folder: Path) -> Iterator[tuple[str, str]]:
    folder.mkdir()
    phrases: list[_Spoken] = []
    for number, text in enumerate(_LINES, 1):
        if number == _BEGUN[0]:
            phrases.append(_Spoken(_BEGUN[1], "isla", pause_seconds=_PAUSE_SECONDS))
        pauses = [_PAUSE_SECONDS] * (_NUM_TAKES - 1) + [_PAUSE_BETWEEN_LINES_SECONDS]
        for speed, pause in zip(_WORDS_PER_MINUTE, pauses, strict=True):
            phrases.append(_Spoken(text, "isla", speed, pause))
    sound = _at_level(_said(phrases)[0], _LEVEL)
    (folder / "session.mp4").write_bytes(encode_aac(sound, SOUND_RATE))
    (folder / "session.txt").write_text("\n".join(_LINES) + "\n", encoding="utf-8")
    yield "lines/session.mp4", f"a video in which each of {len(_LINES)} lines is said three times"
    yield "lines/session.txt", "the lines"


def _write_clips(folder: Path) -> Iterator[tuple[str, str]]:
    from openpyxl import Workbook

    folder.mkdir()
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["File name", "Transcription", "Speaker", "Gender", "Accent"])
    written = dict((_LOOSE, _MISSPELT))
    number = 0
    for speaker, gender, accent in _PHRASE_SPEAKERS:
        for text in _PHRASES:
            number += 1
            name = f"phrase {number:02d}.wav"
            sound, _ = _said([_Spoken(text, speaker, pause_seconds=0.2)], before_seconds=0.2)
            _write_wav(folder / name, _at_level(sound, _LEVEL))
            sheet.append([written.get(number, name), text, speaker, gender, accent])
    sheet.append([*_LOST, *_PHRASE_SPEAKERS[0]])
    book.save(folder / _SPREADSHEET)
    yield "clips/*.wav", f"{number} clips, cut by hand"
    yield f"clips/{_SPREADSHEET}", "what is said in them, and by whom"


def _write_wav(path: Path, sound: "Sound") -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SOUND_RATE)
        file.writeframes(np.rint(sound * 32_767).astype("<i2").tobytes())


def _said(
    phrases: Sequence[_Spoken], *, before_seconds: float = _PAUSE_SECONDS
) -> "tuple[Sound, list[tuple[float, float]]]":
    """Let phrases be said one after the other; gives the sound, and when each is said."""
    from audioset.hearing.align.voices.espeak import speak

    sounds: list[Sound] = [np.zeros(round(before_seconds * SOUND_RATE), np.float32)]
    times: list[tuple[float, float]] = []
    at = sounds[0].size
    for phrase in phrases:
        [speech] = speak(
            [Line(number=1, text=phrase.text)],
            VOICES[phrase.speaker],
            words_per_minute=phrase.words_per_minute,
        )
        times.append((at / SOUND_RATE, (at + speech.samples.size) / SOUND_RATE))
        pause = np.zeros(round(phrase.pause_seconds * SOUND_RATE), np.float32)
        sounds += [speech.samples, pause]
        at += speech.samples.size + pause.size
    return np.concatenate(sounds), times


def _at_level(sound: "Sound", level: float) -> "Sound":
    """Bring the loudest sample to a level; above 1 it is clipped, as a recorder does."""
    noise = np.random.default_rng(0).normal(0, _ROOM_NOISE, sound.size)
    louder = sound * (level / np.abs(sound).max()) + noise
    held: Sound = np.clip(louder, -1, 1).astype(np.float32)
    return held
