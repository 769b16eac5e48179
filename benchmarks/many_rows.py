"""What a reader of a version of very many rows costs: memory of a process, and CPU.

    python benchmarks/many_rows.py [--rows 1000000 4000000 20000000]

The rows are those of 400 real clips again and again, with ids, sources and hashes of samples of
their own, as a manifest in a local store; their audio lies in one place. A reader opens the
version, takes the view of a condition that nearly all clips meet, and reads 100 batches of 32 in
the block shuffle, rows included. It runs in a process of its own: first by rows that are held,
as they were before and as those of small versions are; then by rows that are kept on the drive,
once where nothing is kept so far, and once as a second worker beside the first. Held rows of more
than 4,000,000 would fill the memory, and are left out.

Memory is what the process itself has (RssAnon of /proc: no pages of files), above what it has after
the imports: while it reads, and the most at any moment, looked at every 5 ms. What a row costs is
the difference between the largest and the smallest version by their difference of rows.
"""

import argparse
import json
import os
import resource
import secrets
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from many_clips import make_clips
from measuring import PROJECT, heading, scratch, table, tell
from talks import SHORT

from audioset.records.version import VersionRecord
from audioset.storage.store import Store, open_store
from audioset.versions.layout import version_key
from audioset.versions.publish import commit
from audioset.versions.read.digest import table_digest
from audioset.versions.read.resolve import read_version, resolve_reference

CLIPS = 400
BATCHES = 100
CONDITION = "snr_db > 0"
MOST_HELD = 4_000_000
WATCHED_SECONDS = 0.005
WAYS = {"held": "held", "kept, first process": "first", "kept, second process": "second"}


def make_version(store: Store, num_rows: int) -> VersionRecord:
    """Publish a manifest of so many rows, part after part, as the next version."""
    small = resolve_reference(store, "talks@v1")
    rows = read_version(store, small).combine_chunks()
    parts, digests = [], []
    for start in range(0, num_rows, commit.PART_ROWS):
        part = _repeated(rows, start, min(commit.PART_ROWS, num_rows - start))
        parts += commit.put_manifests(store, small.dataset, part.to_batches())
        digests.append(table_digest(part.to_batches()))
        tell(f"made {start + part.num_rows:,} rows")
    version = 2
    while store.size(version_key(small.dataset, version)) is not None:
        version += 1
    record = replace(
        small, version=version, digest=digests[-1], num_clips=num_rows, manifests=tuple(parts)
    )
    store.put_new(version_key(record.dataset, version), record.to_json().encode())
    return record


def _repeated(rows: pa.Table, start: int, count: int) -> pa.Table:
    numbers = np.arange(start, start + count)
    made = rows.take(pa.array(numbers % rows.num_rows))
    sources = [secrets.token_hex(32) for _ in range(count // 100 + 2)]
    names = [f"talk-{number:09d}" for number in (numbers // 100).tolist()]
    columns = {
        "clip_id": [f"talk-{number // 100:09d}-{number % 100:09d}" for number in numbers.tolist()],
        "source_id": names,
        "source_name": [f"{name}.mp4" for name in names],
        "source_sha256": [sources[number // 100] for number in range(count)],
        "pcm_sha256": [secrets.token_hex(32) for _ in range(count)],
    }
    for name, values in columns.items():
        made = made.set_column(made.schema.get_field_index(name), name, pa.array(values))
    return made.cast(rows.schema).combine_chunks()


def memory_bytes(what: str) -> int:
    """Tell how much memory this process has: RssAnon, that is of no file, or VmHWM, the most."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith(what)).split()[1])


def cpu_seconds() -> float:
    """Give the CPU time of this process."""
    spent = resource.getrusage(resource.RUSAGE_SELF)
    return spent.ru_utime + spent.ru_stime


def read(store: str, name: str, way: str, folder: Path) -> None:
    """Be a reader, and print what it cost."""
    import duckdb  # noqa: F401  libraries are imported before

    from audioset.training import row_blocks
    from audioset.training.kept_folder import KeptFolder
    from audioset.training.reader import Dataset

    row_blocks.HELD_ROWS = sys.maxsize if way == "held" else 0
    opened = open_store(store)
    record = resolve_reference(opened, name)
    before, begun = memory_bytes("RssAnon"), cpu_seconds()
    watch = Watch()
    watch.start()
    dataset = Dataset(opened, record, kept=KeptFolder(folder))
    view = dataset.where(CONDITION)
    assert len(view) > 0.9 * record.num_clips
    where = cpu_seconds() - begun
    most = 0
    loader = view.loader(clips=32, seed=1)
    first = 0.0
    for number, batch in enumerate(loader):
        assert all(clip.row.speaker for clip in batch)
        first = first or cpu_seconds() - begun
        if number % 10 == 9:
            most = max(most, memory_bytes("RssAnon"))
        if number + 1 == BATCHES:
            break
    watch.over.set()
    watch.join()
    told = {"where": where, "first": first, "all": cpu_seconds() - begun, "own": most - before}
    told |= {"most": watch.most - before, "peak": memory_bytes("VmHWM")}
    print(json.dumps(told))


class Watch(threading.Thread):
    """Looks what memory of its own the process has, again and again."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most = 0
        self.over = threading.Event()

    def run(self) -> None:
        """Look until it is over."""
        while not self.over.wait(WATCHED_SECONDS):
            self.most = max(self.most, memory_bytes("RssAnon"))


def measure(
    store: Store, record: VersionRecord, folder: Path
) -> Iterator[tuple[str, int, dict[str, float]]]:
    """Give the ways of reading one version, its rows, and what each cost."""
    folder.mkdir()
    for shown, way in WAYS.items():
        if way == "held" and record.num_clips > MOST_HELD:
            continue
        done = subprocess.run(
            [sys.executable, __file__, "read", store.url, str(record.ref), way, folder],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(PROJECT)},
        )
        found = json.loads(done.stdout)
        tell(f"{record.num_clips:,} {shown}: {found}")
        yield shown, record.num_clips, found
    kept = sum(path.stat().st_size for path in folder.iterdir())
    tell(f"on the drive: {kept / record.num_clips:.0f} bytes per row")


def line(shown: str, num_rows: int, found: dict[str, float]) -> list[str]:
    """Give a line of the table."""
    return [
        f"{num_rows:,}",
        shown,
        f"{found['own'] / 1e6:,.0f}",
        f"{found['most'] / 1e6:,.0f}",
        f"{found['peak'] / 1e6:,.0f}",
        f"{found['where']:.1f}",
        f"{found['first']:.1f}",
        f"{found['all']:.1f}",
    ]


def tell_rows(costs: Sequence[tuple[str, int, dict[str, float]]]) -> None:
    """Print what each row costs: of all that a process has, the part that grows."""
    for shown in WAYS:
        of_way = [(num_rows, found) for way, num_rows, found in costs if way == shown]
        (few, least), (many, most) = of_way[0], of_way[-1]
        if many > few:
            own, peak = ((most[name] - least[name]) / (many - few) for name in ("own", "most"))
            print(f"{shown}: a row more costs {own:.0f} bytes, {peak:.0f} at the most")


def main() -> None:
    if sys.argv[1:2] == ["read"]:
        store, name, way, folder = sys.argv[2:]
        read(store, name, way, Path(folder))
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 4_000_000])
    parser.add_argument("--tiny", action="store_true", help="next to nothing: does it work?")
    given = parser.parse_args()
    if given.tiny:
        given.rows = [5000]
    with scratch() as folder:
        ws = make_clips(folder, CLIPS, SHORT)
        ws.publish(track=False)
        store = open_store(ws.settings.store)
        costs = [
            cost
            for number in given.rows
            for cost in measure(store, make_version(store, number), folder / f"kept{number}")
        ]
        print(heading(1) + "\n")
        columns = ["rows", "way", "own MB", "own MB at most", "peak MB", "CPU s to the view"]
        lines = [line(*cost) for cost in costs]
        print(table([*columns, "to the first batch", "of 100 batches"], lines))
        tell_rows(costs)


if __name__ == "__main__":
    main()
