"""Do clip edges cut words, and how much speech is in no clip? Ours beside what people use.

    python benchmarks/boundaries.py [--places 20] [--options "--pad 0.1"] [--only libri]

The judge is the level of the sound, not a speech detector: windows of 20 ms every 10 ms,
high-passed at 80 Hz. Inside a true utterance a window is *loud enough* when it lies at most 25 dB
below the median of the loud windows (within 30 dB of the 95th percentile) of the 10 s around it,
and 6 dB above the recording's room noise (the median outside of utterances). A run of such windows
is *sound* when it somewhere comes within 15 dB of that median, as every syllable does. What stays
below is breath, lips and room: not a word; the last columns show what becomes of the numbers when
that counts too (for every way alike). Outside of utterances nothing is sound. A judge by level
favours ways that cut by level, on recordings as clean as these.

- An edge is **in sound** when some window that touches its +-20 ms is sound on *both* sides of it:
  an edge that just touches the first or last sound of a phrase leaves it whole.
- An edge is **in a short gap** when it is not in sound but less than 0.15 s lie between the sound
  before and after it: a stop inside a word looks like that, and so does a gap between words.
- **utterances cut through**: share of true utterances with an edge in sound. Cutting at a pause
  inside a long utterance is what a cutter is for.
- **lost at edges**: share of the sound of all utterances that is in no clip but within 0.3 s of
  one; **lost elsewhere**: the rest of the sound that is in no clip.
"""

import argparse
import csv
import json
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from measuring import audioset_cut, real_media, run, scratch, table, tell
from scipy.signal import butter, sosfilt

from audioset.storage.tables import read_manifest

FILES = ("lj_chapter01.flac", "libri_27_124992.mp4", "fleurs_du_mal_01_14.mp4")
PEERS = {
    "silero": "silero, its get_speech_timestamps",
    "librosa": "librosa.effects.split, 40 dB",
    "auditok": "auditok, defaults",
    "pydub": "pydub, pause 0.35 s, mean - 16 dB",
}
RATE = 16_000
STEP_SECONDS, WINDOW_SECONDS = 0.010, 0.020
BELOW_SPEECH_DB, CORE_BELOW_SPEECH_DB, ABOVE_NOISE_DB = 25.0, 15.0, 6.0
TOUCH_STEPS = 2  # 20 ms
SHORT_GAP_STEPS = 15
NEAR_EDGE_STEPS = 30


@dataclass(frozen=True)
class Truth:
    """A recording as the judge hears it: steps of 10 ms.

    Attributes:
        spans: of the utterances, in seconds.
        sound: bool, shape (steps,); false outside of utterances.
        loud: the same with breaths.
        levels_db: shape (steps,).
    """

    spans: Sequence[tuple[float, float]]
    sound: np.ndarray
    loud: np.ndarray
    levels_db: np.ndarray


def read_truth(path: Path) -> Truth:
    with path.with_suffix(".segments.csv").open(newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        spans = [(float(row["start_seconds"]), float(row["end_seconds"])) for row in rows]
    levels = step_levels(decode(path))
    inside = marks(spans, levels.size)
    noise = float(np.median(levels[~inside]))
    sound, loud = np.zeros(levels.size, bool), np.zeros(levels.size, bool)
    for start, end in spans:
        first, after = round(start / STEP_SECONDS), min(round(end / STEP_SECONDS), levels.size)
        part = levels[first:after]
        median = speech_level(part)
        loud[first:after] = part >= np.maximum(median - BELOW_SPEECH_DB, noise + ABOVE_NOISE_DB)
        core = part >= median - CORE_BELOW_SPEECH_DB
        for begin, stop in runs_of(loud[first:after]):
            sound[first + begin : first + stop] = core[begin:stop].any()
    return Truth(spans, sound, loud, levels)


def decode(path: Path) -> np.ndarray:
    """Decode with the ffmpeg program, shape (n,) at RATE: the judge shares no code with ours."""
    command = ["ffmpeg", "-nostdin", "-v", "error", "-i", path, "-vn", "-ac", "1", "-ar", str(RATE)]
    made = subprocess.run([*command, "-f", "f32le", "-"], check=True, capture_output=True)
    return np.frombuffer(made.stdout, np.float32)


def step_levels(samples: np.ndarray) -> np.ndarray:
    """Level in dBFS of 20 ms around the middle of every step of 10 ms."""
    filtered = sosfilt(butter(2, 80, "highpass", fs=RATE, output="sos"), samples)
    step, half = round(STEP_SECONDS * RATE), round((WINDOW_SECONDS - STEP_SECONDS) / 2 * RATE)
    energy = np.concatenate([[0.0], np.cumsum(np.square(filtered, dtype=np.float64))])
    starts = np.arange(0, samples.size - step + 1, step)
    low, high = np.maximum(starts - half, 0), np.minimum(starts + step + half, samples.size)
    return 10 * np.log10(np.maximum((energy[high] - energy[low]) / (high - low), 1e-12))


def speech_level(levels: np.ndarray) -> np.ndarray:
    """Level of speech at each step of one utterance: the loud steps of the 10 s around."""
    medians = np.empty(levels.size)
    reach = round(5 / STEP_SECONDS)
    for start in range(0, levels.size, 100):
        around = levels[max(0, start - reach) : start + 100 + reach]
        loud = around[around >= np.percentile(around, 95) - 30]
        medians[start : start + 100] = np.median(loud)
    return medians


def marks(spans, num_steps: int) -> np.ndarray:
    marked = np.zeros(num_steps, bool)
    for start, end in spans:
        marked[round(start / STEP_SECONDS) : round(end / STEP_SECONDS)] = True
    return marked


def judge_edge(sound: np.ndarray, seconds: float) -> str:
    """Say where an edge lies: "sound", "short gap" or "pause"."""
    at = min(max(round(seconds / STEP_SECONDS), 0), sound.size)
    before, after = sound[max(0, at - TOUCH_STEPS) : at], sound[at : at + TOUCH_STEPS]
    if before.any() and after.any():
        return "sound"
    reach = SHORT_GAP_STEPS + TOUCH_STEPS
    left = np.flatnonzero(sound[max(0, at - reach) : at][::-1])
    right = np.flatnonzero(sound[at : at + reach])
    if left.size and right.size and left[0] + right[0] < SHORT_GAP_STEPS:
        return "short gap"
    return "pause"


def runs_of(steps: np.ndarray) -> list[tuple[int, int]]:
    """Give the runs `[first, after)` of true steps."""
    changes = np.flatnonzero(np.diff(np.concatenate([[0], steps.view(np.int8), [0]])))
    return [(int(first), int(after)) for first, after in changes.reshape(-1, 2)]


@dataclass(frozen=True)
class Verdict:
    """What the judge found, as counts of (found, all); places are (cost, text), the worst first."""

    num_clips: int
    cut: tuple[int, int]
    in_sound: tuple[int, int]
    in_gap: tuple[int, int]
    lost_at_edges: tuple[int, int]
    lost_elsewhere: tuple[int, int]
    in_loud: tuple[int, int]
    lost_loud: tuple[int, int]
    places: Sequence[tuple[float, str]] = ()

    def counts(self) -> list[tuple[int, int]]:
        """Give the counts in the order of the table's columns."""
        return [
            self.cut,
            self.in_sound,
            self.in_gap,
            self.lost_at_edges,
            self.lost_elsewhere,
            self.in_loud,
            self.lost_loud,
        ]

    def cells(self) -> list[str]:
        """Give the cells of the table."""
        return [str(self.num_clips), *(f"{100 * n / max(1, of):.2f} %" for n, of in self.counts())]


def joined(verdicts: Sequence[Verdict]) -> Verdict:
    """Add up what was found in several recordings."""
    pairs = zip(*(verdict.counts() for verdict in verdicts), strict=True)
    sums = [tuple(sum(numbers) for numbers in zip(*pair, strict=True)) for pair in pairs]
    return Verdict(sum(verdict.num_clips for verdict in verdicts), *sums)


def judge(truth: Truth, spans: Sequence[tuple[float, float]]) -> Verdict:
    edges = sorted({edge for span in spans for edge in span})
    found = [judge_edge(truth.sound, edge) for edge in edges]
    bad = [edge for edge, verdict in zip(edges, found, strict=True) if verdict == "sound"]
    covered = marks(spans, truth.sound.size)
    reach = NEAR_EDGE_STEPS * STEP_SECONDS
    near = marks([(max(0, start - reach), end + reach) for start, end in spans], truth.sound.size)
    lost = truth.sound & ~covered
    num_sound, num_edges = int(truth.sound.sum()), len(edges)
    return Verdict(
        num_clips=len(spans),
        cut=(sum(any(s < edge < e for edge in bad) for s, e in truth.spans), len(truth.spans)),
        in_sound=(len(bad), num_edges),
        in_gap=(found.count("short gap"), num_edges),
        lost_at_edges=(int((lost & near).sum()), num_sound),
        lost_elsewhere=(int((lost & ~near).sum()), num_sound),
        in_loud=(sum(judge_edge(truth.loud, edge) == "sound" for edge in edges), num_edges),
        lost_loud=(int((truth.loud & ~covered).sum()), int(truth.loud.sum())),
        places=sorted(
            [(1.0, f"edge in sound at {edge:.3f} s") for edge in bad]
            + lost_places(truth, lost, near),
            reverse=True,
        ),
    )


def lost_places(truth: Truth, lost: np.ndarray, near: np.ndarray) -> list[tuple[float, str]]:
    places = []
    for first, after in runs_of(lost):
        seconds, loudest = (after - first) * STEP_SECONDS, truth.levels_db[first:after].max()
        where = "at an edge" if near[first:after].any() else "elsewhere"
        places.append(
            (
                seconds,
                f"{seconds:.2f} s of sound in no clip at {first * STEP_SECONDS:.2f}"
                f" s, {where}, up to {loudest:.0f} dBFS",
            )
        )
    return places


def our_spans(path: Path, folder: Path, options: Sequence[str]) -> list[tuple[float, float]]:
    folder.mkdir(parents=True, exist_ok=True)
    run(audioset_cut(path, "--workspace", folder, *options))
    (manifest,) = (folder / "manifests").glob("*.parquet")
    rows = read_manifest(manifest)
    starts, ends = rows["start_seconds"].to_pylist(), rows["end_seconds"].to_pylist()
    return list(zip(starts, ends, strict=True))


def peer_spans(way: str, path: Path, folder: Path) -> list[tuple[float, float]]:
    run([sys.executable, Path(__file__).with_name("peers.py"), way, path, folder])
    return [tuple(span) for span in json.loads((folder / "spans.json").read_text("utf-8"))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--places", type=int, default=0, help="worst places of ours to list")
    parser.add_argument("--options", default="", help="flags for audioset cut, in quotes")
    parser.add_argument("--only", default="", help="part of a recording's name")
    parser.add_argument("--without-peers", action="store_true")
    parser.add_argument("--tiny", action="store_true", help="next to nothing: does it work?")
    given = parser.parse_args()
    peers = {} if given.without_peers else PEERS
    if given.tiny:
        given.only, peers = "lj_", {"librosa": PEERS["librosa"]}
    rows, lists, verdicts = [], [], {}
    with scratch() as folder:
        for name in [name for name in FILES if given.only in name]:
            path = real_media() / "long" / name
            truth = read_truth(path)
            tell(f"{name}: {truth.sound.sum() * STEP_SECONDS:.0f} s of sound")
            spans = {"**audioset cut**": our_spans(path, folder / name, shlex.split(given.options))}
            for way, title in peers.items():
                spans[title] = peer_spans(way, path, folder / f"{name}.{way}")
            for title, found in spans.items():
                verdict = judge(truth, found)
                rows.append([path.stem, title, *verdict.cells()])
                verdicts.setdefault(title, []).append(verdict)
                if title.startswith("**"):
                    lists.append((path.stem, verdict.places[: given.places]))
    rows += [["**all**", title, *joined(each).cells()] for title, each in verdicts.items()]
    print(
        table(
            [
                "recording",
                "way",
                "clips",
                "utterances cut through",
                "edges in sound",
                "edges in a short gap",
                "sound lost at edges",
                "lost elsewhere",
                "with breaths: edges in sound",
                "with breaths: lost",
            ],
            rows,
        )
    )
    for stem, places in lists if given.places else []:
        print(f"\n{stem}: the worst places of ours")
        print("\n".join(f"- {text}" for _, text in places))


if __name__ == "__main__":
    main()
