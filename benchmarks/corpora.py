"""What importing a corpus costs: CPU per 1,000 clips and peak memory, as the corpus grows.

The corpus has the layout of LJSpeech: files of a quarter of a second, each with samples of its own.
The floor decodes every file and writes it as FLAC again, with libsndfile, and does nothing else.

    python benchmarks/corpora.py --clips 10000 100000
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import soundfile
from measuring import Cost, heading, run, scratch, table, tell

import audioset

_RATE_HZ, _LENGTH_SECONDS = 16_000, 0.25
_FLOOR = """
import sys, soundfile
from pathlib import Path
goal = Path(sys.argv[2])
goal.mkdir()
for path in sorted(Path(sys.argv[1], "wavs").iterdir()):
    samples, rate = soundfile.read(path, dtype="int16")
    soundfile.write(goal / f"{path.stem}.flac", samples, rate)
"""


def make_corpus(folder: Path, number: int) -> Path:
    """Write a corpus of so many clips."""
    (folder / "wavs").mkdir(parents=True)
    random = np.random.default_rng(1)
    size = round(_RATE_HZ * _LENGTH_SECONDS)
    with (folder / "metadata.csv").open("w", encoding="utf-8") as lines:
        for place in range(number):
            noise = random.normal(0, 400, size) + 8000 * np.sin(
                np.arange(size) * (0.05 + place % 7)
            )
            name = f"C{place:07d}"
            soundfile.write(folder / "wavs" / f"{name}.wav", noise.astype(np.int16), _RATE_HZ)
            lines.write(f"{name}|number {place}|number {place}\n")
    return folder


def measure(folder: Path, number: int, workers: int) -> list[tuple[str, Cost]]:
    """Import a corpus, import it again, and take the floor."""
    tell(f"making {number:,} clips")
    corpus = make_corpus(folder / "corpus", number)
    workspace = folder / "workspace"
    audioset.init(workspace, name="corpus")
    command = [sys.executable, "-m", "audioset", "import", "ljspeech", corpus, "--speaker", "ada"]
    options = ["--workspace", workspace, "--workers", str(workers), "--json"]
    costs = []
    for way, words in (
        ("floor: libsndfile", [sys.executable, "-c", _FLOOR, corpus, folder / "flac"]),
        ("**import**", [*command, *options]),
        ("**import** again", [*command, *options]),
    ):
        costs.append((way, run(words)))
        tell(f"{way}: {costs[-1][1].cpu_seconds:.1f} CPU s")
    return costs


def main() -> None:
    """Measure each number of clips, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--tiny", action="store_true", help="only see that it works")
    given = parser.parse_args()
    rows = []
    for number in [20] if given.tiny else given.clips:
        with scratch() as folder:
            for way, cost in measure(folder, number, given.workers):
                per_thousand = cost.cpu_seconds * 1000 / number
                peak = f"{cost.peak_bytes / 1e6:.0f}"
                rows.append([f"{number:,}", way, f"{per_thousand:.2f}", peak])
    print(heading(1))
    print()
    print(table(["clips", "way", "CPU s per 1,000 clips", "peak MB"], rows))


if __name__ == "__main__":
    main()
