"""Make a video in which synthetic speakers say each line several times; tell who said what when.

Speech comes from espeak-ng, as the wheel `espeakng-loader` carries it; the picture shows the line.
"""

import argparse
import csv
import ctypes
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from fractions import Fraction
from itertools import product
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from audioset.hearing.align.voices.library import fresh_library

SAMPLING_RATE = 22_050  # Hz, espeak-ng's own
PAUSE_BETWEEN_TAKES_SECONDS = 0.7
PAUSE_BETWEEN_LINES_SECONDS = 1.2
WORDS_PER_MINUTE = (150, 165, 140)  # of the takes, in turn: nobody says a line twice the same way
ROOM_NOISE = 0.001
PICTURE_SIZE = (320, 180)
PICTURES_PER_SECOND = 5

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Said:
    """One take of one line, where it lies in the video."""

    start_seconds: float
    end_seconds: float
    speaker: str
    text: str
    take: int


@dataclass(frozen=True)
class Speaker:
    """Who speaks, with which voice of espeak-ng."""

    name: str
    voice: str


@contextmanager
def _voice() -> Iterator[Callable[[str, str, int], Samples]]:
    """Give a function that says a text: float32, shape (n,), range [-1, 1], at SAMPLING_RATE."""
    pieces: list[NDArray[np.int16]] = []

    def keep(wave: "ctypes._Pointer[ctypes.c_short]", count: int, _events: object) -> int:
        if wave and count > 0:
            pieces.append(np.ctypeslib.as_array(wave, (count,)).copy())
        return 0

    with fresh_library() as (library, rate):
        if rate != SAMPLING_RATE:
            raise RuntimeError(f"espeak-ng speaks at {rate} Hz")
        callback = _CALLBACK(keep)
        library.espeak_SetSynthCallback(callback)
        library.espeak_ng_SetRandSeed(
            ctypes.c_long(1)
        )  # else by the clock: the same lines, the same

        def say(text: str, voice: str, words_per_minute: int) -> Samples:
            pieces.clear()
            if library.espeak_SetVoiceByName(voice.encode()) != 0:
                raise ValueError(f"espeak-ng has no voice {voice!r}")
            library.espeak_SetParameter(1, words_per_minute, 0)
            data = text.encode()
            library.espeak_Synth(data, len(data) + 1, 0, 1, 0, 1, None, None)
            library.espeak_Synchronize()
            return np.concatenate(pieces).astype(np.float32) / 32768

        yield say


_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


def recite(
    lines: Sequence[str], speakers: Sequence[Speaker], *, takes: int = 3
) -> tuple[Samples, list[Said]]:
    """Let each speaker say each line `takes` times; gives the sound and where each take lies."""
    sound: list[Samples] = [_room(PAUSE_BETWEEN_LINES_SECONDS)]
    said: list[Said] = []
    at = sound[0].size
    with _voice() as say:
        for speaker, line, take in product(speakers, lines, range(takes)):
            speech = say(line, speaker.voice, WORDS_PER_MINUTE[take % len(WORDS_PER_MINUTE)])
            start, end = at / SAMPLING_RATE, (at + speech.size) / SAMPLING_RATE
            is_last = take == takes - 1
            pause = PAUSE_BETWEEN_LINES_SECONDS if is_last else PAUSE_BETWEEN_TAKES_SECONDS
            sound += [speech, np.zeros(round(pause * SAMPLING_RATE), np.float32)]
            at += speech.size + sound[-1].size
            said.append(Said(start, end, speaker.name, line, take + 1))
    whole = np.concatenate(sound)
    return whole + _room(whole.size / SAMPLING_RATE)[: whole.size], said


def _room(seconds: float) -> Samples:
    size = round(seconds * SAMPLING_RATE) + 1
    return np.random.default_rng(0).normal(0, ROOM_NOISE, size).astype(np.float32)


def write_video(path: Path, sound: Samples, said: Sequence[Said]) -> None:
    """Write an mp4 (H.264 and AAC) with the line being said as the picture."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=PICTURES_PER_SECOND)
        video.width, video.height = PICTURE_SIZE
        video.pix_fmt = "yuv420p"
        audio = container.add_stream("aac", rate=SAMPLING_RATE, layout="mono")
        for picture in _pictures(sound.size / SAMPLING_RATE, said):
            container.mux(video.encode(picture))
        container.mux(video.encode(None))
        for start in range(0, sound.size, 1024):
            frame = av.AudioFrame.from_ndarray(
                sound[None, start : start + 1024].copy(), format="fltp", layout="mono"
            )
            frame.sample_rate, frame.pts = SAMPLING_RATE, start
            frame.time_base = Fraction(1, SAMPLING_RATE)
            container.mux(audio.encode(frame))
        container.mux(audio.encode(None))


def _pictures(seconds: float, said: Sequence[Said]) -> Iterator[av.VideoFrame]:
    from PIL import Image, ImageDraw

    for number in range(int(seconds * PICTURES_PER_SECOND)):
        time = number / PICTURES_PER_SECOND
        now = next((s for s in said if s.start_seconds <= time < s.end_seconds), None)
        image = Image.new("RGB", PICTURE_SIZE, "#1c2b3a")
        if now is not None:
            draw = ImageDraw.Draw(image)
            draw.text((16, 70), now.text, fill="white", font_size=18)
            draw.text((16, 150), f"{now.speaker}, take {now.take}", fill="#9fb3c8", font_size=12)
        yield av.VideoFrame.from_image(image)


def main() -> None:
    """Make the demo video and, beside it, `<video>.said.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("video", type=Path)
    parser.add_argument("--lines", type=Path, required=True, help="text file, one line per row")
    parser.add_argument("--speakers", type=Path, required=True, help="CSV: speaker, voice, facts")
    arguments = parser.parse_args()
    lines = arguments.lines.read_text(encoding="utf-8").split("\n")
    with arguments.speakers.open(newline="", encoding="utf-8") as file:
        speakers = [Speaker(row["speaker"], row["voice"]) for row in csv.DictReader(file)]
    sound, said = recite([line for line in lines if line.strip()], speakers)
    write_video(arguments.video, sound, said)
    truth = arguments.video.with_suffix(".said.json")
    truth.write_text(json.dumps([asdict(each) for each in said], indent=1) + "\n", encoding="utf-8")
    print(f"{arguments.video}: {sound.size / SAMPLING_RATE:.1f} s, {len(said)} takes")


if __name__ == "__main__":
    main()
