"""What questions about published data cost that need no MLflow, beside another state of the code.

    python benchmarks/questions.py [--before FOLDER] [--repeats 5]

`--before` is the folder of another checkout. CPU is user + system time of the whole process,
medians of runs in turn, after one that fills the byte code caches; each state of the code made its
own workspace: one version with 30 clips, a run that read it, and its model in MLflow, a
SQLite file. Prints a Markdown table.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from measuring import PROJECT, heading, scratch, table, tell

COMMANDS = {
    "`audioset --version`": "--version",
    "`publish`, nothing changed": "publish",
    "`lineage scots@v1`": "lineage scots@v1",
    "`lineage models:/speakers/1`": "lineage models:/speakers/1",
    "`versions`": "versions",
    "`alias prod scots@v1`": "alias prod scots@v1",
}
ONE_NEW = "`publish` of one new clip"
FLOOR = "floor of it: a run of that kind by MLflow's client alone"
MAKE = """
import sys
from pathlib import Path
import mlflow
from tests.workspaces import make_workspace
ws = make_workspace(Path(sys.argv[1]))
ws.publish()
with ws.training_run("scots@v1"):
    assert sum(1 for _ in ws.open("scots@v1"))
    run_id = mlflow.active_run().info.run_id
    client = mlflow.MlflowClient()
    client.create_registered_model("speakers")
    client.create_model_version("speakers", source=f"runs:/{run_id}/weights", run_id=run_id)
"""
ADD = """
import sys
import audioset
from tests.workspaces import add_source
ws = audioset.open_workspace(workspace=sys.argv[1])
add_source(ws, sys.argv[2], 1, text="something new", speaker="speaker0")
"""
# What `publish` logs, without a page drawn or a clip read.
BARE_RUN = """
import os, sys
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param
client = MlflowClient(tracking_uri="sqlite:///" + os.path.abspath("mlflow.db"))
experiment = client.get_experiment_by_name("audioset/scots")
run_id = client.create_run(experiment.experiment_id, tags={"floor": "1"}).info.run_id
dataset = Dataset("scots", "0" * 36, "local", "{}", "{}", "{}")
client.log_inputs(run_id, [DatasetInput(dataset, [InputTag("mlflow.data.context", "version")])])
client.log_text(run_id, "card", "dataset_card.md")
client.log_text(run_id, "page", "report.html")
numbers = [Metric(f"m{place}", 1.0, 0, 0) for place in range(9)]
client.log_batch(run_id, numbers, [Param(f"p{place}", "x") for place in range(9)])
client.set_terminated(run_id, "FINISHED")
"""


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--before", type=Path, help="folder of another checkout")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--tiny", action="store_true", help="next to nothing: does it work?")
    options = parser.parse_args()
    repeats = 1 if options.tiny else options.repeats
    codes = [PROJECT] if options.before is None else [options.before.resolve(), PROJECT]
    with scratch() as folder:
        made = [make(folder / str(number), code) for number, code in enumerate(codes)]
        for ws, code in () if options.tiny else zip(made, codes, strict=True):
            for words in COMMANDS.values():
                cpu_seconds(ws, code, words)
        costs: dict[tuple[str, Path], list[float]] = {}
        for number in range(repeats):
            for name, ws, code, words in rounds(made, codes, number):
                costs.setdefault((name, code), []).append(cpu_seconds(ws, code, words))
                tell(f"{number + 1}/{repeats} {name}: {costs[name, code][-1]:.2f} CPU s")
    print(f"{heading(repeats)}\n")
    print(
        table(("command", *(["before"] * (len(codes) - 1)), "CPU s", "ratio"), rows(costs, codes))
    )


def make(folder: Path, code: Path) -> Path:
    """Make a workspace with a version, a run that read it, and the run's model."""
    run_python(code, MAKE, folder)
    return folder


def run_python(code: Path, text: str, *words: str | Path) -> None:
    """Run Python beside a state of the code."""
    environment = {**os.environ, "PYTHONPATH": str(code)}
    subprocess.run([sys.executable, "-c", text, *words], check=True, cwd=code, env=environment)


def rounds(
    made: list[Path], codes: list[Path], number: int
) -> Iterator[tuple[str, Path, Path, str]]:
    """Give what is measured in one round; the clip that is new in it comes last."""
    for name, words in COMMANDS.items():
        for ws, code in zip(made, codes, strict=True):
            yield name, ws, code, words
    for ws, code in zip(made, codes, strict=True):
        run_python(code, ADD, ws, f"new {number}.mp4")
        yield ONE_NEW, ws, code, "publish"
    for ws, code in zip(made, codes, strict=True):
        yield FLOOR, ws, code, BARE_RUN


def cpu_seconds(ws: Path, code: Path, words: str) -> float:
    """Run a command by a state of the code in a workspace, and give the CPU time of the process."""
    # Byte code is cached, as on a machine where a command is used more than once.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPATH"] = str(code)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-c", BARE_RUN]
        if words == BARE_RUN
        else [sys.executable, "-m", "audioset", *words.split()],
        check=True,
        cwd=ws,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def rows(costs: dict[tuple[str, Path], list[float]], codes: list[Path]) -> list[tuple[str, ...]]:
    """Give the medians of each command as a row, and the last beside the first."""
    lines = []
    for name in [*COMMANDS, ONE_NEW, FLOOR]:
        medians = [statistics.median(costs[name, code]) for code in codes]
        ratio = f"{medians[-1] / medians[0]:.2f}" if len(medians) > 1 else ""
        lines.append((name, *(f"{seconds:.2f}" for seconds in medians), ratio))
    return lines


if __name__ == "__main__":
    main()
