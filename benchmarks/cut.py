"""What cutting one long talk and many short videos costs, beside what people use.

    python benchmarks/cut.py [--quick] [--repeats 3] [--keep DIR] [--without pydub]
                              [--lhotse-python PYTHON]

The talk is 60 minutes of real speech (6 with --quick) as H.264 and AAC, 44.1 kHz stereo; the videos
are 20 pieces of it. Each way runs in a process of its own; see measuring.py for what is counted.
Ways that detect nothing cut our own spans. One ffmpeg per clip is run on 100 clips, evenly chosen,
and scaled to all; pydub is run once. Lhotse needs torch: it is run with the interpreter of an
environment that holds lhotse and soundfile.

The clips of every run of ours are hashed: one worker and two must give the same bytes.
"""

import argparse
import hashlib
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from measuring import (
    Cost,
    audioset_cut,
    heading,
    interleaved,
    offers,
    run,
    scratch,
    table,
    tell,
)
from talks import RECORDINGS, SHORT, make_pieces, make_talk

from audioset.storage.tables import read_manifest

PEERS = Path(__file__).with_name("peers.py")
AT_16_KHZ = ("--sampling-rate", "16000")
NUM_SAMPLED = 100
FLOOR = "floor: `ffmpeg -vn -f null`"
LOOP = f"one ffmpeg per clip (of {NUM_SAMPLED} clips, scaled)"
PYDUB = "pydub split_on_silence (one run)"


class Ours:
    """Runs of `audioset cut` and the hashes of their clips."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hashes: dict[str, dict[str, str]] = {}
        self.num_clips: dict[str, int] = {}

    def measure(self, name: str, sources: list[Path], *flags: str) -> Cost:
        """Cut into an empty workspace of that name."""
        workspace = self.folder / name
        shutil.rmtree(workspace, ignore_errors=True)
        workspace.mkdir(parents=True)
        cost = run(audioset_cut(*sources, "--workspace", workspace, *flags))
        clips = sorted((workspace / "clips").glob("*.flac"))
        found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in clips}
        if self.hashes.setdefault(name, found) != found:
            tell(f"{name}: another run gave other clips")
        self.num_clips[name] = len(found)
        return cost

    def verdict(self, first: str, second: str) -> str:
        """Say whether two runs gave the same clips."""
        one, two = self.hashes[first], self.hashes[second]
        if one == two:
            return f"the same {len(one)} clips, byte for byte"
        differing = sum(one.get(name) != two.get(name) for name in one.keys() | two.keys())
        return f"**{differing} clips differ** ({len(one)} and {len(two)} clips)"


def spans_of(workspace: Path) -> list[tuple[float, float]]:
    (manifest,) = (workspace / "manifests").glob("*.parquet")
    rows = read_manifest(manifest)
    starts, ends = rows["start_seconds"].to_pylist(), rows["end_seconds"].to_pylist()
    return list(zip(starts, ends, strict=True))


def peer(way: str, talk: Path, folder: Path, spans: Path | None = None, python: str = "") -> Cost:
    shutil.rmtree(folder / way, ignore_errors=True)
    words = [python or sys.executable, PEERS, way, talk, folder / way]
    return run([*words, spans] if spans else words)


def scaled_loop(talk: Path, folder: Path, spans: list[tuple[float, float]]) -> Cost:
    chosen = spans[:: max(1, len(spans) // NUM_SAMPLED)][:NUM_SAMPLED]
    path = folder / "chosen.json"
    path.write_text(json.dumps(chosen), encoding="utf-8")
    cost, factor = peer("ffmpeg_per_clip", talk, folder, path), len(spans) / len(chosen)
    return Cost(cost.cpu_seconds * factor, cost.wall_seconds * factor, cost.peak_bytes)


def ways_of(talk: Path, folder: Path, ours: Ours, lhotse_python: str) -> dict[str, tuple]:
    """Give, by name, what each way detects, how it runs and where its clips are."""
    ours.measure("first", [talk], "--workers", "1")
    spans, all_spans = spans_of(folder / "first"), folder / "spans.json"
    all_spans.write_text(json.dumps(spans), encoding="utf-8")
    null = ["ffmpeg", "-nostdin", "-v", "error", "-i", talk, "-vn", "-f", "null", "-"]
    ways: dict[str, tuple[str, Callable[[], Cost], str]] = {FLOOR: ("none", lambda: run(null), "")}
    for rate, flags in (("", ()), (", 16 kHz clips", AT_16_KHZ)):
        if flags and not offers(flags[0]):
            continue
        for workers in "12":
            name = f"ours{flags[1] if flags else ''}-{workers}"
            ways[f"**audioset cut**{rate}, --workers {workers}"] = (
                "silero",
                lambda name=name, flags=flags, workers=workers: ours.measure(
                    name, [talk], "--workers", workers, *flags
                ),
                name,
            )
    ways["ffmpeg + silero onnx + soundfile"] = (
        "silero",
        lambda: peer("silero", talk, folder),
        "silero",
    )
    ways["ffmpeg + auditok"] = ("energy", lambda: peer("auditok", talk, folder), "auditok")
    ways["librosa load, split, sf.write"] = (
        "energy",
        lambda: peer("librosa", talk, folder),
        "librosa",
    )
    ways[PYDUB] = ("energy", lambda: peer("pydub", talk, folder), "pydub")
    ways[LOOP] = ("none", lambda: scaled_loop(talk, folder, spans), str(len(spans)))
    if lhotse_python:
        ways["ffmpeg + lhotse truncate, save"] = (
            "none",
            lambda: peer("lhotse", talk, folder, all_spans, lhotse_python),
            "lhotse",
        )
    return ways


def number_of_clips(folder: Path, ours: Ours, where: str) -> str:
    if not where or where.isdigit():
        return where
    if where in ours.num_clips:
        return str(ours.num_clips[where])
    return str(len(list((folder / where).glob("*.flac"))))


def rows_of(costs: dict[str, Cost], floor: Cost, more: Callable[[str], list[str]]) -> list:
    return [
        [
            name,
            *more(name)[:1],
            f"{cost.cpu_seconds:.2f}",
            f"{cost.cpu_seconds / floor.cpu_seconds:.1f}",
            f"{cost.wall_seconds:.2f}",
            round(cost.peak_bytes / 1e6),
            *more(name)[1:],
        ]
        for name, cost in costs.items()
    ]


def one_talk(talk: Path, folder: Path, given: argparse.Namespace) -> None:
    ours = Ours(folder)
    ways = ways_of(talk, folder, ours, given.lhotse_python)
    runs = {
        name: way[1]
        for name, way in ways.items()
        if not any(part in name for part in given.without)
    }
    costs = interleaved(runs, given.repeats, once=(PYDUB, LOOP))

    def more(name: str) -> list[str]:
        return [ways[name][0], number_of_clips(folder, ours, ways[name][2])]

    columns = ["way", "detection", "CPU s", "/ floor", "wall s", "peak MB", "clips"]
    print(f"### one talk of {talk.stem.removeprefix('talk')} minutes\n")
    print(table(columns, rows_of(costs, costs[FLOOR], more)))
    print(f"\nOne worker and two gave {ours.verdict('ours-1', 'ours-2')}.")
    if "ours16000-1" in ours.hashes:
        print(f"At 16 kHz they gave {ours.verdict('ours16000-1', 'ours16000-2')}.")


def many_videos(pieces: list[Path], folder: Path, given: argparse.Namespace) -> None:
    ours = Ours(folder)
    runs = {
        f"--workers {workers}{', 16 kHz clips' if flags else ''}": (
            lambda workers=workers, flags=flags: ours.measure(
                f"many{flags[1] if flags else ''}-{workers}", pieces, "--workers", workers, *flags
            )
        )
        for flags in ((), AT_16_KHZ)
        if not flags or offers(flags[0])
        for workers in "12"
    }
    costs = interleaved(runs, given.repeats)
    first = next(iter(costs.values()))
    print(f"\n### {len(pieces)} videos\n")
    print(
        table(
            ["audioset cut", "CPU s", "wall s", "wall / one worker", "peak MB"],
            [
                [
                    name,
                    f"{cost.cpu_seconds:.2f}",
                    f"{cost.wall_seconds:.2f}",
                    f"{cost.wall_seconds / first.wall_seconds:.2f}",
                    round(cost.peak_bytes / 1e6),
                ]
                for name, cost in costs.items()
            ],
        )
    )
    print(f"\nOne worker and two gave {ours.verdict('many-1', 'many-2')}.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a talk of 6 minutes")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="folder for the talks, kept for the next run")
    parser.add_argument("--without", nargs="+", default=[], help="parts of names of ways to skip")
    parser.add_argument("--lhotse-python", default="", help="interpreter that has lhotse")
    parser.add_argument("--tiny", action="store_true", help="next to nothing: does it work?")
    given = parser.parse_args()
    minutes, seconds = (6, 18) if given.quick else (60, 180)
    number, names = 20, RECORDINGS
    if given.tiny:
        minutes, seconds, number, names = 1, 5, 2, SHORT
        given.repeats, given.without = 1, ["auditok", "pydub", "16 kHz"]
    with scratch(given.keep) as material, scratch() as folder:
        talk = make_talk(material, minutes, names)
        print(heading(given.repeats) + "\n")
        one_talk(talk, folder, given)
        many_videos(make_pieces(material, talk, number=number, seconds=seconds), folder, given)


if __name__ == "__main__":
    main()
