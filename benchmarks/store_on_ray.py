"""What publish, verify and export cost where they begin: in one process, and on a cluster of Ray.

    python benchmarks/store_on_ray.py [--clips 6000] [--keep DIR]

The clips are those of many_clips.py; the store lies on SeaweedFS on this machine. The two nodes of
Ray have a core each. CPU is that of this process alone, per GB of FLAC: what the nodes do is left
out, since the rest bounds how many of them are of use.
"""

import argparse
import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from many_clips import audio_bytes, make_clips
from measuring import PROJECT, heading, scratch, table, tell

import audioset
from audioset.workspace import Workspace

sys.path.insert(0, str(PROJECT))
from tests.scale.cluster import two_nodes
from tests.servers import BUCKET, start_s3

EXPORTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("webdataset", {}),
    ("huggingface", {}),
    ("webdataset", {"sampling_rate": 16_000}),
    ("huggingface", {"sampling_rate": 16_000}),
    ("kaldi", {"sampling_rate": 16_000, "audio": "wav"}),
)


def cost(size_bytes: int, name: str, work: Callable[[], object]) -> str:
    """Give CPU s per GB of this process, and what it took in all."""
    began, before = time.perf_counter(), time.process_time()
    work()
    wall, cpu = time.perf_counter() - began, time.process_time() - before
    tell(f"{name}: {wall:.1f} s, of which {cpu:.1f} on the CPU")
    return f"{cpu / size_bytes * 1e9:.1f} ({wall:.1f} s, {cpu:.1f} on the CPU)"


def measure(ws: Workspace, out: Path, at: Mapping[str, str]) -> dict[str, str]:
    """Verify and export; `at` says where."""
    size, found = audio_bytes(ws), {}
    for name, decode in (("verify", False), ("verify --decode", True)):
        found[name] = cost(size, name, lambda d=decode: ws.verify(decode=d, workers=2, **at))
    for form, wish in EXPORTS:
        if at and not wish:
            continue
        shutil.rmtree(out, ignore_errors=True)
        name = f"export {form} {' '.join(map(str, wish.values()))}".strip()
        export = lambda f=form, w=wish: ws.export(f, f"{ws.name}@v1", out, workers=2, **w, **at)  # noqa: E731
        found[name] = cost(size, name, export)
    return found


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=6000)
    parser.add_argument("--keep", type=Path, help="folder that keeps the clips")
    parser.add_argument("--tiny", action="store_true", help="see that it works, measure nothing")
    options = parser.parse_args(argv)
    num_clips = 20 if options.tiny else options.clips
    os.environ.update(start_s3().environment)
    with scratch(options.keep) as folder:
        made = make_clips(folder, num_clips)
        size = audio_bytes(made)
        one: dict[str, str] = {}
        for name, place in (("a folder", folder / "store"), ("S3", f"s3://{BUCKET}/store")):
            shutil.rmtree(folder / "store", ignore_errors=True)
            ws = audioset.open_workspace(made.folder, store=str(place))
            said = f"publish into {name}"
            one[said] = cost(size, said, lambda ws=ws: ws.publish(track=False))
        one |= measure(ws, folder / "out", {})
        with two_nodes() as cluster:
            at = {"engine": "ray", "address": cluster.address}
            ray = measure(ws, folder / "out", at)
        print(heading(1))
        rows = [(name, one[name], ray.get(name, "")) for name in one]
        print(table(("CPU s per GB of the process that began it", "one process", "Ray"), rows))


if __name__ == "__main__":
    main()
