"""A server process that outlives whoever started it, and is found again however that one ended.

A small file says its process id and when it was born: an id alone may belong to somebody else by
now. Each server leads a process group, which ends as a whole.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

POLL_SECONDS = 0.1
KILL_SECONDS = 10.0


class TeamError(Exception):
    """What went wrong and what to do, in one line or with the end of a log."""


class ServerProcess:
    """One server, running or not.

    Attributes:
        name: of the server, and of its files.
        log: file of all that it says.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self._file = folder / f"{name}.json"

    @property
    def pid(self) -> int | None:
        """Its process id; None when it does not run."""
        pid, birth = self._noted()
        return pid if pid and birth == _birth(pid) else None

    def start(
        self,
        command: Sequence[str | Path],
        *,
        folder: Path,
        environment: Mapping[str, str] | None = None,
        identity: Mapping[str, int] | None = None,
    ) -> None:
        """Start it. It does not run, and `stop` has ended what was left of an earlier run.

        Args:
            command: program and arguments.
            folder: where it runs.
            environment: more variables, which may hold secrets: a command line does not.
            identity: user and group of another user, for a program that refuses to run as root.
        """
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=folder,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
                **(identity or {}),
            )
        note = {"pid": process.pid, "birth": _birth(process.pid)}
        part = self._file.with_suffix(".part")
        part.write_text(json.dumps(note))
        part.replace(self._file)

    def require_running(self) -> None:
        """Require that it has not ended by itself.

        Raises:
            TeamError: it has, with the end of its log.
        """
        if self.pid is None:
            raise TeamError(f"{self.name} ended by itself; {self.log} ends with:\n{self.tail(12)}")

    def stop(self, sign: signal.Signals, *, seconds: float = 0.0) -> bool:
        """End it and all that it started; tells whether anything ran.

        Args:
            sign: asks it to end.
            seconds: how long it may take; then it is killed.
        """
        pid, birth = self._noted()
        # Its children may outlive it. The id stays theirs as long as one of them is there.
        if not pid or _birth(pid) not in (birth, None) or not _group_lives(pid):
            self._file.unlink(missing_ok=True)
            return False
        with suppress(ProcessLookupError):
            if _birth(pid) == birth and sign != signal.SIGKILL:
                os.kill(pid, sign)
                _wait_for_end(pid, seconds)
            os.killpg(pid, signal.SIGKILL)
            _wait_for_end(pid, KILL_SECONDS)
        self._file.unlink(missing_ok=True)
        return True

    def tail(self, lines: int) -> str:
        """Give the last lines of its log."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def _noted(self) -> tuple[int, str | None]:
        try:
            note = json.loads(self._file.read_text())
            return int(note["pid"]), note["birth"]
        except (OSError, ValueError, KeyError):
            return 0, None


def _birth(pid: int) -> str | None:
    """Tell when a process was started, in the words of the system; None when it does not run."""
    stat = Path(f"/proc/{pid}/stat")
    if not Path("/proc/self/stat").exists():
        words = ["ps", "-o", "stat=,lstart=", "-p", str(pid)]
        said = subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip()
        return None if not said or said.startswith("Z") else said.partition(" ")[2].strip()
    try:
        # pid (name) state ...; the name may hold anything but ends with ")"
        fields = stat.read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]


def _group_lives(pid: int) -> bool:
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # one that we started and that has ended
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _wait_for_end(pid: int, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while _group_lives(pid) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
