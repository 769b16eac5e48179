"""A grid of trainings: what the receipt of each run says, beside what its trainer saw.

    .venv/bin/python -m tests.tracking.receipt_grid [fork] [spawn] [forkserver]

All cells of one way to start workers run in one process, one after the other: the server of forks
and the workers that stay outlive the runs that they were started for. In a cell one or two runs
read a version, through loaders that are made before them, one after the other or at once in threads
of their own. Trainers break their passes off, while workers are ahead; the second takes one whole.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice, product
from pathlib import Path
from typing import Any

import audioset
from audioset.training.reader import Dataset
from audioset.workspace import Workspace
from tests.workspaces import add_source, make_workspace

METHODS = ("fork", "spawn", "forkserver")
NUM_CLIPS = 24
BROKEN_OFF = 2  # batches that the first pass of a trainer takes; its workers are ahead by then
Verdict = str


@dataclass(frozen=True)
class Cell:
    """One training, or two.

    Attributes:
        method: how workers are started.
        workers: number of them; 0 reads in the process of the trainer.
        stay: they are persistent.
        runs: number of runs.
        threads: each run has a thread of its own; two then go on at once.
        way: "torch", or "loader", which needs no PyTorch and has no workers.
    """

    method: str
    workers: int
    stay: bool
    runs: int
    threads: bool
    way: str = "torch"


def cells(method: str, *, way: str = "torch") -> Iterator[Cell]:
    """Give the cells of one way to start workers; those without workers only once."""
    kinds = [(2, False), (2, True), *([(0, False)] if method == "fork" else [])]
    for (workers, stay), runs, threads in product(
        kinds if way == "torch" else [(0, False)], (1, 2), (False, True)
    ):
        yield Cell(method, workers, stay, runs, threads, way)


def run_cells(folder: Path, wanted: Iterable[Cell]) -> list[tuple[Cell, Verdict]]:
    """Train, all cells in one new process.

    Args:
        folder: of a workspace that `make` made.
        wanted: the cells.
    """
    done = subprocess.run(
        [sys.executable, "-m", "tests.tracking.receipt_grid", "--in", folder],
        input=json.dumps([asdict(cell) for cell in wanted]),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the trainings ended with {done.returncode}:\n{done.stderr[-4000:]}")
    return [(Cell(**cell), verdict) for cell, verdict in json.loads(done.stdout.splitlines()[-1])]


def make(folder: Path) -> None:
    """Make a workspace with one version, `grid@v1`."""
    ws = make_workspace(folder, name="grid", sources=2, clips_per_source=NUM_CLIPS // 3)
    add_source(ws, "third.mp4", NUM_CLIPS // 3)
    ws.publish(track=False)


def judge(seen: set[str], receipt: Any, ids: list[str]) -> Verdict:
    """Compare what a trainer saw with the receipt of its run.

    Returns:
        "exact"; "told" where the receipt says of more clips that it is not known; else what is
        wrong.
    """
    if receipt is None:
        return "NOTHING"
    consumed = {ids[position] for position in receipt.positions()}
    if consumed - seen:
        return f"{len(consumed - seen)} clips of ANOTHER'S, or that nobody saw"
    missing = seen - consumed
    perhaps = {ids[position] for position in getattr(receipt, "perhaps_positions", list)()}
    if not missing and not perhaps:
        return "exact" if receipt.complete else "told"
    if missing <= perhaps or not receipt.complete:
        return "told"
    return f"{len(missing)} clips MISSING"


def _train(cell: Cell, ws: Workspace, dataset: Dataset) -> Verdict:
    """Run a cell; gives the verdicts on its runs."""
    import mlflow

    seen: dict[str, set[str]] = {}
    lock = threading.Barrier(cell.runs)
    loaders = [_make_loader(cell, dataset, number) for number in range(cell.runs)]

    def train(number: int) -> None:
        with ws.training_run("grid@v1"):
            active = mlflow.active_run()
            assert active is not None
            mine = seen[active.info.run_id] = set()
            if cell.threads:
                lock.wait()
            load = loaders[number] if cell.threads else loaders[0]  # kept from the run before
            for batch in islice(load(), BROKEN_OFF):
                mine.update(batch)
            if cell.threads:
                lock.wait()
            for batch in islice(load(), None if number == 1 else 1):
                mine.update(batch)

    if cell.threads:
        threads = [threading.Thread(target=train, args=(number,)) for number in range(cell.runs)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    else:
        for number in range(cell.runs):
            train(number)
    return _verdict(ws, dataset, seen, cell.runs)


def _verdict(ws: Workspace, dataset: Dataset, seen: dict[str, set[str]], runs: int) -> Verdict:
    import mlflow

    from audioset.tracking.run.receipts import read_receipts

    client = mlflow.MlflowClient(ws.settings.tracking)
    ids = dataset.table.column("clip_id").to_pylist()
    found = []
    for run_id, heard in seen.items():
        receipts = read_receipts(client, client.get_run(run_id))
        found.append(judge(heard, receipts[0] if receipts else None, ids))
    if len(found) < runs:
        return "FAILED"
    return ", ".join(found)


def _make_loader(cell: Cell, dataset: Dataset, seed: int) -> Callable[[], Iterator[list[str]]]:
    """Make a loader before any run; each call is a pass over it, which gives ids of clips."""
    if cell.way == "loader":
        loader = dataset.loader(clips=2, seed=seed)

        def read() -> Iterator[list[str]]:
            loader.load_state_dict({"epoch": 0, "consumed": 0})
            return ([clip.row.clip_id for clip in batch] for batch in loader)

        return read
    from torch.utils.data import DataLoader

    stream = dataset.torch(clips=2, seed=seed)
    batches = DataLoader(
        stream,
        batch_size=None,
        num_workers=cell.workers,
        persistent_workers=cell.stay,
        multiprocessing_context=cell.method if cell.workers else None,
    )

    def load() -> Iterator[list[str]]:
        stream.set_epoch(0)
        return ([row.clip_id for row in batch["rows"]] for batch in batches)

    return load


def _main() -> None:
    parser = argparse.ArgumentParser(description="compare receipts with what trainers saw")
    parser.add_argument("methods", nargs="*", help="fork, spawn, forkserver; all")
    parser.add_argument("--in", dest="folder", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.folder is not None:
        ws = audioset.open_workspace(args.folder)
        dataset = ws.open("grid@v1")
        wanted = [Cell(**cell) for cell in json.load(sys.stdin)]
        sys.stdout.write(json.dumps([(asdict(c), _train(c, ws, dataset)) for c in wanted]) + "\n")
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "grid"
        make(folder)
        for method in args.methods or METHODS:
            wanted = list(cells(method)) + (
                list(cells(method, way="loader")) if method == "fork" else []
            )
            for cell, verdict in run_cells(folder, wanted):
                stay = "stay" if cell.stay else "go"
                threads = "threads" if cell.threads else "one thread"
                print(  # noqa: T201  a tool for the terminal
                    f"{cell.way:6} {cell.method:10} workers={cell.workers} {stay:4} "
                    f"runs={cell.runs} {threads:10} {verdict}",
                    flush=True,
                )


if __name__ == "__main__":
    _main()
