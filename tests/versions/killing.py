"""Processes that publish or copy and are killed, forked from one that has everything loaded.

A fresh interpreter takes a second to import; a fork takes milliseconds, so that every moment of a
publish can be tried. The process that forks never opens a store: obstore does not survive a fork.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import IO, Any

import audioset
from audioset.errors import AudiosetError
from audioset.storage.local_store import LocalStore
from audioset.storage.remote_store import RemoteStore
from audioset.storage.store import Store
from tests.versions.publishing import SHARD_BYTES, publish, with_value, working_table

PROJECT = Path(__file__).parents[2]
# Every way to the store; those that call one another count twice, which tries more moments.
CALLS = (
    "get",
    "get_ranges",
    "get_blocks",
    "list_keys",
    "list_objects",
    "find_object",
    "put_content",
    "put_new",
    "delete",
)
BEFORE, AFTER = "before", "after"
EACH_NEEDS = (
    "audioset.curation.accepted",
    "audioset.curation.decide",
    "audioset.curation.reshape",
    "audioset.curation.status",
    "audioset.tracking.published",
    "audioset.versions.onto",
    "audioset.versions.read.parent",
)


@dataclass(frozen=True)
class Order:
    """What one process is to do.

    Attributes:
        workspace: whose clips it publishes.
        store: where to.
        text: of the first clip, so that the version is new.
        publishers: how many processes do it at the same moment, each with a text of its own.
        call: number of the call to the store at which it kills itself, from 1; None for never.
        when: before that call, or after it.
        seconds: it is killed from outside at a random moment up to this; None for never.
        copy_to: the store is copied there, and nothing is published.
        shard_bytes: mean audio bytes of a new shard.
        compact: as of `publish`.
        each: publishers have workspaces of their own, numbered folders of `workspace`, and publish
            what these hold as `publish --add` does.
    """

    workspace: str
    store: str
    text: str
    publishers: int = 1
    call: int | None = None
    when: str = BEFORE
    seconds: float | None = None
    copy_to: str | None = None
    shard_bytes: int = SHARD_BYTES
    compact: bool = False
    each: bool = False


@dataclass(frozen=True)
class End:
    """How one process ended: killed, or with a version, or with an error."""

    killed: bool
    ref: str | None = None
    digest: str | None = None
    error: str | None = None
    message: str = ""


class Publishers:
    """A process that forks publishers on demand."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def run(self, order: Order) -> list[End]:
        """Run publishers and give how each ended."""
        requests, answers = self._process.stdin, self._process.stdout
        assert requests is not None
        assert answers is not None
        reached = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
        # A killed process leaves its temporary files; they go with those of the test.
        environment = {**reached, "TMPDIR": order.workspace}
        requests.write(json.dumps([environment, asdict(order)]) + "\n")
        requests.flush()
        line = answers.readline()
        assert line, "the process that forks has died"
        return [End(**values) for values in json.loads(line)]


@contextmanager
def publishers() -> Iterator[Publishers]:
    """Start the process that forks; it ends with the context."""
    command = [sys.executable, "-m", "tests.versions.killing"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=PROJECT
    ) as process:
        try:
            yield Publishers(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()


def main() -> None:
    """Fork publishers as the lines of stdin say, and print how they ended."""
    # Else each would wait until Arrow has imported them.
    for name in ("pandas", "pyarrow.pandas_compat", "psutil"):
        import_module(name)

    for line in sys.stdin:
        environment, order = json.loads(line)
        os.environ.update(environment)
        tempfile.tempdir = None  # so that it is looked up again
        ends = _run(Order(**order))
        sys.stdout.write(json.dumps([asdict(end) for end in ends]) + "\n")
        sys.stdout.flush()


def _run(order: Order) -> list[End]:
    for name in EACH_NEEDS if order.each else ():  # else each would import it by itself
        import_module(name)
    start_reader, start_writer = os.pipe()
    children = [_fork(order, number, start_reader) for number in range(order.publishers)]
    os.close(start_reader)
    os.close(start_writer)  # all start at once
    if order.seconds is not None:
        time.sleep(random.uniform(0, order.seconds))
        for pid, _ in children:
            os.kill(pid, signal.SIGKILL)
    return [_end_of(pid, told) for pid, told in children]


def _fork(order: Order, number: int, start: int) -> tuple[int, IO[str]]:
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        # The pipe of the others' start must close, or the read below would never end.
        os.close(reader)
        for descriptor in range(3, writer):
            if descriptor != start:
                with suppress(OSError):
                    os.close(descriptor)
        os.read(start, 1)
        with os.fdopen(writer, "w") as told:
            json.dump(asdict(_publish(order, number)), told)
        os._exit(0)
    os.close(writer)
    return pid, os.fdopen(reader)


def _end_of(pid: int, told: IO[str]) -> End:
    with told:
        text = told.read()
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return End(killed=True)
    return End(**json.loads(text))


def _publish(order: Order, number: int) -> End:
    """Publish in this process, which may not live to the end."""
    if order.call is not None:
        _kill_at(order.call, order.when)
    folder = Path(order.workspace, str(number)) if order.each else Path(order.workspace)
    ws = audioset.open_workspace(workspace=folder, store=order.store)
    text = f"{order.text} {number}" if order.publishers > 1 else order.text
    try:
        if order.copy_to is not None:
            copied = ws.copy(to=order.copy_to)
            return End(killed=False, message="; ".join(copied.problems))
        if order.each:
            made = ws.publish(add=True, shard_bytes=order.shard_bytes, track=False)
        else:
            made = publish(
                ws,
                with_value(working_table(ws), 0, "text", text),
                shard_bytes=order.shard_bytes,
                compact=order.compact,
            )
    except AudiosetError as error:
        return End(killed=False, error=type(error).__name__, message=str(error))
    return End(killed=False, ref=str(made.ref), digest=made.record.digest)


def _kill_at(call: int, when: str) -> None:
    left, lock = call, threading.Lock()

    def deadly(kind: type[Store], name: str) -> Any:
        real = getattr(kind, name)

        def mortal(self: Store, *arguments: object, **named: object) -> Any:
            nonlocal left
            with lock:
                left -= 1
                mine = left == 0
            if mine and when == BEFORE:
                os.kill(os.getpid(), signal.SIGKILL)
            try:
                result = real(self, *arguments, **named)
                return iter(list(result)) if isinstance(result, Iterator) else result
            finally:
                if mine:
                    os.kill(os.getpid(), signal.SIGKILL)

        return mortal

    for kind, name in product((LocalStore, RemoteStore), CALLS):
        setattr(kind, name, deadly(kind, name))


if __name__ == "__main__":
    main()
