"""Run one way to align on one recording, in a process of its own: `align_ways.py WAY FOLDER`.

The folder holds `sound.f32` and `lines.json` (as `align.py` writes them); `found.json` is written:
the alignment and the CPU seconds of the call (speech detection and a compiled function's load are
in it, imports are not).
"""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from align_baselines import RATE, WAYS, Sound

from audioset.hearing.speech.detector import SpeechDetector
from audioset.records.line_options import AlignOptions
from audioset.records.lines import Alignment, Line

_OURS = ("bootstrap", "structural", "hama")
_AGAIN = "bootstrap+hama"  # as "auto" where hama is installed


def ours(name: str, file: Path, lines: Sequence[Line], voice: str) -> Alignment:
    from audioset.hearing.align.align import align_lines
    from audioset.hearing.align.ear.sound import Sound16k

    return align_lines(Sound16k(blocks_of(file)), lines, AlignOptions(aligner=name, voice=voice))


def heard_again(file: Path, lines: Sequence[Line], voice: str) -> Alignment:
    """Give what the first aligner finds, and hama where that is in doubt."""
    from audioset.hearing.align.again import align_again, doubtful_stretches
    from audioset.hearing.align.ear.sound import Sound16k

    found = ours("bootstrap", file, lines, voice)
    stretches = doubtful_stretches(found, lines)
    seconds = sum(end - start for start, end in stretches)
    print(f"heard again: {seconds:.0f} of {found.length_seconds:.0f} s")
    if not stretches:
        return found
    options = AlignOptions(voice=voice)
    return align_again(found, Sound16k(blocks_of(file)), lines, options, stretches)


def blocks_of(file: Path) -> Iterator[np.ndarray]:
    """Read a second at a time, so that the sound is never held."""
    with file.open("rb") as opened:
        while (block := np.fromfile(opened, np.float32, RATE)).size:
            yield block


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
    file = folder / "sound.f32"
    begun = time.process_time()
    if name in _OURS:
        found = ours(name, file, lines, told["voice"])
    elif name == _AGAIN:
        found = heard_again(file, lines, told["voice"])
    else:
        found = WAYS[name](hear(np.fromfile(file, np.float32)), lines, told["voice"])
    cpu_seconds = time.process_time() - begun
    result = {"cpu_seconds": cpu_seconds, "alignment": asdict(found)}
    (folder / "found.json").write_text(json.dumps(result), "utf-8")


if __name__ == "__main__":
    main()
