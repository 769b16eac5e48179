"""What `audioset --help` and `import audioset` cost beside a bare typer app and a bare Python.

And what a press of TAB costs in bash, after words that go on with a command, a version, a speaker.

    PYTHONPATH=. python benchmarks/startup.py [--repeats 7]

CPU is user + system time of the child process, medians of interleaved runs after one that fills the
byte code caches. Prints a Markdown table.
"""

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tests.workspaces import make_workspace

BARE_TYPER = """
import typer

app = typer.Typer({options})


@app.command()
def hello(name: str = "you") -> None:
    "Say hello."


app()
"""


def tab(folder: Path, *words: str) -> list[str]:
    """Give what bash runs for a press of TAB after words, in a folder."""
    typed = ["audioset", *words]
    asked = ["COMP_WORDS=" + "\n".join(typed), f"COMP_CWORD={len(words)}"]
    variables = [*asked, "_AUDIOSET_COMPLETE=complete_bash"]
    return ["env", "-C", str(folder), *variables, sys.executable, "-m", "audioset"]


def cpu_seconds(command: list[str]) -> float:
    """Run a command and give the CPU time of the process."""
    # Byte code is cached, as on a machine where a command is used more than once.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--tiny", action="store_true", help="next to nothing: does it work?")
    given = parser.parse_args()
    repeats = 1 if given.tiny else given.repeats
    with tempfile.TemporaryDirectory() as directory:
        plain, drawn = Path(directory) / "plain_help.py", Path(directory) / "drawn_help.py"
        plain.write_text(BARE_TYPER.format(options="rich_markup_mode=None"), encoding="utf-8")
        drawn.write_text(BARE_TYPER.format(options=""), encoding="utf-8")
        workspace = make_workspace(Path(directory) / "scots", clips_per_source=2)
        workspace.publish(track=False)
        python = sys.executable
        ways = {
            "bare Python: `python -c pass`": [python, "-c", "pass"],
            "**`import audioset`**": [python, "-c", "import audioset"],
            "bare typer app, plain help": [python, str(plain), "--help"],
            "**`audioset --help`**": [python, "-m", "audioset", "--help"],
            "bare typer app, help drawn by rich (typer's default)": [python, str(drawn), "--help"],
            "**TAB after `audioset pub`**": tab(workspace.folder, "pub"),
            "**TAB after `audioset diff `**, versions": tab(workspace.folder, "diff", ""),
            "**TAB after `--speaker `**": tab(workspace.folder, "decide", "--speaker", ""),
        }
        for command in ways.values():
            cpu_seconds(command)
        runs: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(repeats):
            for way, command in ways.items():
                runs[way].append(cpu_seconds(command))
    medians = {way: statistics.median(values) for way, values in runs.items()}
    bare_python = next(iter(medians.values()))
    bare_typer = medians["bare typer app, plain help"]
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}, "
        f"Python {platform.python_version()}, medians of {repeats} runs\n"
    )
    print("| process | CPU s | / bare Python | / bare typer app |\n|---|---|---|---|")
    for way, seconds in medians.items():
        ratios = f"{seconds / bare_python:.1f} | {seconds / bare_typer:.2f}"
        print(f"| {way} | {seconds:.3f} | {ratios} |")


if __name__ == "__main__":
    main()
