"""What a new version costs after a small change: bytes that go to the store, beside other ways.

    python benchmarks/change.py [--clips 20000] [--keep DIR] [--dvc-python PYTHON]
                                [--hf-python PYTHON] [--without dvc]

The clips are those of many_clips.py, the changes those of changed_clips.py, each made to the first
version. Every way makes its second version in a process of its own, beside what it stored of the
first, and the new bytes and objects of its store are counted, tables and records included. Bytes
are exact; CPU is of one run.

- `audioset publish --no-track`, with its shards of 64 MiB, and with shards of 4 MiB.
- DVC: `dvc add` and `dvc push` to a local remote; of the clips with a table of texts, and of tars
  of 64 MiB with the texts inside, packed one after the other: every tar that differs is sent.
- Parquet with audio and texts inside, as `datasets` writes it for the Hugging Face Hub, in files
  of up to 500 MB (its default) and 64 MB: every file that differs is sent whole, as by clients
  without Xet. Then the same files sent by hf_xet, the present client, which sends new chunks.

DVC and the libraries of Hugging Face are run with the interpreters of environments that hold dvc,
and datasets and hf_xet.
"""

import argparse
import csv
import hashlib
import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from changed_clips import CHANGES, Changer
from many_clips import CLIPS_PER_TALK, ROWS_FILE, audio_bytes, make_clips
from measuring import heading, run, scratch, table, tell
from publish import publish_command
from talks import RECORDINGS, SHORT

from audioset.workspace import Workspace

OTHERS = Path(__file__).with_name("other_versions.py")
OURS = "**audioset publish**"
# Publishes with another shard size.
SMALL_SHARDS = """
import sys
import audioset
audioset.open_workspace(sys.argv[1], store=sys.argv[2]).publish(shard_bytes=4 * 2**20, track=False)
"""


@dataclass(frozen=True)
class Sent:
    """What a new version brought to a store."""

    num_bytes: int
    num_objects: int
    cpu_seconds: float


class Way:
    """One way to keep versions, in a folder of its own.

    Attributes:
        store: folder that stands for the far store.
        cpu_seconds: of the last version.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = folder / "store"
        self.cpu_seconds = 0.0
        shutil.rmtree(folder, ignore_errors=True)
        self.store.mkdir(parents=True)
        self.first: set[str] = set()

    def measure(self, ws: Workspace) -> Sent:
        """Keep a version and tell what was new to the store."""
        before = self._stored()
        self.cpu_seconds = 0.0
        self.keep(ws)
        new = {name: size for name, size in self._stored().items() if name not in before}
        return Sent(sum(new.values()), len(new), self.cpu_seconds)

    def keep(self, ws: Workspace) -> None:
        """Keep the clips and texts of a workspace as a version."""
        raise NotImplementedError

    def run(self, *command: str | Path) -> None:
        """Run a command that counts."""
        self.cpu_seconds += run(command).cpu_seconds

    def mark(self) -> None:
        """Note that the first version is kept, and no other."""
        self.first = set(self._stored())

    def go_back(self) -> None:
        """Go back to the first version, so that no change profits of another."""
        for name in self._stored().keys() - self.first:
            (self.store / name).unlink()

    def _stored(self) -> dict[str, int]:
        files = (path for path in self.store.rglob("*") if path.is_file())
        return {str(path.relative_to(self.store)): path.stat().st_size for path in files}


class Ours(Way):
    """Immutable versions; what they need is in the store alone."""

    def keep(self, ws: Workspace) -> None:
        """Publish."""
        self.run(*publish_command(ws, self.store))


class OursSmall(Ours):
    """The same with shards of 4 MiB."""

    def keep(self, ws: Workspace) -> None:
        """Publish."""
        self.run(sys.executable, "-c", SMALL_SHARDS, ws.folder, self.store)


class Dvc(Way):
    """A DVC repository whose folder `data` is kept."""

    def __init__(self, folder: Path, python: str) -> None:
        super().__init__(folder)
        self.python = python
        self.data = folder / "repository" / "data"
        self.data.mkdir(parents=True)
        self._dvc("init", "--no-scm")
        self._dvc("remote", "add", "-d", "far", self.store)

    def keep(self, ws: Workspace) -> None:
        """Add and push."""
        self.fill(ws)
        self._dvc("add", "data")
        self._dvc("push")

    def fill(self, ws: Workspace) -> None:
        """Bring the clips up to date, and write the table of texts."""
        rows = _rows(ws)
        wanted = {f"{row['clip_id']}.flac" for row in rows}
        found = {path.name for path in self.data.glob("*.flac")}
        for name in found - wanted:
            (self.data / name).unlink()
        for name in wanted - found:
            shutil.copy(ws.clips_dir / name, self.data / name)
        (self.data / "texts.csv").unlink(missing_ok=True)
        with (self.data / "texts.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([row["clip_id"], row["text"]] for row in rows)

    def go_back(self) -> None:
        """Do nothing: the client remembers what the remote holds; no two changes share a file."""

    def _dvc(self, *words: str | Path) -> None:
        self.run(self.python, "-m", "dvc", "--cd", self.data.parent, *words)


class DvcTars(Dvc):
    """The same, of tars."""

    def fill(self, ws: Workspace) -> None:
        """Pack all clips anew."""
        shutil.rmtree(self.data)
        self.run(sys.executable, OTHERS, "tars", ws.folder, self.data)


class WholeParquet(Way):
    """Files that are sent whole unless a file of the same hash was sent."""

    def __init__(self, folder: Path, python: str, max_bytes: int) -> None:
        super().__init__(folder)
        self.python = python
        self.max_bytes = max_bytes
        self.files = folder / "files"

    def keep(self, ws: Workspace) -> None:
        """Write all files anew and send them."""
        shutil.rmtree(self.files, ignore_errors=True)
        self.run(self.python, OTHERS, "parquet", ws.folder, self.files, str(self.max_bytes))
        self.send()

    def send(self) -> None:
        """Move the files to the store, named by their hashes."""
        for path in self.files.iterdir():
            with path.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            path.replace(self.store / sha256)


class XetParquet(WholeParquet):
    """The same files, of which only the chunks that are new are sent."""

    def send(self) -> None:
        """Upload by the client; what it keeps to know the chunks again lies beside the store."""
        self.run(self.python, OTHERS, "xet", self.files, self.folder)
        for kind in ("xorbs", "shards"):
            for path in (self.folder / "xet" / "xorbs" / kind).iterdir():
                if path.suffix != ".tagset" and not (self.store / path.name).exists():
                    (self.store / path.name).hardlink_to(path)

    def mark(self) -> None:
        """Keep a copy of what the client made."""
        super().mark()
        shutil.copytree(self.folder / "xet", self.folder / "xet-first")

    def go_back(self) -> None:
        """Bring that copy back."""
        super().go_back()
        shutil.rmtree(self.folder / "xet")
        shutil.copytree(self.folder / "xet-first", self.folder / "xet")


def ways_of(folder: Path, dvc_python: str, hf_python: str) -> dict[str, Callable[[], Way]]:
    """Give, by name, what makes each way."""
    ways: dict[str, Callable[[], Way]] = {
        OURS: lambda: Ours(folder / "ours"),
        "audioset, shards of 4 MiB": lambda: OursSmall(folder / "small"),
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
        given.clips, given.without = CLIPS_PER_TALK, ["4 MiB"]
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


def _rows(ws: Workspace) -> list[dict]:
    text = (ws.folder / ROWS_FILE).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


if __name__ == "__main__":
    main()
