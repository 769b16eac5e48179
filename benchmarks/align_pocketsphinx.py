"""Align with pocketsphinx, in an interpreter of its own: `align_pocketsphinx.py - FOLDER`.

Needs pocketsphinx, espeakng-loader and numpy, nothing of this project. The lines are a grammar in
which each may be skipped, and said again where the number of takes is not known; words that its
dictionary lacks are spelled by espeak-ng. Reads and writes what `align_ways.py` does.
"""

# ruff: noqa: RUF001  letters of IPA
import json
import re
import sys
import time
from pathlib import Path

import numpy as np
from align_speech import ipa
from pocketsphinx import Decoder

RATE = 16_000
_SKIP, _AGAIN = 1e-6, 1e-3  # probabilities of a skipped line, and of one that is said again
_WORD = re.compile(r"[a-z']+")
# The sounds of espeak's American English in those of the CMU dictionary, longest first.
_SOUNDS = {
    "tʃ": "CH", "dʒ": "JH", "aɪ": "AY", "aʊ": "AW", "eɪ": "EY", "oʊ": "OW", "ɔɪ": "OY",
    "ɚ": "ER", "ɜ": "ER", "ɝ": "ER", "i": "IY", "ɪ": "IH", "ᵻ": "IH", "ɛ": "EH", "e": "EH",
    "æ": "AE", "a": "AA", "ɑ": "AA", "ɐ": "AH", "ə": "AH", "ʌ": "AH", "ɔ": "AO", "o": "OW",
    "ʊ": "UH", "u": "UW", "b": "B", "d": "D", "ð": "DH", "f": "F", "ɡ": "G", "g": "G", "h": "HH",
    "j": "Y", "k": "K", "l": "L", "m": "M", "n": "N", "ŋ": "NG", "p": "P", "ɹ": "R", "r": "R",
    "s": "S", "ʃ": "SH", "t": "T", "ɾ": "D", "ʔ": "T", "θ": "TH", "v": "V", "w": "W", "z": "Z",
    "ʒ": "ZH", "x": "K",
}  # fmt: skip


def spelled(word: str) -> str:
    """Give the sounds of a word that the dictionary lacks."""
    left, sounds = ipa(word, "en-us"), []
    while left:
        for length in (2, 1):
            if left[:length] in _SOUNDS:
                sounds.append(_SOUNDS[left[:length]])
                left = left[length:]
                break
        else:
            left = left[1:]
    return " ".join(sounds) or "AH"


def words_of(text: str) -> list[str]:
    return _WORD.findall(text.lower()) or ["uh"]


def grammar(lines: list[dict], decoder: Decoder) -> list[tuple]:
    """Make the arcs; each line's words are marked with the number of its copy."""
    arcs, state = [], 1
    before = 0  # state 0 is the start; a copy ends in the state that the next one starts from
    for number, line in enumerate(lines):
        for _ in range(line["takes"] or 1):
            at, words = before, words_of(line["text"])
            end = state + len(words) - 1
            for word in words:
                if decoder.lookup_word(word) is None:
                    decoder.add_word(word, spelled(word), True)  # noqa: FBT003
                name = f"{word}_{number}"
                if decoder.lookup_word(name) is None:
                    decoder.add_word(name, decoder.lookup_word(word), True)  # noqa: FBT003
                arcs.append((at, state, 1.0, name))
                at, state = state, state + 1
            arcs.append((before, end, _SKIP))
            if line["takes"] is None:
                arcs.append((end, before, _AGAIN))
            before = end
    return arcs


def align(samples: np.ndarray, lines: list[dict]) -> list[dict]:
    decoder = Decoder(samprate=RATE, lm=None, bestpath=False, loglevel="FATAL")
    arcs = grammar(lines, decoder)
    decoder.add_fsg("lines", decoder.create_fsg("lines", 0, max(arc[1] for arc in arcs), arcs))
    decoder.activate_search("lines")
    decoder.start_utt()
    decoder.process_raw((samples * 32767).astype(np.int16).tobytes(), full_utt=True)
    decoder.end_utt()
    return spans_of(list(decoder.seg() or []), lines)


def spans_of(segments: list, lines: list[dict]) -> list[dict]:
    """Put words together: a copy ends when all words of its line were said."""
    spans, left, takes = [], 0, {}
    for segment in segments:
        _, underscore, number = segment.word.partition("(")[0].rpartition("_")
        if not underscore or not number.isdigit():
            continue
        line = lines[int(number)]
        if left == 0:
            left = len(words_of(line["text"]))
            takes[line["number"]] = takes.get(line["number"], 0) + 1
            spans.append(
                {
                    "line": line["number"],
                    "take": takes[line["number"]],
                    "start_seconds": segment.start_frame / 100,
                    "score": 1.0,
                    "flags": [],
                    "best": False,
                    "similarity": None,
                }
            )
        spans[-1]["end_seconds"] = (segment.end_frame + 1) / 100
        left -= 1
    return spans


def main() -> None:
    folder = Path(sys.argv[2])
    told = json.loads((folder / "lines.json").read_text("utf-8"))
    samples = np.fromfile(folder / "sound.f32", np.float32)
    begun = time.process_time()
    spans = align(samples, told["lines"])
    found = {
        "aligner": "pocketsphinx@5",
        "spans": spans,
        "unexplained": [],
        "missing": sorted(
            {line["number"] for line in told["lines"]} - {span["line"] for span in spans}
        ),
        "length_seconds": samples.size / RATE,
    }
    result = {"cpu_seconds": time.process_time() - begun, "alignment": found}
    (folder / "found.json").write_text(json.dumps(result), "utf-8")


if __name__ == "__main__":
    main()
