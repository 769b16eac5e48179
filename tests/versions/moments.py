"""Commands that kill themselves at a named moment, and what readers find afterwards.

One process prepares a store without opening it, and forks a process for each command and each look:
a fork takes milliseconds, an interpreter a second. It kills itself, so that where it fell is known
and not left to how busy the machine is.

`python -m tests.versions.moments FOLDER [--all]` prints a line of JSON for each moment.
"""

import hashlib
import json
import os
import shutil
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

from audioset.errors import AudiosetError
from audioset.records.identity import VersionRef
from audioset.storage.local_store import LocalStore
from audioset.storage.store import open_store
from audioset.training.reader import Dataset
from audioset.versions.aliases import list_aliases, move_alias
from audioset.versions.collect import collect
from audioset.versions.forget.forget import forget, plan_forget
from audioset.versions.read.resolve import list_versions
from audioset.versions.verify.verify import verify
from audioset.workspace import Workspace, open_workspace
from tests.versions.publishing import publish, with_value, working_table

WRITES = ("put_content", "put_new", "replace", "delete")
READS = ("get", "get_ranges", "get_blocks", "get_file", "list_keys", "list_objects", "find_object")
# What others see of a command: its record, its move, what it removes.
VISIBLE = {
    "publish": ("put_new",),
    "forget": ("put_new",),
    "new alias": ("put_new",),
    "alias": ("replace",),
    "collect": ("delete",),
}
LONG_AGO_SECONDS = 30 * 86_400


def run_publish(ws: Workspace) -> None:
    publish(ws, with_value(working_table(ws), 0, "text", "said otherwise"))


def run_forget(ws: Workspace) -> None:
    store = open_store(ws.settings.store)
    forget(store, plan_forget(store, "scots", column="speaker", value="speaker1"))


def run_new_alias(ws: Workspace) -> None:
    move_alias(open_store(ws.settings.store), "best", VersionRef("scots", 1))


def run_alias(ws: Workspace) -> None:
    move_alias(open_store(ws.settings.store), "prod", VersionRef("scots", 2))


def run_collect(ws: Workspace) -> None:
    collect(open_store(ws.settings.store), "scots", dry_run=False)


COMMANDS: dict[str, Callable[[Workspace], None]] = {
    "publish": run_publish,
    "forget": run_forget,
    "new alias": run_new_alias,
    "alias": run_alias,
    "collect": run_collect,
}


def prepare(ws: Workspace) -> None:
    """Two versions, an alias on the first, and old shards that no version needs."""
    publish(ws)
    publish(ws, with_value(working_table(ws), 1, "text", "second"))
    move_alias(open_store(ws.settings.store), "prod", VersionRef("scots", 1))
    for number in range(2):
        data = f"left behind {number}".encode()
        name = hashlib.sha256(data).hexdigest()
        path = Path(ws.settings.store) / f"scots/shards/{name}.tar"
        path.write_bytes(data)
        os.utime(path, (time.time() - LONG_AGO_SECONDS,) * 2)


def look(ws: Workspace) -> dict[str, Any]:
    """All that readers learn: every clip of every version, the aliases, and what is wrong."""
    store = open_store(ws.settings.store)
    versions = {}
    for record in list_versions(store, "scots"):
        running = hashlib.sha256()
        for clip in Dataset(store, record):
            running.update(clip.samples.tobytes())
        rows = Dataset(store, record).table.drop_columns(["shard_sha256", "offset_bytes"])
        running.update(repr(rows.to_pylist()).encode())
        versions[str(record.ref)] = [record.num_clips, running.hexdigest()]
    report = verify(store, "scots", decode=True)
    return {
        "versions": versions,
        "aliases": {alias.alias: alias.version for alias in list_aliases(store, "scots")},
        "problems": [problem.what for problem in report.problems],
        "unneeded": report.num_unneeded,
    }


def kill_at(number: int, *, when: str, calls: tuple[str, ...], told: int) -> None:
    """Let this process kill itself before or after the n-th of some calls to the store.

    Args:
        told: file descriptor that is told where.
    """
    left, lock = number, threading.Lock()

    def deadly(name: str) -> Any:
        real = getattr(LocalStore, name)

        def mortal(self: LocalStore, key: str, *arguments: Any, **named: Any) -> Any:
            nonlocal left
            with lock:
                left -= 1
                mine = left == 0
            if not mine:
                return real(self, key, *arguments, **named)
            os.write(told, f"{when} {name} {key}".encode())
            try:
                if when == "after":
                    result = real(self, key, *arguments, **named)
                    _ = list(result) if isinstance(result, Iterator) else None
            finally:  # also after an object that was not found
                os.kill(os.getpid(), signal.SIGKILL)

        return mortal

    for name in calls:
        setattr(LocalStore, name, deadly(name))


def in_a_fork(work: Callable[[int], object]) -> tuple[bool, str]:
    """Run work in a forked process; gives whether it was killed, and what it told."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        try:
            with warnings.catch_warnings(action="ignore"):
                work(writer)
        except AudiosetError as error:
            os.write(writer, f"{type(error).__name__}: {error}".encode())
            os._exit(1)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as told:
        text = told.read().decode()
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status), text


def try_moment(
    folder: Path, command: str, number: int, when: str, calls: tuple[str, ...]
) -> dict[str, Any]:
    """Kill a command at one moment; look, run it again, and look again."""
    copy = folder / "tried"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder / "scots", copy, copy_function=shutil.copy2)
    ws = open_workspace(copy)

    def run(told: int) -> None:
        kill_at(number, when=when, calls=calls, told=told)
        COMMANDS[command](ws)

    def tell(told: int) -> None:
        os.write(told, json.dumps(look(ws)).encode())

    killed, where = in_a_fork(run)
    seen = in_a_fork(tell)[1]
    again = in_a_fork(lambda _: COMMANDS[command](ws))[1] if killed else ""
    end = in_a_fork(tell)[1] if killed else seen
    return {
        "command": command,
        "killed": killed,
        "where": where,
        "seen": json.loads(seen),
        "again": again,
        "end": json.loads(end),
    }


def main(folder: Path, *, everything: bool) -> None:
    """Try what makes a command visible, before and after; with `everything` every other call."""
    import pandas  # noqa: F401  else each fork would wait until Arrow has imported it

    in_a_fork(lambda _: prepare(open_workspace(folder / "scots")))
    before = in_a_fork(lambda told: os.write(told, json.dumps(look(ws_of(folder))).encode()))[1]
    sys.stdout.write(before + "\n")
    for command in COMMANDS:
        calls = (*WRITES, *READS) if everything else VISIBLE[command]
        last = None  # number of the first call that is none any more
        for when in ("before", "after"):
            for number in count(1):
                if number == last:
                    break
                tried = try_moment(folder, command, number, when, calls)
                sys.stdout.write(json.dumps(tried) + "\n")
                sys.stdout.flush()
                if not tried["killed"]:
                    last = number
                    break


def ws_of(folder: Path) -> Workspace:
    return open_workspace(folder / "scots")


if __name__ == "__main__":
    main(Path(sys.argv[1]), everything="--all" in sys.argv)
