"""A publish that kills itself while MLflow is told of it, and what `ws.log()` makes of that.

`python -m tests.tracking.mirror_moments FOLDER` prints a line of JSON for each call to MLflow.
"""

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from mlflow import MlflowClient

from audioset.workspace import open_workspace
from tests.versions.moments import in_a_fork

CALLS = (
    "create_experiment",
    "create_run",
    "log_inputs",
    "log_batch",
    "log_text",
    "log_artifact",
    "set_tag",
    "set_terminated",
)


def kill_at(number: int, *, when: str, told: int) -> None:
    """Let this process kill itself before or after the n-th call that changes MLflow."""
    left = number

    def deadly(name: str) -> Callable[..., Any]:
        real = getattr(MlflowClient, name)

        def mortal(self: MlflowClient, *arguments: Any, **named: Any) -> Any:
            nonlocal left
            left -= 1
            mine = left == 0
            if mine:
                os.write(told, f"{when} {name}".encode())
            if mine and when == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            result = real(self, *arguments, **named)
            if mine:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return mortal

    for name in CALLS:
        setattr(MlflowClient, name, deadly(name))


def runs_of(folder: Path) -> list[list[str]]:
    """Status, version and split tag of each run of the dataset's experiment."""
    client = MlflowClient(f"sqlite:///{folder / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("audioset/scots")
    runs = client.search_runs([experiment.experiment_id]) if experiment else []
    tags = ("audioset.version", "audioset.split.digest")
    return [[run.info.status, *(run.data.tags.get(tag, "") for tag in tags)] for run in runs]


def try_moment(folder: Path, number: int, when: str) -> dict[str, Any]:
    """Kill a publish at one call; then log what is missing, twice."""
    copy = folder / "tried"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder / "scots", copy)

    def run(told: int) -> None:
        kill_at(number, when=when, told=told)
        open_workspace(copy).publish()

    def log(told: int) -> None:
        for _ in range(2):
            open_workspace(copy).log()
        seen = [len(open_workspace(copy).versions()), runs_of(copy)]
        os.write(told, json.dumps(seen).encode())

    killed, where = in_a_fork(run)
    versions, runs = json.loads(in_a_fork(log)[1])
    return {"killed": killed, "where": where, "versions": versions, "runs": runs}


def main(folder: Path) -> None:
    """Try every call, before and after."""
    # The database is made once: that takes longer than all the rest.
    in_a_fork(
        lambda _: MlflowClient(f"sqlite:///{folder / 'scots/mlflow.db'}").search_experiments()
    )
    for when in ("before", "after"):
        for number in count(1):
            tried = try_moment(folder, number, when)
            sys.stdout.write(json.dumps(tried) + "\n")
            sys.stdout.flush()
            if not tried["killed"]:
                break


if __name__ == "__main__":
    main(Path(sys.argv[1]))
