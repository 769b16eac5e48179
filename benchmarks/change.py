"""What a new version costs after a small change: bytes that go to the store, beside other ways.

    python benchmarks/change.py [--clips 20000] [--keep DIR] [--dvc-python PYTHON]
                                [--hf-python PYTHON] [--without dvc]

The clips are those of many_clips.py, the changes those of changed_clips.py, each made to the first
version. Every way makes its second version in a process of its own, beside what it stored of the
first, and the new bytes and objects of its store are counted, tables and records included. Bytes
are exact; CPU is of one run.

- The audio of clips that are new, counted: what nothing can send less than.
- `audioset publish --no-track`.
- DVC: `dvc add` and `dvc push` to a local remote; of the clips with a table of texts, and of tars
  of 64 MiB with the texts inside, packed one after the other: every tar that differs is sent.
- Parquet with audio and texts inside, as `datasets` writes it for the Hugging Face Hub, in files
  of up to 500 MB (its default) and 64 MB: every file that differs is sent whole, as by clients
  without Xet. Then the same files sent by hf_xet, the present client, which sends new chunks.

DVC and the libraries of Hugging Face are run with the interpreters of environments that hold dvc,
and datasets and hf_xet.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

from changed_clips import CHANGES, Changer
from kept_ways import Counted, Dvc, DvcTars, Sent, Way, WholeParquet, XetParquet
from many_clips import CLIPS_PER_TALK, audio_bytes, make_clips
from measuring import heading, scratch, table, tell
from publish import publish_command
from talks import RECORDINGS, SHORT

from audioset.workspace import Workspace

OURS = "**audioset publish**"


class Ours(Way):
    """Immutable versions; what they need is in the store alone."""

    def keep(self, ws: Workspace) -> None:
        """Publish."""
        self.run(*publish_command(ws, self.store))


def ways_of(folder: Path, dvc_python: str, hf_python: str) -> dict[str, Callable[[], Way]]:
    """Give, by name, what makes each way."""
    ways: dict[str, Callable[[], Way]] = {
        "new audio alone (counted)": lambda: Counted(folder / "counted", None),
        OURS: lambda: Ours(folder / "ours"),
    }
    if dvc_python:
        ways["dvc, a file per clip"] = lambda: Dvc(folder / "dvc", dvc_python)
        ways["dvc, tars of 64 MiB"] = lambda: DvcTars(folder / "dvc-tars", dvc_python)
    if hf_python:
        for size in (500, 64):
            ways[f"Parquet of {size} MB, whole files"] = lambda size=size: WholeParquet(
                folder / f"parquet{size}", hf_python, size * 10**6
            )
        ways["Parquet of 500 MB, hf_xet"] = lambda: XetParquet(
            folder / "xet", hf_python, 500 * 10**6
        )
    return ways


def measure_all(changer: Changer, ways: dict[str, Callable[[], Way]]) -> dict[str, dict[str, Sent]]:
    """Measure, for every way by name, the first version and each change to it."""
    made: dict[str, Way] = {}
    sent: dict[str, dict[str, Sent]] = {}
    for name, make in ways.items():
        made[name] = make()
        sent[name] = {"first version": made[name].measure(changer.first)}
        made[name].mark()
        tell(f"first version, {name}: {sent[name]['first version']}")
    for change in CHANGES:
        ws = changer.make(change)
        for name, way in made.items():
            sent[name][change] = way.measure(ws)
            way.go_back()
            tell(f"{change}, {name}: {sent[name][change]}")
    return sent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=20_000)
    parser.add_argument("--keep", type=Path, help="folder for the clips, kept for the next run")
    parser.add_argument("--dvc-python", default="", help="interpreter that has dvc")
    parser.add_argument("--hf-python", default="", help="interpreter that has datasets, hf_xet")
    parser.add_argument("--without", nargs="+", default=[], help="parts of names of ways to skip")
    parser.add_argument("--tiny", action="store_true", help="next to nothing: does it work?")
    given = parser.parse_args()
    if given.tiny:
        given.clips = CLIPS_PER_TALK
    names = SHORT if given.tiny else RECORDINGS
    with scratch(given.keep) as material, scratch(given.keep and given.keep / "change") as folder:
        first = make_clips(material, given.clips, names)
        ways = {
            name: make
            for name, make in ways_of(folder, given.dvc_python, given.hf_python).items()
            if not any(part in name for part in given.without)
        }
        sent = measure_all(Changer(first, material, folder, names), ways)
        size = audio_bytes(first)
    print(heading(1) + f"\n\n{given.clips:,} clips, {size / 1e9:.2f} GB of audio\n")
    for title, show in (
        ("MB sent", lambda one: f"{one.num_bytes / 1e6:,.1f}"),
        ("objects sent", lambda one: f"{one.num_objects:,}"),
        ("CPU s", lambda one: f"{one.cpu_seconds:.1f}"),
    ):
        columns = [title, "first version", *CHANGES]
        rows = [[name, *(show(one) for one in each.values())] for name, each in sent.items()]
        print(table(columns, rows) + "\n")


if __name__ == "__main__":
    main()
