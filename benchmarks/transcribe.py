"""What `audioset transcribe` costs with short clips, and how many words are wrong.

    python benchmarks/transcribe.py --packages FOLDER [--whole-windows] [--only KIND]

500 clips of 1 to 5 s with a known text: lines of English readers, French verses where the aligner
found them without a flag, phrases of digits by six speakers, and phrases of digits from telephone
prompts in five languages (see `language_sets.py`, which fetches them). `--whole-windows` hears all
of Whisper's 30 s, as faster-whisper does by itself.
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jiwer
import numpy as np
from align_sets import SPEAKERS, makers
from align_truth import RATE, Said
from language_sets import DIGITS, prompts, unpacked
from measuring import Counts, heading, table, tell
from second_opinion_words import recording_of

from audioset.hearing.transcribers import open_transcriber, transcribe_sounds, whisper_windows
from audioset.records.sentence import normalise_sentence

LEAST_SECONDS, MOST_SECONDS, CLIPS_AT_ONCE = 1.0, 5.0, 8
EDGE_SECONDS = 0.1
ENGLISH = ("aesop", "lj", "sonnet", "libri")
# Of each kind as many clips, spread over all that there are.
NUMBERS = {"English lines": 85, "French verses": 165, "digits, 8 kHz": 125, "prompts": 125}


@dataclass(frozen=True, slots=True)
class Spoken:
    """One clip, and what is said in it."""

    sound: np.ndarray
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Heard(Counts):
    """Sums over clips."""

    clips: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    words: int = 0
    wrong: int = 0


def clips_of(kind: str, packages: Path) -> Iterator[Spoken]:
    """Give all clips of a kind that are short enough."""
    if kind == "prompts":
        for found in prompts(unpacked(packages)):
            texts = dict(enumerate(found.texts, 1))
            yield from _short_clips(found.samples, found.said, texts, found.language)
        return
    digits = tuple(f"digits_{speaker}" for speaker in SPEAKERS)
    names = {
        "English lines": ENGLISH,
        "French verses": ("poems_1", "poems_2"),
        "digits, 8 kHz": digits,
    }[kind]
    for name in names:
        recording = makers()[name]() if kind.startswith("digits") else recording_of(name, None)[0]
        texts = {line.number: line.text for line in recording.lines}
        language = recording.voice.partition("-")[0]
        yield from _short_clips(recording.samples, recording.said, texts, language)


def _short_clips(
    samples: np.ndarray, lines: tuple[Said, ...], texts: dict[int, str], language: str
) -> Iterator[Spoken]:
    for said in lines:
        start = max(0, round((said.start_seconds - EDGE_SECONDS) * RATE))
        sound = samples[start : round((said.end_seconds + EDGE_SECONDS) * RATE)]
        if LEAST_SECONDS <= sound.size / RATE <= MOST_SECONDS:
            yield Spoken(sound, language, texts[said.line])


def words_of(text: str, language: str) -> str:
    """Give words as they are compared: digits in words, one by one."""
    names = DIGITS[language].split()
    spelled = "".join(f" {names[int(c)]} " if c.isdigit() and c.isascii() else c for c in text)
    return normalise_sentence(spelled) or "-"


def measure(model: Any, clips: list[Spoken]) -> Heard:
    heard: list[str] = []
    started = time.process_time()
    for first in range(0, len(clips), CLIPS_AT_ONCE):
        some = {str(number): clip for number, clip in enumerate(clips[first:][:CLIPS_AT_ONCE])}
        sounds = {key: clip.sound for key, clip in some.items()}
        languages: dict[str, str | None] = {key: clip.language for key, clip in some.items()}
        found = dict(transcribe_sounds(model, sounds, languages))
        heard += [found[key].text for key in some]
    cpu_seconds = time.process_time() - started
    wrong = jiwer.process_words(
        [words_of(clip.text, clip.language) for clip in clips],
        [words_of(text, clip.language) for text, clip in zip(heard, clips, strict=True)],
    )
    return Heard(
        clips=len(clips),
        seconds=sum(clip.sound.size for clip in clips) / RATE,
        cpu_seconds=cpu_seconds,
        words=wrong.hits + wrong.substitutions + wrong.deletions,
        wrong=wrong.substitutions + wrong.deletions + wrong.insertions,
    )


def cells(heard: Heard) -> list[object]:
    return [
        heard.clips,
        f"{heard.seconds / 60:.1f}",
        f"{60 * heard.cpu_seconds / heard.seconds:.1f}",
        f"{heard.wrong} of {heard.words}",
        f"{100 * heard.wrong / heard.words:.1f} %",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--packages", type=Path, default=Path("packages"), help="a folder")
    parser.add_argument("--whole-windows", action="store_true", help="hear all of the 30 s")
    parser.add_argument("--only", default="", help="part of a kind of clips")
    parser.add_argument("--tiny", action="store_true", help="next to nothing: does it work?")
    given = parser.parse_args()
    if given.whole_windows:
        whisper_windows._LEAST_SECONDS = whisper_windows.WINDOW_SECONDS
    model = open_transcriber("whisper", None, 1)
    rows, total = [], Heard()
    for kind, most in {"English lines": 2}.items() if given.tiny else NUMBERS.items():
        if given.only in kind:
            clips = list(clips_of(kind, given.packages))
            number = min(most, len(clips))
            spread = [clips[k * len(clips) // number] for k in range(number)]
            heard = measure(model, spread)
            total += heard
            rows.append([kind, *cells(heard)])
            tell(f"{rows[-1]}")
    print(heading(1))
    columns = ["clips", "number", "minutes", "CPU s per minute", "words wrong", "share"]
    print(table(columns, [*rows, ["**all**", *cells(total)]]))


if __name__ == "__main__":
    main()
