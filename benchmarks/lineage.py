"""What questions of lineage cost on a server with thousands of runs, and whether they are right.

    PYTHONPATH=. python benchmarks/lineage.py [--versions 20] [--runs 3000] [--models 300]

An MLflow server with PostgreSQL behind it and artifacts on S3 (SeaweedFS) is started on this
machine, and everything is made through the client: a quarter of the runs has a receipt of all
clips, a quarter of half of them, a quarter none, and a quarter that of a killed run. What is right
is known from how it was made (`tests/tracking/scale.py`). CPU is that of the client alone; the
floor is MLflow's own search that brings all runs, once, and does nothing with them.
"""

import argparse
import os
import secrets
import statistics
import time

from measuring import heading, scratch, table, tell

from audioset.tracking.client.client import mlflow_call, open_client
from audioset.tracking.client.queries import experiment_names, search_runs
from audioset.workspace import Workspace
from tests.mlflow_server import mlflow_server
from tests.postgresql import start_postgresql
from tests.servers import BUCKET, start_s3
from tests.tracking.scale import NUM_NAMES, Answered, ask_all, build
from tests.workspaces import changed, make_workspace

REPEATS = 3


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--versions", type=int, default=20)
    parser.add_argument("--runs", type=int, default=3000)
    parser.add_argument("--models", type=int, default=300)
    parser.add_argument("--tiny", action="store_true", help="next to nothing: does it work?")
    options = parser.parse_args()
    repeats = 1 if options.tiny else REPEATS
    if options.tiny:
        options.versions, options.runs, options.models = 4, 2 * NUM_NAMES, NUM_NAMES
    os.environ.update(start_s3().environment)
    prefix = secrets.token_hex(8)
    with scratch() as folder, mlflow_server(start_postgresql(), prefix) as url:
        made = make_workspace(folder / "scots", sources=0)
        ws = changed(made, store=f"s3://{BUCKET}/{prefix}-store", tracking=url)
        started = time.perf_counter()
        truth = build(
            ws, num_versions=options.versions, num_runs=options.runs, num_models=options.models
        )
        tell(f"made in {time.perf_counter() - started:.0f} s")
        floor = statistics.median(search_all(ws) for _ in range(repeats))
        passes = [list(ask_all(truth)) for _ in range(repeats)]
    print(
        f"{heading(repeats)}; {options.versions} versions, {options.runs:,} runs, "
        f"{options.models} model versions\n"
    )
    print(table(("question", "right", "CPU s", "/ floor", "wall s"), rows(floor, passes)))


def search_all(ws: Workspace) -> float:
    """Bring all runs by MLflow's own search; gives the CPU that it took, in seconds."""
    started = time.process_time()
    with mlflow_call(ws.tracking):
        client = open_client(ws.tracking)
        search_runs(client, experiment_names(client), "")
    return time.process_time() - started


def rows(floor: float, passes: list[list[Answered]]) -> list[tuple[str, ...]]:
    """Give the medians of all passes as rows of a table."""
    lines = [("floor: MLflow's search of all runs", "", f"{floor:.2f}", "1.0", "")]
    for answers in zip(*passes, strict=True):
        cpu = statistics.median(one.cpu_seconds for one in answers)
        wall = statistics.median(one.wall_seconds for one in answers)
        right = "yes" if all(one.right for one in answers) else "**no**"
        lines.append(
            (answers[0].question, right, f"{cpu:.2f}", f"{cpu / floor:.1f}", f"{wall:.2f}")
        )
    return lines


if __name__ == "__main__":
    main()
