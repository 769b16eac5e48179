"""The real `audioset review`, as a process that a test can kill."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit


@dataclass
class Reviewing:
    """A server that answers.

    Attributes:
        address: where, with the token.
        process: the server.
        told: what it wrote, line by line, as it writes.
    """

    address: str
    process: "subprocess.Popen[str]"
    told: list[str] = field(default_factory=list)

    @property
    def home(self) -> str:
        """The address without the token."""
        url = urlsplit(self.address)
        return f"{url.scheme}://{url.netloc}"

    @property
    def port(self) -> int:
        """Where it answers; a later server may take the same."""
        return urlsplit(self.address).port or 0

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """End it by Ctrl-C; gives the exit code."""
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGINT)
        return self.process.wait()


@contextmanager
def reviewing(workspace: Path, *options: str, **environment: str) -> Iterator[Reviewing]:
    """Start `audioset review` in a workspace and wait for its address; it ends with the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "audioset", "review", "--no-open", *options],
        cwd=workspace,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    told: list[str] = []
    address = ""
    for line in process.stdout:
        told.append(line)
        address = next((word for word in line.split() if word.startswith("http")), "")
        if address:
            break
    server = Reviewing(address, process, told)
    reader = threading.Thread(target=lambda: told.extend(process.stdout or ()), daemon=True)
    reader.start()
    try:
        assert address, "".join(told)
        yield server
    finally:
        server.stop()
        reader.join()
        process.stdout.close()
