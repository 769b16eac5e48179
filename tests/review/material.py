"""Workspaces to review: of a synthetic voice, made in a second or two, and of real videos."""

from functools import cache
from pathlib import Path

import numpy as np

import audioset
from audioset.workspace import Workspace
from scripts.demo_video import Speaker, recite
from tests.sounds import SPEECH_RATE, spoken, write_audio

IN_NO_LINE = "nobody wrote this sentence down"
NEVER_SAID = "rain falls all over the northern mountains in november"
LINES = ("good morning to you", NEVER_SAID, "the kettle is on")
FORGOTTEN = "zero"
CAPTIONS = """1
00:00:01,100 --> 00:00:02,300
good morning to you

2
00:00:02,750 --> 00:00:03,850
good mourning to you

3
00:00:04,350 --> 00:00:05,600
good morning
"""


def make_voiced(folder: Path) -> Workspace:
    """Make a workspace with every kind of row.

    `talk` is cut by lines: three takes of two of them, one that is never said, and speech in no
    line. `captions` is cut by captions, of which one is misheard.
    """
    folder.mkdir(parents=True)
    write_audio(folder / "talk.wav", _talk(), SPEECH_RATE)
    write_audio(folder / "captions.wav", spoken()[0][: 6 * SPEECH_RATE], SPEECH_RATE)
    (folder / "talk.txt").write_text("\n".join(LINES), encoding="utf-8")
    (folder / "captions.srt").write_text(CAPTIONS, encoding="utf-8")
    ws = audioset.init(folder / "scots", name="scots")
    ws.cut(folder / "talk.wav", transcript=folder / "talk.txt", speaker="isla")
    ws.cut(folder / "captions.wav", labels=folder / "captions.srt", speaker="ewan")
    return ws


def make_real(folder: Path, media: Path) -> Workspace:
    """Make a workspace of two real videos: digits cut by their lines, a talk by its captions.

    `FORGOTTEN` is said three times as well, but is not among the lines.
    """
    video = media / "video"
    said = (video / "three_takes_digits.lines.txt").read_text(encoding="utf-8").split()
    lines = folder / "three_takes_digits.lines.txt"
    lines.write_text("\n".join(line for line in said if line != FORGOTTEN), encoding="utf-8")
    ws = audioset.init(folder / "real", name="real")
    ws.cut(video / "three_takes_digits.mp4", transcript=lines, speaker="jackson")
    ws.cut(video / "wai_keyboard.mp4", labels=video / "wai_keyboard.vtt", speaker="narrator")
    return ws


@cache
def _talk() -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
    unwritten, said = recite((IN_NO_LINE,), [Speaker("isla", "en-gb-scotland")], takes=1)
    end = round((said[0].end_seconds + 0.4) * SPEECH_RATE)
    return np.concatenate([spoken()[0], unwritten[:end]])
