"""What importing a corpus costs: CPU per 1,000 clips and peak memory, as the corpus grows.

The corpus has the layout of LJSpeech: files of a quarter of a second, each with samples of its own.
The floor decodes every file and writes it as FLAC again, with libsndfile, and does nothing else.

    python benchmarks/corpora.py --clips 10000 100000

With `--spans`, a corpus of spans of long recordings, in the layout of a NeMo manifest: 10,000 spans
of 90 ms in each. A dry run reads all of it and cuts nothing; `--cut` cuts it too.

    python benchmarks/corpora.py --spans 200000 1000000
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import soundfile
from measuring import Cost, heading, run, scratch, table, tell

import audioset

_RATE_HZ, _LENGTH_SECONDS = 16_000, 0.25
_SPANS_RATE_HZ, _SPAN_SECONDS, _STEP_SECONDS, _SPANS_OF_ONE = 8_000, 0.09, 0.1, 10_000
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


def make_spans(folder: Path, number: int) -> Path:
    """Write recordings, and a manifest of so many spans of them."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(1)
    with (folder / "manifest.jsonl").open("w", encoding="utf-8") as lines:
        for first in range(0, number, _SPANS_OF_ONE):
            some = range(first, min(number, first + _SPANS_OF_ONE))
            name = f"r{first // _SPANS_OF_ONE:04d}.wav"
            size = round((len(some) * _STEP_SECONDS + 1) * _SPANS_RATE_HZ)
            noise = (random.standard_normal(size, np.float32) * 300).astype(np.int16)
            soundfile.write(folder / name, noise, _SPANS_RATE_HZ)
            for place in some:
                said = {
                    "audio_filepath": name,
                    "offset": round((place - first) * _STEP_SECONDS + 0.005, 3),
                    "duration": _SPAN_SECONDS,
                    "text": f"number {place}",
                }
                lines.write(json.dumps(said) + "\n")
    return folder


def measure_spans(folder: Path, number: int, workers: int, *, cut: bool) -> list[tuple[str, Cost]]:
    """Look at a corpus of spans, and cut it where that is asked for."""
    tell(f"making {number:,} spans")
    corpus, workspace = make_spans(folder / "corpus", number), folder / "workspace"
    audioset.init(workspace, name="corpus")
    command = [sys.executable, "-m", "audioset", "import", "nemo", corpus, "--workspace", workspace]
    options = ["--workers", str(workers), "--json"]
    ways = {"**import** of spans, dry run": ["--dry-run"]}
    if cut:
        ways["**import** of spans"] = []
    costs = []
    for way, flags in ways.items():
        costs.append((way, run([*command, *options, *flags])))
        tell(f"{way}: {costs[-1][1].cpu_seconds:.1f} CPU s")
    return costs


def main() -> None:
    """Measure each number of clips, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--spans", type=int, nargs="*", default=[], help="in place of clips")
    parser.add_argument("--cut", action="store_true", help="cut the spans too")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--tiny", action="store_true", help="only see that it works")
    given = parser.parse_args()
    clips, spans = ([20], [20]) if given.tiny else (given.clips, given.spans)
    rows = []
    if spans and not given.tiny:
        clips = []
    for number, is_spans in [*((n, False) for n in clips), *((n, True) for n in spans)]:
        with scratch() as folder:
            if is_spans:
                found = measure_spans(folder, number, given.workers, cut=given.cut or given.tiny)
            else:
                found = measure(folder, number, given.workers)
            for way, cost in found:
                per_thousand = cost.cpu_seconds * 1000 / number
                peak = f"{cost.peak_bytes / 1e6:.0f}"
                rows.append([f"{number:,}", way, f"{per_thousand:.2f}", peak])
    print(heading(1))
    print()
    print(table(["clips", "way", "CPU s per 1,000 clips", "peak MB"], rows))


if __name__ == "__main__":
    main()
