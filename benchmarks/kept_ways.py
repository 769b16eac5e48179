"""Ways to keep versions of clips, each as people use it: what each stores, and what a pass reads.

What is kept is a folder with clips and a file of rows (see many_clips.py). Each way makes a version
in processes of its own, beside what it stored of the earlier ones; files of a folder stand for the
objects of a far store.
"""

import csv
import hashlib
import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from many_clips import ROWS_FILE
from measuring import run

from audioset.records.identity import clip_path
from audioset.storage.shards import split_shards

OTHERS = Path(__file__).with_name("other_versions.py")


class Kept(Protocol):
    """What a way keeps: a workspace, or what looks like one; rows are in its `ROWS_FILE`."""

    @property
    def folder(self) -> Path:
        """Holds the file of rows."""

    @property
    def clips_dir(self) -> Path:
        """Holds `<clip_id>.flac` of every row, and maybe others."""


@dataclass(frozen=True)
class Sent:
    """What a new version brought to a store."""

    num_bytes: int
    num_objects: int
    cpu_seconds: float


@dataclass(frozen=True)
class Pass:
    """What one pass over the last version reads, and of how many objects."""

    num_bytes: int
    num_objects: int


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

    def measure(self, kept: Kept) -> Sent:
        """Keep a version and tell what was new to the store."""
        before = self._stored()
        self.cpu_seconds = 0.0
        self.keep(kept)
        new = {name: size for name, size in self._stored().items() if name not in before}
        return Sent(sum(new.values()), len(new), self.cpu_seconds)

    def keep(self, kept: Kept) -> None:
        """Keep the clips and texts of a workspace as a version."""
        raise NotImplementedError

    def read(self) -> Pass:
        """Tell what one pass over the audio of the last version reads."""
        raise NotImplementedError

    def run(self, *command: str | Path) -> None:
        """Run a command that counts."""
        self.cpu_seconds += run(command, with_peak=False).cpu_seconds

    def ask(self, *command: str | Path) -> dict[str, int]:
        """Run a command that tells numbers, in the file that is its last word."""
        told = self.folder / "told.json"
        run([*command, told], with_peak=False)
        return json.loads(told.read_text(encoding="utf-8"))

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


class Counted(Way):
    """Shards that depend on the clips alone, or an object for each clip: counted, not made."""

    def __init__(self, folder: Path, target: int | None) -> None:
        super().__init__(folder)
        self.target = target
        self.known: set[tuple[str, ...]] = set()
        self.known_first: set[tuple[str, ...]] = set()
        self.last = Pass(0, 0)

    def measure(self, kept: Kept) -> Sent:
        """Count what is new."""
        sizes = clip_sizes(kept)
        ids, each = list(sizes), list(sizes.values())
        places = [[place] for place in range(len(ids))]
        if self.target is not None:
            places = split_shards(ids, each, target_bytes=self.target)
        shards = [tuple(ids[place] for place in shard) for shard in places]
        new = [sum(sizes[i] for i in shard) for shard in shards if shard not in self.known]
        self.known.update(shards)
        self.last = Pass(sum(each), len(shards))
        return Sent(sum(new), len(new), 0.0)

    def read(self) -> Pass:
        """All of them."""
        return self.last

    def mark(self) -> None:
        """Note what was there at first."""
        self.known_first = set(self.known)

    def go_back(self) -> None:
        """Know only that."""
        self.known = set(self.known_first)


class Dvc(Way):
    """A DVC repository whose folder `data` is kept."""

    def __init__(self, folder: Path, python: str) -> None:
        super().__init__(folder)
        self.python = python
        self.data = folder / "repository" / "data"
        self.data.mkdir(parents=True)
        self._dvc("init", "--no-scm")
        self._dvc("remote", "add", "-d", "far", self.store)

    def keep(self, kept: Kept) -> None:
        """Add and push."""
        self.fill(kept)
        self._dvc("add", "data")
        self._dvc("push")

    def fill(self, kept: Kept) -> None:
        """Bring the clips up to date, and write the table of texts."""
        rows = _rows(kept)
        wanted = {f"{row['clip_id']}.flac" for row in rows}
        found = {path.name for path in self.data.glob("*.flac")}
        for name in found - wanted:
            (self.data / name).unlink()
        for name in wanted - found:
            shutil.copy(kept.clips_dir / name, self.data / name)
        (self.data / "texts.csv").unlink(missing_ok=True)
        with (self.data / "texts.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([row["clip_id"], row["text"]] for row in rows)

    def read(self) -> Pass:
        """Every file is an object."""
        sizes = [path.stat().st_size for path in self.data.iterdir()]
        return Pass(sum(sizes), len(sizes))

    def go_back(self) -> None:
        """Do nothing: the client remembers what the remote holds; no two changes share a file."""

    def _dvc(self, *words: str | Path) -> None:
        self.run(self.python, "-m", "dvc", "--cd", self.data.parent, *words)


class DvcTars(Dvc):
    """The same, of tars."""

    def fill(self, kept: Kept) -> None:
        """Pack all clips anew."""
        shutil.rmtree(self.data)
        self.run(sys.executable, OTHERS, "tars", kept.folder, self.data)


class WholeParquet(Way):
    """Files that are sent whole unless a file of the same hash was sent."""

    def __init__(self, folder: Path, python: str, max_bytes: int) -> None:
        super().__init__(folder)
        self.python = python
        self.max_bytes = max_bytes
        self.files = folder / "files"

    def keep(self, kept: Kept) -> None:
        """Write all files anew and send them."""
        shutil.rmtree(self.files, ignore_errors=True)
        self.run(self.python, OTHERS, "parquet", kept.folder, self.files, str(self.max_bytes))
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

    def read(self) -> Pass:
        """What the client says that it fetched; of the objects with chunks it may need all."""
        done = self.ask(self.python, OTHERS, "fetch-xet", self.folder)
        return Pass(done["bytes"], sum(not name.endswith(".mdb") for name in self._stored()))

    def mark(self) -> None:
        """Keep a copy of what the client made."""
        super().mark()
        shutil.copytree(self.folder / "xet", self.folder / "xet-first")

    def go_back(self) -> None:
        """Bring that copy back."""
        super().go_back()
        shutil.rmtree(self.folder / "xet")
        shutil.copytree(self.folder / "xet-first", self.folder / "xet")


class Lance(Way):
    """A Lance table with the clips in a column: rows deleted, rows appended, and then compacted."""

    def __init__(self, folder: Path, python: str, rows_per_file: int, compaction: str) -> None:
        super().__init__(folder)
        self.python = python
        self.rows_per_file = rows_per_file
        self.compaction = compaction  # as other_versions.py names it

    def keep(self, kept: Kept) -> None:
        """Bring the table to these rows."""
        size = str(self.rows_per_file)
        self.run(self.python, OTHERS, "lance", kept.folder, self.store, size, self.compaction)

    def read(self) -> Pass:
        """What a scan of all columns takes from files, and those that the version names."""
        done = self.ask(self.python, OTHERS, "scan-lance", self.store)
        return Pass(done["bytes"], done["objects"])


def clip_sizes(kept: Kept) -> dict[str, int]:
    """Give the bytes of each clip by id, in the order of ids."""
    ids = sorted(row["clip_id"] for row in _rows(kept))
    return {i: clip_path(kept.clips_dir, i).stat().st_size for i in ids}


def _rows(kept: Kept) -> list[dict]:
    text = (kept.folder / ROWS_FILE).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]
