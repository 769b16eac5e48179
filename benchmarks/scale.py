"""The same sources cut by one process, by slices and on a cluster of Ray, with harm done to them.

    python benchmarks/scale.py [--sources 200] [--slices 8] [--keep DIR] [--only one,two,slices,ray]

The sources are pieces of the real recordings, two joined and encoded anew (AAC, MP3, Opus, Vorbis,
FLAC, video), and lie on SeaweedFS on this machine, as workspaces and stores do. Each way has a
workspace of its own. Slices start at once, and two are killed when the first manifests are there,
and run again. Ray has two nodes of one core; a worker and a node are killed in the middle, then the
command that started it all, which runs again. Manifests are compared byte for byte, and the digests
of what is published. CPU is that of all processes of a way, the server's not among them.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from measuring import PROJECT, ffmpeg, heading, real_media, scratch, table, tell

sys.path.insert(0, str(PROJECT))
from tests.servers import BUCKET, start_s3

RECORDINGS = {  # seconds of each from which pieces are taken
    "long/libri_27_124992.mp4": 550,
    "long/fleurs_du_mal_01_14.mp4": 1450,
    "long/lj_chapter01.flac": 57,
    "audio/aesop_fable.ogg": 100,
}
CODECS = (
    ("m4a", ("-c:a", "aac", "-b:a", "96k")),
    ("mp3", ("-c:a", "libmp3lame", "-b:a", "64k")),
    ("opus", ("-c:a", "libopus", "-b:a", "32k")),
    ("ogg", ("-c:a", "libvorbis")),
    ("flac", ("-c:a", "flac")),
    ("mp4", ("-c:a", "aac", "-b:a", "128k", "-c:v", "libx264", "-preset", "ultrafast")),
)
_LEAST_SECONDS, _MOST_SECONDS = 5, 12  # of one of the two pieces of a source
_POLL_SECONDS = 0.1


@dataclass
class Spent:
    """What one way took.

    Attributes:
        wall_seconds, cpu_seconds: of all its processes.
        peak_bytes: largest sum of PSS.
        harm: what was done to it.
    """

    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_bytes: int = 0
    harm: str = ""


def make_sources(folder: Path, count: int) -> None:
    """Make what is not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(18)
    for number in range(count):
        ending, encoder = CODECS[number % len(CODECS)]
        pieces: list[str | Path] = []
        for _ in range(2):
            name = chance.choice(list(RECORDINGS))
            length = chance.uniform(_LEAST_SECONDS, _MOST_SECONDS)
            begin = chance.uniform(0, RECORDINGS[name] - length)
            pieces += ["-ss", f"{begin:.2f}", "-t", f"{length:.2f}", "-i", real_media() / name]
        path = folder / f"source{number:03d}.{ending}"
        if path.exists():
            continue
        picture = ("-f", "lavfi", "-i", "testsrc=size=64x64:rate=5") if ending == "mp4" else ()
        shown = ("-map", "2:v", "-shortest") if picture else ("-vn",)
        joined = "[0:a]aresample=24000,aformat=channel_layouts=mono[a];"
        joined += "[1:a]aresample=24000,aformat=channel_layouts=mono[b];[a][b]concat=n=2:v=0:a=1[o]"
        part = folder / f".part.{ending}"
        ffmpeg(*pieces, *picture, "-filter_complex", joined, "-map", "[o]", *shown, *encoder, part)
        part.replace(path)


class Watch(threading.Thread):
    """Adds up what the processes below this one take, those that end meanwhile included."""

    def __init__(self, without: set[int]) -> None:
        super().__init__(daemon=True)
        self._without, self._over = without, threading.Event()
        self._cpu: dict[tuple[int, float], float] = {}
        self.peak_bytes = 0

    def run(self) -> None:
        """Look again and again, until it is over."""
        while not self._over.wait(_POLL_SECONDS):
            self.look()

    def look(self) -> None:
        """Note what each process has taken so far."""
        held = 0
        for each in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):
                if each.pid not in self._without:
                    times = each.cpu_times()
                    self._cpu[each.pid, each.create_time()] = times.user + times.system
                    held += each.memory_full_info().pss
        self.peak_bytes = max(self.peak_bytes, held)

    @contextmanager
    def into(self, spent: Spent) -> Iterator[None]:
        """Note in `spent` what is taken inside of this block."""
        self.start()
        began = time.perf_counter()
        yield
        spent.wall_seconds = time.perf_counter() - began
        self.look()
        self._over.set()
        self.join()
        spent.cpu_seconds, spent.peak_bytes = sum(self._cpu.values()), self.peak_bytes


def start(workspace: str, *words: str) -> subprocess.Popen[bytes]:
    """Start a cut of all sources, and what else is said of it."""
    command = [sys.executable, "-m", "audioset", "cut", f"s3://{BUCKET}/videos/", *words]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    return subprocess.Popen([*command, "--workspace", workspace], cwd=PROJECT, **quiet)


def finish(*jobs: subprocess.Popen[bytes]) -> None:
    """Wait for jobs that must end well."""
    for job in jobs:
        said = job.communicate()[1]
        if job.returncode:
            raise RuntimeError(said.decode()[-2000:])


def manifests(workspace: str) -> dict[str, bytes]:
    from audioset.storage.store import open_store

    store = open_store(workspace)
    return {each.key: store.get(each.key) for each in store.list_objects("manifests")}


def wait_for(workspace: str, count: int, job: subprocess.Popen[bytes]) -> None:
    """Wait until so many sources are cut."""
    from audioset.storage.store import open_store

    store = open_store(workspace)
    while job.poll() is None and sum(1 for _ in store.list_keys("manifests")) < count:
        time.sleep(_POLL_SECONDS)


def with_workers(count: int) -> Callable[[str, int], Spent]:
    """Cut with so many processes of this machine."""

    def cut(workspace: str, _sources: int) -> Spent:
        spent = Spent()
        with Watch(_running()).into(spent):
            finish(start(workspace, "--workers", str(count)))
        return spent

    return cut


def by_slices(count: int) -> Callable[[str, int], Spent]:
    """Cut by so many jobs at once; two are killed and run again."""

    def cut(workspace: str, sources: int) -> Spent:
        spent = Spent(harm="two of them killed, and run again")
        with Watch(_running()).into(spent):
            names = [f"{number}/{count}" for number in range(1, count + 1)]
            jobs = [start(workspace, "--slice", name, "--workers", "1") for name in names]
            wait_for(workspace, sources // 8, jobs[0])
            for job in jobs[:2]:
                job.send_signal(signal.SIGKILL)
                job.communicate()
            finish(*jobs[2:])
            for name in names[:2]:
                finish(start(workspace, "--slice", name, "--workers", "1"))
        return spent

    return cut


def on_ray(*, harmed: bool) -> Callable[[str, int], Spent]:
    """Cut on two nodes of one core each."""

    def cut(workspace: str, sources: int) -> Spent:
        from ray.cluster_utils import Cluster

        spent, without = Spent(), _running()
        room = {"num_cpus": 1, "object_store_memory": 80_000_000}
        cluster = Cluster(initialize_head=True, head_node_args={**room, "include_dashboard": False})
        other = cluster.add_node(**room)
        at = ("--engine", "ray", "--address", cluster.address)
        with Watch(without).into(spent):
            job = start(workspace, *at)
            if harmed:
                spent.harm = "a worker, then a node, then the command killed, which ran again"
                wait_for(workspace, sources // 5, job)
                _kill("ray::_do")
                wait_for(workspace, 2 * sources // 5, job)
                cluster.remove_node(other, allow_graceful=False)
                wait_for(workspace, 3 * sources // 5, job)
                job.send_signal(signal.SIGKILL)
                job.communicate()
                cluster.add_node(**room)
                job = start(workspace, *at)
            finish(job)
        cluster.shutdown()
        return spent

    return cut


def _kill(name: str) -> None:
    found = subprocess.run(["pgrep", "-f", name], capture_output=True, text=True, check=False)
    for word in found.stdout.split()[:1]:
        os.kill(int(word), signal.SIGKILL)


def _running() -> set[int]:
    return {each.pid for each in psutil.Process().children(recursive=True)}


def digest_of(workspace: str) -> str:
    """Publish what was cut, and give the digest of the version."""
    words = ["publish", "--no-track", "--json", "--workspace", workspace]
    command = [sys.executable, "-m", "audioset", *words]
    said = subprocess.run(command, cwd=PROJECT, capture_output=True, check=True).stdout
    return str(json.loads(said)["digest"])


def upload(folder: Path) -> float:
    """Put the sources onto the server; give their length in seconds."""
    from audioset.storage.store import open_store

    store, seconds = open_store(f"s3://{BUCKET}"), 0.0
    for path in sorted(folder.glob("source*")):
        store.put_content(f"videos/{path.name}", path)
        seconds += _seconds_of(path)
    return seconds


def overhead(count: int) -> list[tuple[object, ...]]:
    """Tell what a task costs that does nothing, here and on two nodes of Ray."""
    from ray.cluster_utils import Cluster

    from audioset.engine import in_use, map_items
    from audioset.ray_engine import RayEngine

    def run() -> tuple[str, str]:
        began, before = time.perf_counter(), time.process_time()
        assert sum(each.value for each in map_items(abs, range(count), workers=2)) > 0
        spent = time.process_time() - before
        return f"{1000 * spent / count:.2f}", f"{1000 * (time.perf_counter() - began) / count:.2f}"

    rows: list[tuple[object, ...]] = [("two processes", count, *run(), "", "")]
    without = _running()
    room = {"num_cpus": 1, "object_store_memory": 80_000_000}
    cluster = Cluster(initialize_head=True, head_node_args={**room, "include_dashboard": False})
    cluster.add_node(**room)
    engine = RayEngine(cluster.address)
    with engine.connected(), in_use(engine):
        told = run()
        watch = Watch(without)
        watch.look()
        processes = len(_running() - without)
        rows.append(("Ray", count, *told, processes, f"{watch.peak_bytes / 2e6:.0f}"))
    cluster.shutdown()
    return rows


def _seconds_of(path: Path) -> float:
    words = ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", path]
    return float(subprocess.run(words, capture_output=True, text=True, check=True).stdout)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sources", type=int, default=200)
    parser.add_argument("--slices", type=int, default=8)
    parser.add_argument("--keep", type=Path, help="folder that keeps the sources")
    parser.add_argument("--only", default="one,two,slices,ray,harmed")
    parser.add_argument("--tasks", type=int, default=2000, help="that do nothing; 0 for no table")
    parser.add_argument("--tiny", action="store_true", help="see that it works, measure nothing")
    options = parser.parse_args(argv)
    if options.tiny:
        options.sources, options.slices, options.tasks = 6, 2, 20
    os.environ.update(start_s3().environment)
    os.environ.update({"RAY_USAGE_STATS_ENABLED": "0", "DO_NOT_TRACK": "true"})
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    ways = {
        "one": ("one process", with_workers(1)),
        "two": ("two processes", with_workers(2)),
        "slices": (f"{options.slices} slices at once", by_slices(options.slices)),
        "ray": ("Ray, two nodes of a core", on_ray(harmed=False)),
        "harmed": ("Ray, two nodes of a core", on_ray(harmed=True)),
    }
    with scratch(options.keep) as folder, tempfile.TemporaryDirectory() as caches:
        make_sources(folder / "sources", options.sources)
        minutes = upload(folder / "sources") / 60
        rows, first = [], None
        for key in options.only.split(","):
            name, cut = ways[key]
            os.environ["XDG_CACHE_HOME"] = f"{caches}/{key}"
            workspace = f"s3://{BUCKET}/{key}/work"
            spent = cut(workspace, options.sources)
            made = (manifests(workspace), digest_of(workspace))
            first = first or made
            same = [
                "other" if mine != theirs else "same"
                for mine, theirs in zip(made, first, strict=True)
            ]
            tell(f"{name}: {spent}, manifests {same[0]}, digest {same[1]}")
            rows.append(
                (
                    name,
                    spent.harm or "none",
                    len(made[0]),
                    f"{same[0]}, {same[1]}",
                    f"{spent.wall_seconds:.0f}",
                    f"{spent.cpu_seconds / minutes:.2f}",
                    f"{spent.peak_bytes / 1e6:.0f}",
                )
            )
    print(f"{heading(1)}; {options.sources} sources, {minutes:.1f} minutes of sound\n")
    if options.tasks:
        costs = ("CPU ms of the starter per task", "wall ms per task")
        nodes = ("processes of both nodes", "MB of a node")
        print(table(("engine", "tasks", *costs, *nodes), overhead(options.tasks)), end="\n\n")
    columns = ("cut by", "harm", "manifests", "they and the digest", "wall s")
    print(table((*columns, "CPU s per minute of sound", "peak MB"), rows))


if __name__ == "__main__":
    main()
