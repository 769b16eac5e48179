"""Plant faults in the code that keeps promises, and count those that its tests catch.

Usage: python scripts/plant_faults.py [ROOM ...] [--faults 60] [--seed 1] [--report FILE]

mutmut (of the extra "faults") makes the faults in a copy of the project; of each room's
faults a random sample runs against the tests that mirror the room. Faults that only change the
words of a message are left out. `tests/harmless_faults.toml` names, with the reason, faults that
change nothing that anybody could see; every other one that no test catches is listed.
"""

import argparse
import difflib
import json
import os
import random
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
DATA = os.environ.get("AUDIOSET_TEST_DATA", str(PROJECT.parent / "shared" / "data"))
# Of mutmut's exit codes: what became of a fault.
CAUGHT, MISSED, NOT_RUN = {1, 3, 24, 36, 37, 255, 152, -24, -11, -9}, {0}, {5, 33}
LEAST_SHARE_CAUGHT = 0.9
# What runs with PyTorch only: tests of it skip where that is missing.
# Called while their modules are imported, which is before a fault is chosen: none would show.
AT_IMPORT = (
    ".manifest.x__column__",
    ".manifest.x_columns__",
    ".manifest.x_column_names__",
    ".check_report.x__limit__",
)
NEED_TORCH = () if find_spec("torch") else ("audioset.training.torch_", ".xǁDatasetǁtorch__")
# Every fault has a process of its own: a server for each would take hours.
WITHOUT_SERVERS = """
def pytest_collection_modifyitems(config, items):
    items[:] = [
        one
        for one in items
        if "s3_url" not in one.fixturenames and "s3" not in one.name.partition("[")[2]
    ]
"""


@dataclass(frozen=True)
class Room:
    """Modules that keep promises of one kind, and the tests that mirror them."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]


ROOMS = {
    "storage": Room(
        ("audioset/storage/*",),
        ("tests/storage", "tests/contracts"),
    ),
    "records": Room(
        ("audioset/records/*",),
        (
            "tests/records",
            "tests/versions/test_digest.py",
            "tests/storage/test_filters.py",
            "tests/storage/test_filter_words.py",
        ),
    ),
    "versions": Room(
        ("audioset/versions/*",),  # `*` spans folders
        tuple(
            f"tests/versions/test_{name}.py"
            for name in (
                "aliases",
                "collect",
                "consumed",
                "diff",
                "differing",
                "digest",
                "ever_published",
                "fetch",
                "forget",
                "going_runs",
                "layout",
                "overlap",
                "overlap_borders",
                "publish",
                "pull",
                "pull_exact",
                "resolve",
                "verify",
                "verify_rows",
                "verify_shard",
                "withdrawn",
                "working_audio",
            )
        ),
    ),
    "training": Room(
        ("audioset/training/*",),
        tuple(
            f"tests/training/test_{name}.py"
            for name in (
                "huggingface",
                "loader",
                "order",
                "plan",
                "read_ahead",
                "reader",
                "rows",
                "source",
                "taken",
                "torch",
                "version_table",
                "views",
                "webdataset",
                "written",
            )
        ),
    ),
    "receipts": Room(
        (
            "audioset/records/receipt.py",
            "audioset/versions/consumed.py",
            "audioset/versions/going_runs.py",
            "audioset/tracking/run/receipt_files.py",
            "audioset/tracking/run/receipts.py",
        ),
        (
            "tests/records/test_receipt.py",
            "tests/versions/test_consumed.py",
            "tests/versions/test_going_runs.py",
            # Not test_receipts.py: processes that it starts elsewhere have no planted faults.
            "tests/tracking/test_receipt_files.py",
        ),
    ),
    "splits": Room(
        ("audioset/curation/split/*", "audioset/records/split_report.py"),
        (
            "tests/curation/test_split_plan.py",
            "tests/curation/test_shared_things.py",
            "tests/curation/test_splits.py",
            "tests/curation/test_leaks.py",
            "tests/records/test_options.py",
            "tests/records/test_reports.py",
        ),
    ),
    "cues": Room(
        ("audioset/documents/cues/*", "audioset/documents/reading/*"),
        # Without those of the seconds that hostile files take: planted faults make all code slow.
        tuple(
            f"tests/documents/test_{name}.py"
            for name in (
                "captions_values",
                "cue_times",
                "cues_captions",
                "cues_json",
                "cues_labels",
                "cues_real",
                "cues_reports",
                "cues_said",
                "cues_streams",
                "cues_values",
                "cues_wild",
                "documents",
                "json_values",
                "line_writers",
                "lines",
                "lines_unsaid",
                "reading",
                "said_values",
                "tables",
            )
        ),
    ),
}


@dataclass(frozen=True)
class Fault:
    """One planted change: where it is, the lines before and after, what became of it."""

    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    caught: bool | None = None

    @property
    def in_words(self) -> bool:
        """Whether only the words of a message change."""
        return any(_is_words(line) for line in self.before) and len(self.before) <= 1

    @property
    def can_show(self) -> bool:
        """Whether a test could see it here: no mere words, and code that runs when it is asked."""
        unseen = any(part in self.name for part in (*AT_IMPORT, *NEED_TORCH))
        return not (self.in_words or unseen)

    def told(self) -> str:
        """The fault as a reader of the report sees it."""
        lines = [f"- {line}" for line in self.before] + [f"+ {line}" for line in self.after]
        return "\n".join([self.name, *lines])


def main() -> int:
    """Plant, run, print the table; 0 if enough faults were caught in every room."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    asked.add_argument("rooms", nargs="*", choices=[[], *ROOMS], metavar="ROOM")
    asked.add_argument("--faults", type=int, default=60, help="of each room, at most")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--report", type=Path, help="a file for all that no test caught")
    options = asked.parse_args()
    harmless = {
        (one["module"], one["before"], one["after"])
        for one in tomllib.loads((PROJECT / "tests/harmless_faults.toml").read_text())["fault"]
    }
    lines, enough = [], True
    print(f"{'room':10} {'planted':>8} {'caught':>8} {'harmless':>9} {'missed':>7} {'share':>7}")
    for name in options.rooms or ROOMS:
        faults = _try_room(ROOMS[name], options.faults, random.Random(options.seed))
        missed = [fault for fault in faults if not fault.caught]
        judged = [fault for fault in missed if _key(fault) in harmless]
        share = 1 - (len(missed) - len(judged)) / max(1, len(faults) - len(judged))
        enough = enough and share >= LEAST_SHARE_CAUGHT
        print(
            f"{name:10} {len(faults):8} {len(faults) - len(missed):8} {len(judged):9} "
            f"{len(missed) - len(judged):7} {share:7.1%}",
            flush=True,
        )
        lines += [fault.told() for fault in missed if fault not in judged]
    print("", *lines, sep="\n")
    if options.report:
        options.report.write_text("\n\n".join(lines) + "\n")
    return 0 if enough else 1


def _key(fault: Fault) -> tuple[str, str, str]:
    """How `harmless_faults.toml` names a fault: it stays true when lines move."""
    module = fault.name.rpartition(".")[0]
    return module, " ".join(fault.before), " ".join(fault.after)


def _try_room(room: Room, most: int, dice: random.Random) -> list[Fault]:
    with tempfile.TemporaryDirectory(prefix="audioset-faults-") as folder:
        copy = Path(folder) / "project"
        subprocess.run(["git", "clone", "--quiet", str(PROJECT), str(copy)], check=True)
        with (copy / "pyproject.toml").open("a") as file:
            file.write(_settings(room))
        (copy / "without_servers.py").write_text(WITHOUT_SERVERS)
        _mutmut(copy, "run", "nothing-of-this-name")  # plants them and learns who tests what
        faults = [one for one in _planted(copy) if one.can_show]
        chosen = sorted(dice.sample(faults, min(most, len(faults))), key=lambda one: one.name)
        _mutmut(copy, "run", *(fault.name for fault in chosen))
        ends = dict(_ends(copy))
        if not chosen or all(ends[fault.name] is None for fault in chosen):
            words = (copy / "mutmut.log").read_text(errors="replace").replace("\r", "\n")
            sys.exit(words[-4000:])
        return [
            Fault(one.name, one.before, one.after, caught=ends[one.name] in CAUGHT)
            for one in chosen
            if ends[one.name] is not None
        ]


def _settings(room: Room) -> str:
    values = {
        "source_paths": ["audioset"],
        # Clients of object stores have threads, which a fork does not take with it.
        "process_isolation": "forkserver",
        "only_mutate": list(room.modules),
        # The condition before it is planted with faults; of itself it has only words.
        "do_not_mutate_patterns": [r"^\s*raise "],
        "also_copy": [
            "README.md",
            "CHANGELOG.md",
            "docs",
            "manifests",
            "scripts",
            "benchmarks",
            "without_servers.py",
        ],
        "pytest_add_cli_args": ["-p", "no:cacheprovider", "-p", "without_servers"],
        "pytest_add_cli_args_test_selection": list(room.tests),
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in values.items()]
    return "\n[tool.mutmut]\n" + "\n".join(lines) + "\n"


def _mutmut(copy: Path, *words: str) -> None:
    log, own = copy / "mutmut.log", copy.parent / "tmp"
    own.mkdir(exist_ok=True)
    with log.open("ab") as file:
        subprocess.run(
            [sys.executable, "-m", "mutmut", *words, "--max-children", "2"],
            cwd=copy,
            stdout=file,
            stderr=subprocess.STDOUT,
            env={
                **os.environ,
                "AUDIOSET_TEST_DATA": DATA,
                "PYTHONPATH": str(copy / "mutants"),
                "PYTEST_DEBUG_TEMPROOT": str(own),  # other runs tidy up the usual one
            },
            check=False,
        )
    if not list((copy / "mutants").rglob("*.meta")):
        sys.exit(log.read_text(errors="replace")[-2000:])


def _planted(copy: Path) -> Iterator[Fault]:
    for name, _ in _ends(copy):
        module, _, function = name.rpartition(".")
        path = copy / "mutants" / (module.replace(".", "/") + ".py")
        original = function.rpartition("_")[0] + "_orig"
        changed = [line for line in _difference(path, original, function)]
        yield Fault(
            name,
            tuple(line[1:].strip() for line in changed if line[0] == "-"),
            tuple(line[1:].strip() for line in changed if line[0] == "+"),
        )


def _difference(path: Path, original: str, function: str) -> Iterator[str]:
    spans = json.loads(Path(f"{path}.spans").read_text())["spans"]
    lines = path.read_text().splitlines()
    sides = [lines[spans[name][0] - 1 : spans[name][1]] for name in (original, function)]
    for line in difflib.unified_diff(*sides, lineterm="", n=0):
        if line[:3] not in ("---", "+++") and line[0] in "+-" and "__mutmut_" not in line:
            yield line


def _ends(copy: Path) -> Iterator[tuple[str, int | None]]:
    for meta in sorted((copy / "mutants").rglob("*.meta")):
        yield from json.loads(meta.read_text())["exit_code_by_key"].items()


def _is_words(line: str) -> bool:
    """Whether a line is a piece of prose in quotes: it has words with spaces between them."""
    text = line.lstrip("f").strip(",()")
    return text[:1] in "\"'" and text[-1:] == text[:1] and " " in text


if __name__ == "__main__":
    sys.exit(main())
