"""What exporting and importing many short clips costs, beside the libraries' own writers.

    python benchmarks/interop.py [--clips 100000] [--keep DIR] [--only webdataset] [--workers 1]

The clips are half a second of made sound at 8 kHz, each another one, in a version of a local store.
A version of a quarter as many clips is measured too: what grows with the number would show in the
memory, and what a process needs to start falls out of the CPU of every thousand clips more. Each
way is a process of its own (see measuring.py). The libraries (ways_out.py) are given the columns of
the same manifest and the same FLAC bytes, each clip a file, as somebody without a store has them.
"""

import argparse
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from many_clips import Talk, add_clips
from measuring import Cost, heading, run, scratch, table, tell

import audioset
from audioset.workspace import Workspace

DATASET = "clips"
RATE = 8000  # Hz
CLIPS_PER_TALK = 1000
CLIPS, TINY_CLIPS = 100_000, 40
MEGABYTE = 2**20
WAYS_OUT = Path(__file__).with_name("ways_out.py")
# By format of an export: that of an import, and the folder that it is given of what was written.
FORMATS = {
    "huggingface": ("huggingface", "."),
    "lhotse-shar": ("lhotse", "train"),
    "webdataset": ("webdataset", "."),
}
# By format: the ways of the libraries, and the module that each needs.
PEERS = {
    "huggingface": {"datasets from_generator, to_parquet": ("datasets", "datasets")},
    "lhotse-shar": {
        "lhotse SharWriter, the bytes as they are": ("shar_original", "lhotse"),
        "lhotse SharWriter, flac": ("shar_flac", "lhotse"),
    },
    "webdataset": {"webdataset ShardWriter": ("webdataset", "webdataset")},
}
Measured = dict[str, list[Cost]]


def main() -> None:
    """Make both versions, take every way with each, print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=CLIPS)
    parser.add_argument("--keep", type=Path, help="folder that keeps the versions")
    parser.add_argument("--only", action="append", choices=FORMATS, help="repeatable")
    parser.add_argument("--workers", type=int, default=1, help="of ours")
    parser.add_argument("--tiny", action="store_true", help="see that it works, measure nothing")
    asked = parser.parse_args()
    largest = TINY_CLIPS if asked.tiny else asked.clips
    numbers = (largest // 4, largest)
    formats = tuple(asked.only or FORMATS)
    out: Measured = {}
    back: Measured = {}
    with scratch(asked.keep) as folder:
        for num_clips in numbers:
            ws = make_version(folder / f"{num_clips}", num_clips)
            for name in formats:
                measure(ws, name, str(asked.workers), out, back)
    print(heading(1), "\n")
    print(_table("out", out, numbers), "\n")
    print(_table("back in", back, numbers))


def make_version(folder: Path, num_clips: int) -> Workspace:
    """Publish a version of that many clips, or give its workspace when it is there."""
    done = folder / "published"
    if done.is_file():
        return audioset.open_workspace(workspace=folder / "work")
    shutil.rmtree(folder, ignore_errors=True)
    tell(f"making {num_clips} clips")
    ws = audioset.init(folder / "work", name=DATASET)
    ws.clips_dir.mkdir()
    for number in range(-(-num_clips // CLIPS_PER_TALK)):
        talk = make_talk(number, min(CLIPS_PER_TALK, num_clips - number * CLIPS_PER_TALK))
        add_clips(
            ws, (talk.cut(*span, text) for span, text in zip(talk.spans, talk.texts, strict=True))
        )
    run(_audioset(ws, "publish", "--no-track", "--message", "made"))
    done.touch()
    return ws


def make_talk(number: int, num_clips: int) -> Talk:
    """Make noise that rises and falls, in clips of 0.4 to 0.6 s."""
    random = np.random.default_rng(number)
    lengths = random.integers(RATE * 4 // 10, RATE * 6 // 10, num_clips)
    ends = np.cumsum(lengths + RATE // 10)
    loudness = 1000 * (1 + np.sin(np.arange(ends[-1]) / (0.07 * RATE)))
    pcm = (random.standard_normal(ends[-1], np.float32) * loudness).astype(np.int16)
    spans = [(int(end - length), int(end)) for end, length in zip(ends, lengths, strict=True)]
    texts = [f"the wee bairn number {number * CLIPS_PER_TALK + n}" for n in range(num_clips)]
    return Talk(number, pcm, RATE, spans, texts)


def measure(ws: Workspace, name: str, workers: str, out: Measured, back: Measured) -> None:
    """Export by our way and the library's, and import what ours wrote; nothing of it stays."""
    target, fresh = ws.folder.parent / "exported", ws.folder.parent / "fresh"
    _remove(target, fresh)
    words = ("export", name, f"{DATASET}@v1", target, "--workers", workers)
    _add(out, f"**audioset export {name}**", run(_audioset(ws, *words)))
    form, part = FORMATS[name]
    new = audioset.init(fresh, name="fresh")
    words = ("import", form, target / part, "--workers", workers)
    _add(back, f"**audioset import {form}**", run(_audioset(new, *words)))
    found, wanted = (len(list(each.clips_dir.iterdir())) for each in (new, ws))
    assert found == wanted, f"{name}: {found} clips of {wanted} came back"
    for way, (word, module) in PEERS[name].items():
        _remove(target)
        if find_spec(module) is None:
            tell(f"{way}: left out, {module} is not installed")
            continue
        _add(out, way, run([sys.executable, WAYS_OUT, word, ws.folder, target]))
    _remove(target, fresh)


def _audioset(ws: Workspace, *words: str | Path) -> list[str | Path]:
    return [sys.executable, "-m", "audioset", *words, "--workspace", ws.folder]


def _add(measured: Measured, way: str, cost: Cost) -> None:
    tell(f"{way}: {cost.cpu_seconds:.1f} CPU s, {cost.peak_bytes / MEGABYTE:.0f} MB")
    measured.setdefault(way, []).append(cost)


def _remove(*folders: Path) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _table(what: str, measured: Measured, numbers: tuple[int, int]) -> str:
    fewer, all_ = numbers
    columns = [
        what,
        f"CPU s per 1,000 of {fewer:,}",
        f"of {all_:,}",
        "of those between",
        f"peak MB, {fewer:,}",
        f"peak MB, {all_:,}",
    ]
    rows = []
    for way, (few, many) in measured.items():
        between = (many.cpu_seconds - few.cpu_seconds) / (all_ - fewer)
        per_clip = (few.cpu_seconds / fewer, many.cpu_seconds / all_, between)
        peaks = (f"{cost.peak_bytes / MEGABYTE:.0f}" for cost in (few, many))
        rows.append([way, *(f"{1000 * each:.2f}" for each in per_clip), *peaks])
    return table(columns, rows)


if __name__ == "__main__":
    main()
