"""What questions about published data cost that need no MLflow, beside another state of the code.

    PYTHONPATH=. python benchmarks/questions.py [--before FOLDER] [--repeats 5]

`--before` is the folder of another checkout. CPU is user + system time of the whole process,
medians of runs in turn, after one that fills the byte code caches; each state of the code has a
workspace of its own: one version with 30 clips, a run that read it, and its model in MLflow, a
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

from audioset.workspace import Workspace
from tests.workspaces import add_source, make_workspace

COMMANDS = {
    "`audioset --version`": "--version",
    "`publish`, nothing changed": "publish",
    "`lineage scots@v1`": "lineage scots@v1",
    "`lineage models:/speakers/1`": "lineage models:/speakers/1",
    "`versions`": "versions",
    "`alias prod scots@v1`": "alias prod scots@v1",
}
ONE_NEW = "`publish` of one new clip"


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
        made = [make(folder / str(number)) for number in range(len(codes))]
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


def make(folder: Path) -> Workspace:
    """Make a workspace with a version, a run that read it, and the run's model."""
    import mlflow

    ws = make_workspace(folder)
    ws.publish()
    with ws.training_run("scots@v1"):
        assert sum(1 for _ in ws.open("scots@v1"))
        run = mlflow.active_run()
        assert run is not None
        client = mlflow.MlflowClient()
        client.create_registered_model("speakers")
        run_id = run.info.run_id
        client.create_model_version("speakers", source=f"runs:/{run_id}/weights", run_id=run_id)
    return ws


def rounds(
    made: list[Workspace], codes: list[Path], number: int
) -> Iterator[tuple[str, Workspace, Path, str]]:
    """Give what is measured in one round; the clip that is new in it comes last."""
    for name, words in COMMANDS.items():
        for ws, code in zip(made, codes, strict=True):
            yield name, ws, code, words
    for ws, code in zip(made, codes, strict=True):
        add_source(ws, f"new {number}.mp4", 1, text="something new", speaker="speaker0")
        yield ONE_NEW, ws, code, "publish"


def cpu_seconds(ws: Workspace, code: Path, words: str) -> float:
    """Run a command by a state of the code in a workspace, and give the CPU time of the process."""
    # Byte code is cached, as on a machine where a command is used more than once.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPATH"] = str(code)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "audioset", *words.split()],
        check=True,
        cwd=ws.folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def rows(costs: dict[tuple[str, Path], list[float]], codes: list[Path]) -> list[tuple[str, ...]]:
    """Give the medians of each command as a row, and the last beside the first."""
    lines = []
    for name in [*COMMANDS, ONE_NEW]:
        medians = [statistics.median(costs[name, code]) for code in codes]
        ratio = f"{medians[-1] / medians[0]:.2f}" if len(medians) > 1 else ""
        lines.append((name, *(f"{seconds:.2f}" for seconds in medians), ratio))
    return lines


if __name__ == "__main__":
    main()
