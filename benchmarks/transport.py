"""What it costs to bring a version from an S3 server to a training, without decoding it.

    python benchmarks/transport.py [--clips 8000] [--repeats 5] [--keep DIR]

The clips are those of many_clips.py. The floor is a plain copy: every shard is asked for whole by
the same client, four at once, and thrown away as it comes. Ours gives the encoded clips batch after
batch in their shuffled order, each cut out and held against its sha256: in the block shuffle, by
one reader and by each of two (their sums), and in the full one. The last way decodes them too. Each
run is a process of its own; counted is from when the version is open, the plan included.

The server (SeaweedFS) runs on this machine and shares the cores with the reader, so that CPU of
both together says more than wall time does.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from many_clips import CLIPS_PER_TALK, make_clips
from measuring import PROJECT, heading, scratch, table, tell
from publish import s3_root
from talks import RECORDINGS, SHORT

from audioset.workspace import Workspace, open_workspace

COPY = "floor: the shards, whole, thrown away"
WAYS = {
    COPY: "copy",
    "**audioset**, encoded clips in block shuffle": "block",
    "the same by two readers": "two",
    "encoded clips in full shuffle": "full",
    "block shuffle, decoded": "decoded",
}
AT_ONCE = 4
SEED = 1


def copy(dataset) -> int:
    import obstore

    from audioset.versions.layout import shard_key

    client = dataset.store._client()
    keys = [shard_key(dataset.record.dataset, shard.sha256) for shard in dataset.record.shards]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return sum(threads.map(lambda key: len(obstore.get(client, key).bytes()), keys))


def encoded(dataset, shuffle: str, readers: int = 1) -> int:
    from audioset.training.fetched import FetchedBatches
    from audioset.training.plan import Batching

    plan = dataset.plan(Batching(clips=32, shuffle=shuffle, seed=SEED), epoch=0)
    size = 0
    for reader in range(readers):
        batches = plan.batches[reader::readers]
        with FetchedBatches(dataset.rows, dataset._source, batches, plan.groups) as fetched:
            for number in range(len(batches)):
                size += sum(map(len, fetched.take(number)))
    return size


def decoded(dataset) -> int:
    for batch in dataset.loader(clips=32, seed=SEED):
        assert all(clip.samples.size for clip in batch)
    return int(dataset.rows.sizes_bytes(range(len(dataset))).sum())


READ: dict[str, Callable] = {
    "copy": copy,
    "block": lambda dataset: encoded(dataset, "block"),
    "two": lambda dataset: encoded(dataset, "block", readers=2),
    "full": lambda dataset: encoded(dataset, "full"),
    "decoded": decoded,
}


class Requests:
    """Counts what a client asks a server for."""

    def __init__(self) -> None:
        import obstore

        self.number = 0
        ranges, get = obstore.get_ranges, obstore.get

        def counted_ranges(store, key, *, starts, ends, **more):
            self.number += len(starts)
            return ranges(store, key, starts=starts, ends=ends, **more)

        def counted_get(store, key, **more):
            self.number += 1
            return get(store, key, **more)

        obstore.get_ranges, obstore.get = counted_ranges, counted_get


def cpu_seconds() -> float:
    """Give the CPU time of this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def server_cpu_seconds() -> float:
    """Give the CPU time of the S3 server that the environment names."""
    port = os.environ["AWS_ENDPOINT_URL"].rpartition(":")[2].encode()
    total = 0
    for folder in Path("/proc").iterdir():
        try:
            if b"-s3.port=" + port not in (folder / "cmdline").read_bytes().split(b"\0"):
                continue
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # no process, or it ended meanwhile
            continue
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def tell_one(way: str, workspace: str, store: str) -> None:
    """Read once, and print what it took."""
    import numpy  # noqa: F401  libraries are loaded before

    import audioset.training.fetched  # noqa: F401

    dataset = open_workspace(workspace=workspace, store=store).open("talks@v1")
    assert dataset.rows.lengths_seconds.size
    requests = Requests()
    before = cpu_seconds(), server_cpu_seconds(), time.perf_counter()
    size = READ[way](dataset)
    seconds = time.perf_counter() - before[2]
    found = {
        "mb_per_second": size / 1e6 / seconds,
        "client": cpu_seconds() - before[0],
        "server": server_cpu_seconds() - before[1],
        "requests": requests.number,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
    }
    print(json.dumps(found))


def read(way: str, workspace: Path, store: str) -> dict[str, float]:
    """Run a way once, in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--way", way, workspace, store],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    )
    if done.returncode:
        raise RuntimeError(f"{way} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(ws: Workspace, store: str, repeats: int) -> dict[str, dict[str, float]]:
    """Run all ways one after the other, several times, and give the medians of each."""
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in WAYS}
    for number in range(repeats):
        for name, way in WAYS.items():
            runs[name].append(read(way, ws.folder, store))
            tell(f"{number + 1}/{repeats} {name}: {runs[name][-1]['mb_per_second']:.0f} MB/s")
    return {
        name: {column: statistics.median(run[column] for run in each) for column in each[0]}
        for name, each in runs.items()
    }


def show(found: dict[str, dict[str, float]]) -> None:
    """Print the table."""
    floor = found[COPY]
    columns = [
        "way", "MB/s", "/ floor", "CPU s, client", "server", "floor's CPU / it", "requests",
        "peak MB",
    ]  # fmt: skip
    rows = [
        [
            name,
            f"{run['mb_per_second']:.0f}",
            f"{run['mb_per_second'] / floor['mb_per_second']:.2f}",
            f"{run['client']:.2f}",
            f"{run['server']:.2f}",
            f"{(floor['client'] + floor['server']) / (run['client'] + run['server']):.2f}",
            f"{run['requests']:,.0f}",
            f"{run['peak_mb']:.0f}",
        ]
        for name, run in found.items()
    ]
    print(table(columns, rows))


def main() -> None:
    if sys.argv[1:2] == ["--way"]:
        tell_one(*sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=8000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--keep", type=Path, help="folder for the clips, kept for the next run")
    parser.add_argument("--tiny", action="store_true", help="next to nothing: does it work?")
    given = parser.parse_args()
    if given.tiny:
        given.clips, given.repeats = CLIPS_PER_TALK, 1
    with scratch(given.keep) as material:
        ws = make_clips(material, given.clips, SHORT if given.tiny else RECORDINGS)
        with s3_root() as root:
            open_workspace(ws.folder, store=f"{root}/ours").publish(track=False)
            print(f"{heading(given.repeats)}; load {os.getloadavg()[0]:.0f}\n")
            show(measure(ws, f"{root}/ours", given.repeats))


if __name__ == "__main__":
    main()
