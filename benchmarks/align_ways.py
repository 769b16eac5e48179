"""Run one way to align on one recording, in a process of its own: `align_ways.py WAY FOLDER`.

The folder holds `sound.npy` and `lines.json` (as `align.py` writes them); `found.json` is written:
the alignment and the CPU seconds of the call (speech detection and a compiled function's load are
in it, imports are not).
"""

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from align_baselines import RATE, WAYS, Sound, Way

from audioset.curation.detector import SpeechDetector
from audioset.records.align_options import AlignOptions
from audioset.records.transcript import Alignment, Line

_OURS = ("bootstrap", "structural")


def ours(name: str) -> Way:
    from audioset.curation.align.align import align_lines
    from audioset.curation.align.sound import Sound16k

    def way(sound: Sound, lines: Sequence[Line], voice: str) -> Alignment:
        blocks = np.split(sound.samples, range(RATE, sound.samples.size, RATE))
        options = AlignOptions(aligner=name, voice=voice)
        return align_lines(Sound16k(blocks, sound.probabilities), lines, options)

    return way


def hear(samples: np.ndarray) -> Sound:
    """Detect speech second by second, as a cut does."""
    detector = SpeechDetector()
    blocks = np.split(samples, range(RATE, samples.size, RATE))
    heard = [detector.push(block, last=False).probabilities for block in blocks]
    heard.append(detector.push(np.empty(0, np.float32), last=True).probabilities)
    return Sound(samples, np.concatenate(heard))


def main() -> None:
    name, folder = sys.argv[1], Path(sys.argv[2])
    told = json.loads((folder / "lines.json").read_text("utf-8"))
    lines = [Line(**line) for line in told["lines"]]
    way = ours(name) if name in _OURS else WAYS[name]
    samples = np.load(folder / "sound.npy")
    begun = time.process_time()
    found = way(hear(samples), lines, told["voice"])
    cpu_seconds = time.process_time() - begun
    result = {"cpu_seconds": cpu_seconds, "alignment": asdict(found)}
    (folder / "found.json").write_text(json.dumps(result), "utf-8")


if __name__ == "__main__":
    main()
