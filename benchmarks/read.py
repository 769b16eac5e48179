"""What reading clips for training costs, beside what people read with.

    python benchmarks/read.py [--clips 8000] [--repeats 3] [--keep DIR] [--mosaic-python PYTHON]
        [--litdata-python PYTHON] [--lhotse-python PYTHON] [--datasets-python PYTHON] [--without s3]

The clips are those of many_clips.py. Each way runs in a process of its own, without workers, and
gives every clip in random order as float32, or the 4 % over a limit of snr_db; see readers.py. CPU
is counted from when the libraries are imported. The floor decodes bytes that are in memory
already, by libsndfile as all others do. Ours decodes by ffmpeg; what that alone takes is shown too.
Ours checks the sha256 of every clip and makes its manifest row. The other libraries are run with
the interpreters of environments that hold them and soundfile.

The second table reads from SeaweedFS on this machine, which shares the cores with the reader.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from many_clips import CLIPS_PER_TALK, make_clips
from measuring import PROJECT, heading, scratch, table, tell
from publish import s3_root
from talks import RECORDINGS, SHORT

from audioset.storage.tables import list_manifests, read_manifest
from audioset.workspace import Workspace, open_workspace

READERS = Path(__file__).with_name("readers.py")
FLOOR = "floor: soundfile decodes bytes in memory"
FASTER = "the same by ffmpeg's decoder, as ours"
PEER = "webdataset"
OURS = "**audioset**"
LOCAL = {
    FLOOR: "floor", FASTER: "floor_ffmpeg", OURS: "audioset", PEER: "webdataset",
    "Parquet by pyarrow, filter pushed down": "parquet",
    "Hugging Face datasets, streaming, filter pushed down": "datasets",
    "litdata": "litdata", "MosaicML Streaming": "mosaic", "lhotse Shar": "lhotse",
}  # fmt: skip
REMOTE = {
    FLOOR: "floor",
    OURS: "audioset_s3",
    "**audioset**, empty cache": "audioset_s3_cached",
    "**audioset**, full cache": "audioset_s3_cached",
    "webdataset, by curl": "webdataset_s3",
}


@dataclass(frozen=True)
class Reading:
    """What one run of a way spent; see readers.py."""

    opened: float
    first: float
    all: float
    clips: int
    bytes: int


def prepare(folder: Path, ws: Workspace) -> None:
    """Publish the clips, and write down where the others find them."""
    if not Path(ws.settings.store).exists():
        ws.publish(track=False)
    workspace = folder / "workspace"
    if not workspace.exists():
        workspace.symlink_to(ws.folder)
    rows = [
        {**row, "path": str(ws.clips_dir / f"{row['clip_id']}.flac")}
        for path in list_manifests(ws.manifests_dir)
        for row in read_manifest(path)
        .select(["clip_id", "text", "speaker", "snr_db", "length_seconds", "num_samples"])
        .to_pylist()
    ]
    (folder / "clips.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def read(python: str, way: str, folder: Path, what: str) -> Reading:
    """Run a way once."""
    done = subprocess.run(
        [python, READERS, way, folder, what],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    )
    if done.returncode:
        raise RuntimeError(f"{way} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return Reading(**json.loads(done.stdout.splitlines()[-1]))


def measure(
    ways: dict[str, str], pythons: dict[str, str], folder: Path, repeats: int
) -> dict[str, dict[str, Reading]]:
    """Run all ways one after the other, several times, and give the medians of each."""
    found: dict[str, dict[str, list[Reading]]] = {name: {"full": [], "filter": []} for name in ways}
    for number in range(repeats):
        for name, way in ways.items():
            if name.endswith("empty cache"):
                shutil.rmtree(os.environ["READ_CACHE"], ignore_errors=True)
            for what in ("full", "filter"):
                if name.endswith("empty cache") and what == "filter":
                    shutil.rmtree(os.environ["READ_CACHE"], ignore_errors=True)
                if name.endswith("full cache") and what == "full":
                    read(sys.executable, way, folder, what)
                python = pythons.get(way, sys.executable)
                found[name][what].append(read(python, way, folder, what))
            last = found[name]["full"][-1], found[name]["filter"][-1]
            tell(f"{number + 1}/{repeats} {name}: {last[0].all:.2f}, {last[1].all:.2f} CPU s")
    return {
        name: {what: _median(runs) for what, runs in each.items()} for name, each in found.items()
    }


def _median(runs: list[Reading]) -> Reading:
    return Reading(
        *(
            statistics.median(getattr(run, name) for run in runs)
            for name in Reading.__dataclass_fields__
        )
    )


def show(found: dict[str, dict[str, Reading]], peer: str) -> None:
    """Print one table."""
    floor, other = found[FLOOR]["full"], found[peer]["filter"]
    columns = [
        "way",
        "CPU s",
        "/ floor",
        "clips per CPU s",
        "CPU s to open",
        "to the first clip",
        "MB read",
        "4 %: CPU s",
        f"{peer} / it",
        "4 %: MB read",
        f"{peer} / it",
    ]
    rows = []
    for name, each in found.items():
        full, part = each["full"], each["filter"]
        rows.append(
            [
                name,
                f"{full.all:.2f}",
                f"{full.all / floor.all:.2f}",
                f"{full.clips / full.all:,.0f}",
                f"{full.opened:.3f}",
                f"{full.first:.3f}",
                f"{full.bytes / 1e6:,.0f}",
                f"{part.all:.2f}",
                f"{other.all / part.all:.1f}",
                f"{part.bytes / 1e6:,.0f}",
                f"{other.bytes / part.bytes:.1f}" if part.bytes > 1e6 else "",
            ]
        )
    print(table(columns, rows))


def local(folder: Path, given: argparse.Namespace) -> None:
    """Print the table of reading local files."""
    pythons = dict.fromkeys(LOCAL.values(), sys.executable) | {
        "mosaic": given.mosaic_python,
        "litdata": given.litdata_python,
        "lhotse": given.lhotse_python,
        "datasets": given.datasets_python,
    }
    ways = {name: way for name, way in LOCAL.items() if pythons[way]}
    for way in ("webdataset", "parquet", "mosaic", "litdata", "lhotse"):
        if pythons[way] and not (folder / way).is_dir():
            tell(f"making {way}")
            subprocess.run(
                [pythons[way], READERS, "make", way, folder], check=True, capture_output=True
            )
    found = measure(ways, pythons, folder, given.repeats)
    print(f"### {given.clips:,} clips, local files\n")
    show(found, PEER)


@contextmanager
def uploaded(folder: Path, ws: Workspace) -> Iterator[None]:
    """Run an S3 server that holds the version and webdataset's tars, and tell the ways of it."""
    from datetime import timedelta

    import obstore

    with s3_root() as root:
        open_workspace(ws.folder, store=f"{root}/ours").publish(track=False)
        store = obstore.store.from_url(f"{root}/tars", client_options={"allow_http": True})
        tars = sorted((folder / "webdataset").glob("*.tar"))
        for path in tars:
            obstore.put(store, path.name, path)
        urls = obstore.sign(store, "GET", [path.name for path in tars], timedelta(hours=12))
        os.environ.update(
            READ_STORE=f"{root}/ours", READ_CACHE=str(folder / "cache"), URLS=json.dumps(urls)
        )
        yield


def remote(folder: Path, ws: Workspace, given: argparse.Namespace) -> None:
    """Print the table of reading from an S3 server."""
    with uploaded(folder, ws):
        found = measure(REMOTE, {}, folder, given.repeats)
    sizes = [path.stat().st_size for path in (folder / "webdataset").glob("*.tar")]
    name = "webdataset, by curl"
    found[name] = {
        what: Reading(run.opened, run.first, run.all, run.clips, sum(sizes))
        for what, run in found[name].items()
    }
    print(f"\n### {given.clips:,} clips, from an S3 server\n")
    show(found, name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=8000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="folder for the clips, kept for the next run")
    for name in ("mosaic", "litdata", "lhotse", "datasets"):
        parser.add_argument(f"--{name}-python", default="", help=f"interpreter that has {name}")
    parser.add_argument("--without", nargs="+", default=[], choices=["local", "s3"])
    parser.add_argument("--tiny", action="store_true", help="next to nothing: does it work?")
    given = parser.parse_args()
    if given.tiny:
        given.clips, given.repeats = CLIPS_PER_TALK, 1
    names = SHORT if given.tiny else RECORDINGS
    with scratch(given.keep) as material:
        ws = make_clips(material, given.clips, names)
        folder = material / f"read{given.clips}"
        folder.mkdir(exist_ok=True)
        prepare(folder, ws)
        print(heading(given.repeats) + "\n")
        if "local" not in given.without:
            local(folder, given)
        if "s3" not in given.without:
            remote(folder, ws, given)


if __name__ == "__main__":
    main()
