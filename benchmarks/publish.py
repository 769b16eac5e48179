"""What publishing many clips costs, beside what people pack and copy with.

    python benchmarks/publish.py [--clips 20000] [--repeats 3] [--keep DIR]
                                 [--mosaic-python PYTHON] [--boto-python PYTHON] [--without copy]

The clips are those of many_clips.py, 51 kB each in the mean. Each way runs in a process of its own
and reads every clip from its file; see measuring.py for what is counted, and packers.py for the
ways. Ours is the whole `audioset publish --no-track`: manifests and decisions read, every clip held
against its row by sha256, shards hashed and flushed to disk, manifest, digest and record.

The second table uploads to SeaweedFS on this machine, a new server for each run, so that server and
client share the cores: ours from the clips, the others only the finished tars. MDSWriter and boto3
are run with the interpreters of environments that hold mosaicml-streaming and boto3.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from many_clips import CLIPS_PER_TALK, audio_bytes, make_clips
from measuring import PROJECT, Cost, heading, interleaved, run, scratch, table, tell
from talks import RECORDINGS, SHORT

from audioset.workspace import Workspace

PACKERS = Path(__file__).with_name("packers.py")
FLOOR = "floor: the clips' bytes into one file"
PEER = "webdataset ShardWriter"
OURS = "**audioset publish**"
PLAIN = ("obstore, one tar after the other", "obstore, four tars at a time")
# Starts the server of the tests and tells how to reach it; it ends when its input closes. The first
# bytes that a bucket is given wait for seconds until the server has made its volumes.
SERVE = """
import json, os, sys
import obstore
from tests.servers import BUCKET, start_s3
environment = start_s3().environment
os.environ.update(environment)
store = obstore.store.from_url(f"s3://{BUCKET}", client_options={"allow_http": True})
for number in range(8):
    obstore.put(store, f"first/{number}", bytes(2**23))
print(json.dumps({**environment, "BUCKET": BUCKET}), flush=True)
sys.stdin.read()
"""


def publish_command(ws: Workspace, store: str | Path) -> list[str | Path]:
    """Give the command line of `audioset publish` of this checkout."""
    return [
        sys.executable,
        "-m",
        "audioset",
        "publish",
        "--no-track",
        "--workspace",
        ws.folder,
        "--store",
        store,
    ]


class Packing:
    """Runs of the ways to pack, and how many bytes they wrote."""

    def __init__(self, ws: Workspace, folder: Path) -> None:
        self.ws = ws
        self.folder = folder
        self.written_bytes: dict[str, int] = {}

    def ours(self) -> Cost:
        """Publish to a new local store."""
        return self._measure(OURS, publish_command(self.ws, self.folder / "out"))

    def peer(self, name: str, way: str, python: str = sys.executable) -> Cost:
        """Run a way of packers.py."""
        source = self.ws.folder
        return self._measure(name, [python, PACKERS, way, source, self.folder / "out"])

    def _measure(self, name: str, command: list[str | Path]) -> Cost:
        out = self.folder / "out"
        shutil.rmtree(out, ignore_errors=True)
        cost = run(command)
        self.written_bytes[name] = sum(p.stat().st_size for p in out.rglob("*") if p.is_file())
        return cost


def packing_ways(packing: Packing, mosaic_python: str) -> dict[str, Callable[[], Cost]]:
    """Give the ways by name, in the order of the table."""
    named = {
        FLOOR: "copy",
        "the same, every clip and the file hashed": "hashed_copy",
        "tarfile, USTAR": "tarfile",
        PEER: "webdataset",
    }
    ways = {name: (lambda n=name, w=way: packing.peer(n, w)) for name, way in named.items()}
    if mosaic_python:
        name = "mosaic MDSWriter"
        ways[name] = lambda: packing.peer(name, "mosaic", mosaic_python)
    return {**ways, OURS: packing.ours}


def local(packing: Packing, given: argparse.Namespace) -> None:
    """Print the table of packing into local files."""
    ways = packing_ways(packing, given.mosaic_python)
    costs = interleaved(_without(ways, given.without), given.repeats)
    size = audio_bytes(packing.ws)
    print(f"### {given.clips:,} clips, {size / 1e9:.2f} GB, into local files\n")
    columns = [
        "way",
        "CPU s",
        "CPU s per GB",
        "wall s per GB",
        f"CPU / {PEER}",
        "bytes over the audio",
        "peak MB",
    ]
    rows = [
        [
            name,
            f"{cost.cpu_seconds:.2f}",
            f"{cost.cpu_seconds / size * 1e9:.2f}",
            f"{cost.wall_seconds / size * 1e9:.2f}",
            f"{cost.cpu_seconds / costs[PEER].cpu_seconds:.2f}",
            f"{packing.written_bytes[name] - size:,}",
            round(cost.peak_bytes / 1e6),
        ]
        for name, cost in costs.items()
    ]
    print(table(columns, rows))


@contextmanager
def s3_root() -> Iterator[str]:
    """Run a new S3 server and give the URL of its bucket; the environment tells how to reach it."""
    server = subprocess.Popen(
        [sys.executable, "-c", SERVE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    )
    assert server.stdin is not None
    assert server.stdout is not None
    told = json.loads(server.stdout.readline())
    bucket = told.pop("BUCKET")
    os.environ.update(told)
    try:
        yield f"s3://{bucket}"
    finally:
        server.stdin.close()
        server.wait()


def uploading_ways(ws: Workspace, tars: Path, boto_python: str) -> dict[str, Callable[[], Cost]]:
    """Give the ways by name; each run has a server of its own."""

    def plain(way: str, python: str = sys.executable) -> Cost:
        with s3_root() as root:
            return run([python, PACKERS, way, tars, f"{root}/plain"])

    def ours() -> Cost:
        with s3_root() as root:
            return run(publish_command(ws, f"{root}/ours"))

    ways = {PLAIN[0]: lambda: plain("obstore"), PLAIN[1]: lambda: plain("obstore_at_once")}
    if boto_python:
        ways["boto3 upload_file, one tar after the other"] = lambda: plain("boto3", boto_python)
    return {**ways, OURS: ours}


def upload(packing: Packing, given: argparse.Namespace) -> None:
    """Print the table of uploading to a local S3 server."""
    tars = packing.folder / "tars"
    packing.ours()
    (packing.folder / "out" / packing.ws.name / "shards").rename(tars)
    size = sum(path.stat().st_size for path in tars.iterdir())
    ways = uploading_ways(packing.ws, tars, given.boto_python)
    costs = interleaved(_without(ways, given.without), given.repeats)
    fastest = min(costs[name].wall_seconds for name in PLAIN)
    print(f"\n### {len(list(tars.iterdir()))} tars, {size / 1e9:.2f} GB, to an S3 server\n")
    columns = ["way", "wall s", "MB/s", "MB/s / fastest obstore copy", "CPU s", "peak MB"]
    rows = [
        [
            name,
            f"{cost.wall_seconds:.2f}",
            round(size / cost.wall_seconds / 1e6),
            f"{fastest / cost.wall_seconds:.2f}",
            f"{cost.cpu_seconds:.2f}",
            round(cost.peak_bytes / 1e6),
        ]
        for name, cost in costs.items()
    ]
    print(table(columns, rows))


def _without(ways: dict, parts: list[str]) -> dict:
    return {name: way for name, way in ways.items() if not any(part in name for part in parts)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="folder for the clips, kept for the next run")
    parser.add_argument("--mosaic-python", default="", help="interpreter that has streaming")
    parser.add_argument("--boto-python", default="", help="interpreter that has boto3")
    parser.add_argument("--without", nargs="+", default=[], help="parts of names of ways to skip")
    parser.add_argument("--tiny", action="store_true", help="next to nothing: does it work?")
    given = parser.parse_args()
    if given.tiny:
        given.clips, given.repeats = CLIPS_PER_TALK, 1
    names = SHORT if given.tiny else RECORDINGS
    with scratch(given.keep) as material, scratch() as folder:
        packing = Packing(make_clips(material, given.clips, names), folder)
        tell(f"clips in {packing.ws.clips_dir}")
        print(heading(given.repeats) + "\n")
        local(packing, given)
        upload(packing, given)


if __name__ == "__main__":
    main()
