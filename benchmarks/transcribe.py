"""What `audioset transcribe` costs with short clips, and how many words are wrong.

    python benchmarks/transcribe.py [--whole-windows] [--most 500]

Clips of 1 to 5 s with a known text: lines of English readers, French verses where the aligner found
them without a flag, and phrases of digits by six speakers. `--whole-windows` hears all of Whisper's
30 s, as it does by itself.
"""

import argparse
import time
from collections.abc import Iterator
from typing import Any

import jiwer
import numpy as np
from align_sets import SPEAKERS, WORDS, makers
from align_truth import RATE
from measuring import heading, table, tell
from second_opinion_words import recording_of

from audioset.hearing.transcribers import open_transcriber, transcribe_sounds, whisper_windows
from audioset.records.sentence import normalise_sentence

LEAST_SECONDS, MOST_SECONDS, CLIPS_AT_ONCE = 1.0, 5.0, 8
EDGE_SECONDS = 0.1
ENGLISH = ("aesop", "lj", "sonnet", "libri")


def short_clips(name: str) -> Iterator[tuple[np.ndarray, str]]:
    """Give sounds and texts of the lines of a recording that are short enough."""
    recording = makers()[name]() if name.startswith("digits") else recording_of(name)
    texts = {line.number: line.text for line in recording.lines}
    for said in recording.said:
        start = max(0, round((said.start_seconds - EDGE_SECONDS) * RATE))
        sound = recording.samples[start : round((said.end_seconds + EDGE_SECONDS) * RATE)]
        if LEAST_SECONDS <= sound.size / RATE <= MOST_SECONDS:
            yield sound, texts[said.line]


def words_of(text: str) -> str:
    """Give words as they are compared: digits in words, one by one."""
    spelled = "".join(f" {WORDS[int(c)]} " if c.isdigit() and c.isascii() else c for c in text)
    return normalise_sentence(spelled) or "-"


def measure(model: Any, clips: list[tuple[np.ndarray, str]], language: str) -> list[object]:
    heard: list[str] = []
    started = time.process_time()
    for first in range(0, len(clips), CLIPS_AT_ONCE):
        some = clips[first : first + CLIPS_AT_ONCE]
        sounds = {str(number): sound for number, (sound, _) in enumerate(some)}
        found = dict(transcribe_sounds(model, sounds, dict.fromkeys(sounds, language)))
        heard += [found[key].text for key in sounds]
    cpu_seconds = time.process_time() - started
    seconds = sum(sound.size for sound, _ in clips) / RATE
    wrong = jiwer.process_words([words_of(text) for _, text in clips], [words_of(h) for h in heard])
    return [
        len(clips),
        f"{seconds / 60:.1f}",
        f"{60 * cpu_seconds / seconds:.1f}",
        f"{100 * wrong.wer:.1f} %",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--whole-windows", action="store_true", help="hear all of the 30 s")
    parser.add_argument("--most", type=int, default=180, help="clips of each kind")
    parser.add_argument("--tiny", action="store_true", help="next to nothing: does it work?")
    given = parser.parse_args()
    if given.whole_windows:
        whisper_windows._LEAST_SECONDS = whisper_windows.WINDOW_SECONDS
    model = open_transcriber("whisper", None, 1)
    kinds = {
        "English lines": ("en", ENGLISH),
        "digits, 8 kHz": ("en", tuple(f"digits_{speaker}" for speaker in SPEAKERS)),
        "French verses": ("fr", ("poems",)),
    }
    rows = []
    for kind, (language, names) in kinds.items():
        chosen, most = (("lj",), 2) if given.tiny else (names, given.most)
        clips = [clip for name in chosen for clip in short_clips(name)]
        rows.append([kind, *measure(model, clips[:most], language)])
        tell(f"{rows[-1]}")
    print(heading(1))
    print(table(["clips", "number", "minutes", "CPU s per minute", "words wrong"], rows))


if __name__ == "__main__":
    main()
