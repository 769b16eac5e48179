"""Aligners against truth: edges, missing lines, silent shifts, what flags are worth, cost.

    python benchmarks/align.py [--ways bootstrap,structural] [--only libri] [--details]
        [--kept FOLDER] [--pocketsphinx-python PATH]

Each way runs on each recording in a process of its own. `--kept` keeps what each found and runs
only what is not there yet; `--details` lists every recording.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from align_scores import Score, score, score_blocks
from align_sets import POEMS, recordings
from align_truth import Recording
from measuring import heading, run, scratch, table, tell

from audioset.records.lines import Alignment, LineSpan

WAYS = ("chars", "aeneas", "aeneas+snap", "structural", "bootstrap")
POCKETSPHINX = "pocketsphinx"


@dataclass(frozen=True, slots=True)
class Run:
    """One way on one recording; `score` is None where only extents of poems are known."""

    way: str
    recording: str
    kind: str
    held_out: bool
    minutes: float
    cpu_seconds: float
    peak_bytes: int
    score: Score | None
    block_cells: Sequence[str] = ()


def measure(way: str, recording: Recording, folder: Path, python: str) -> Run:
    """Run a way, unless its result is in the folder already."""
    folder = folder / recording.name
    kept = folder / f"{way}.json"
    if not kept.exists():
        write_task(recording, folder)
        script = "align_pocketsphinx.py" if way == POCKETSPHINX else "align_ways.py"
        cost = run([python, Path(__file__).with_name(script), way, folder])
        found = json.loads((folder / "found.json").read_text("utf-8"))
        kept.write_text(json.dumps({**found, "peak_bytes": cost.peak_bytes}), "utf-8")
        (folder / "sound.f32").unlink()
    found = json.loads(kept.read_text("utf-8"))
    alignment = read_alignment(found["alignment"])
    blocks = recording.kind == POEMS
    return Run(
        way,
        recording.name,
        recording.kind,
        recording.held_out,
        recording.length_seconds / 60,
        found["cpu_seconds"],
        found["peak_bytes"],
        None if blocks else score(recording, alignment),
        score_blocks(recording, alignment) if blocks else (),
    )


def write_task(recording: Recording, folder: Path) -> None:
    """Write what a way is told."""
    folder.mkdir(parents=True, exist_ok=True)
    recording.samples.astype(np.float32).tofile(folder / "sound.f32")
    told = {"voice": recording.voice, "lines": [asdict(line) for line in recording.lines]}
    (folder / "lines.json").write_text(json.dumps(told), "utf-8")


def read_alignment(found: dict) -> Alignment:
    spans = tuple(LineSpan(**{**span, "flags": tuple(span["flags"])}) for span in found["spans"])
    unexplained = tuple((start, end) for start, end in found["unexplained"])
    return Alignment(
        **{**found, "spans": spans, "missing": tuple(found["missing"]), "unexplained": unexplained}
    )


def edge_table(runs: Sequence[Run], ways: Sequence[str]) -> str:
    """Edges by kind of recording; first what is held out, then the rest."""
    rows = []
    for held_out in (True, False):
        chosen = [each for each in runs if each.held_out == held_out and each.score]
        for kind in dict.fromkeys(each.kind for each in chosen):
            cells = [total([r for r in chosen if r.kind == kind and r.way == way]) for way in ways]
            rows.append(
                [
                    kind,
                    "yes" if held_out else "no",
                    max(cell.takes for cell in cells),
                    *(cell.edges() for cell in cells),
                ]
            )
    return table(["recordings", "held out", "takes", *ways], rows)


def honesty_table(runs: Sequence[Run], ways: Sequence[str]) -> str:
    """Missing lines, silent shifts and flags by way, on held-out speech and on the rest."""
    rows = []
    for held_out in (True, False):
        for way in ways:
            chosen = [r for r in runs if r.held_out == held_out and r.way == way and r.score]
            if chosen:
                sum_ = total(chosen)
                rows.append(
                    [
                        way,
                        "yes" if held_out else "no",
                        sum_.missing_cell(),
                        sum_.silent_cell(),
                        *sum_.flag_cells(),
                    ]
                )
    return table(
        [
            "way",
            "held out",
            "missing lines named",
            "damaged lines silently wrong",
            "spans with a flag",
            "bad spans",
            "of these with a flag",
            "bad without a flag",
        ],
        rows,
    )


def cost_table(runs: Sequence[Run], ways: Sequence[str]) -> str:
    """CPU and memory by length of the recording."""
    rows = []
    for way in ways:
        cells = []
        for low, high in ((0, 2), (2, 15), (15, 60)):
            chosen = [r for r in runs if r.way == way and low <= r.minutes < high]
            if not chosen:
                cells += ["-", "-"]
                continue
            each = [r.cpu_seconds / r.minutes for r in chosen]
            cells += [
                f"{np.median(each):.2f} ({min(each):.2f}-{max(each):.2f})",
                f"{max(r.peak_bytes for r in chosen) / 1e6:.0f}",
            ]
        rows.append([way, *cells])
    return table(
        [
            "way",
            "under 2 minutes: CPU s per minute",
            "peak MB",
            "9 minutes: CPU s per minute",
            "peak MB",
            "24 minutes: CPU s per minute",
            "peak MB",
        ],
        rows,
    )


def poem_table(runs: Sequence[Run]) -> str:
    rows = [[r.way, *r.block_cells] for r in runs if r.block_cells]
    return table(
        [
            "way",
            "lines",
            "spans",
            "named missing",
            "outside of their poem",
            "inside the poem that is in no line",
            "with a flag",
        ],
        rows,
    )


def details_table(runs: Sequence[Run]) -> str:
    rows = [
        [
            r.recording,
            r.way,
            r.score.takes,
            r.score.edges(),
            r.score.missing_cell(),
            r.score.silent_cell(),
            *r.score.flag_cells(),
            f"{r.cpu_seconds / r.minutes:.2f}",
            f"{r.peak_bytes / 1e6:.0f}",
        ]
        for r in runs
        if r.score
    ]
    return table(
        [
            "recording",
            "way",
            "takes",
            "within 0.10/0.25/0.50 s",
            "missing named",
            "silent",
            "flagged",
            "bad",
            "caught",
            "bad of the rest",
            "CPU s / min",
            "MB",
        ],
        rows,
    )


def total(runs: Sequence[Run]) -> Score:
    return sum((r.score for r in runs if r.score), start=Score())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ways", default=",".join(WAYS), help="separated by commas")
    parser.add_argument("--only", default="", help="part of a recording's name")
    parser.add_argument("--details", action="store_true", help="list every recording")
    parser.add_argument(
        "--kept", type=Path, help="folder to keep results in, and to take them from"
    )
    parser.add_argument("--pocketsphinx-python", help="interpreter that has pocketsphinx")
    parser.add_argument("--tiny", action="store_true", help="next to nothing: does it work?")
    given = parser.parse_args()
    if given.tiny:
        given.ways, given.only = "chars,bootstrap", "lj"
    ways = [way for way in given.ways.split(",") if way]
    if given.pocketsphinx_python and POCKETSPHINX not in ways:
        ways.append(POCKETSPHINX)
    runs = []
    with scratch(given.kept) as folder:
        for recording in islice(recordings(given.only), 1 if given.tiny else None):
            for way in ways:
                if way == POCKETSPHINX and recording.voice != "en-us":
                    continue
                python = given.pocketsphinx_python if way == POCKETSPHINX else sys.executable
                runs.append(measure(way, recording, folder, python))
                edges = runs[-1].score.edges() if runs[-1].score else runs[-1].block_cells
                tell(f"{recording.name} {way}: {edges}")
    print(heading(1))
    print("\nboth edges within 0.10/0.25/0.50 s, % of the takes\n\n" + edge_table(runs, ways))
    print("\n" + honesty_table(runs, ways))
    print("\n" + poem_table(runs) + "\n\n" + cost_table(runs, ways))
    if given.details:
        print("\n" + details_table(runs))


if __name__ == "__main__":
    main()
