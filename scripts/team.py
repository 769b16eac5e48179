"""Start, watch and stop the servers of a team on one machine; `scripts/team` says how.

    python scripts/team.py [start|stop|status|logs] [postgresql] [s3] [mlflow]

Everything lies in the folder that AUDIOSET_TEAM names, `team` by default; running it again goes on
with what is there. The env files in it tell programs where things are:

    env          for people who publish: catalog, store and tracking
    curator.env  for who may also forget and collect
    reader.env   for training machines: store and tracking, to read; no catalog
"""

import argparse
import fcntl
import os
import shlex
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from team_kept import Kept, write_private
from team_process import POLL_SECONDS, TeamError
from team_services import S3, STORE_BUCKET, MLflow, PostgreSQL, Service

READY_SECONDS = 600.0  # MLflow needs over a minute on a busy machine; one that ended is told
WATCH_SECONDS = 1.0
NAMES = ("postgresql", "s3", "mlflow")
ENV_FILES = {"env": "publisher", "curator.env": "curator", "reader.env": "reader"}
# Of the user's own, which would win over what the files say, or point elsewhere.
IN_THE_WAY = (
    "AWS_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_ENDPOINT_URL_S3",
    "AWS_REGION",
    "AUDIOSET_CATALOG",
)


class Team:
    """The servers in one folder.

    Attributes:
        folder: of all that they keep.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "run").mkdir(parents=True, exist_ok=True)
        # Where PostgreSQL runs as another user, that one must be able to pass.
        folder.chmod(0o711 if os.getuid() == 0 else 0o700)
        kept = Kept(folder / "secrets.json")
        self._postgresql = PostgreSQL(folder, kept)
        self._s3 = S3(folder, kept)
        self._mlflow = MLflow(folder, kept, self._postgresql, self._s3)

    def services(self, names: Sequence[str] = ()) -> list[Service]:
        """Give the servers of some names, all when there are none, in the order of starting."""
        known = (self._postgresql, self._s3, self._mlflow)
        return [service for service in known if not names or service.name in names]

    def start(self, names: Sequence[str] = ()) -> None:
        """Start what does not run, and wait until all answer.

        Raises:
            TeamError: a server ended by itself, or does not answer; what this call started is
                stopped again.
        """
        wanted = self.services(names)
        started: list[Service] = []
        try:
            # MLflow looks for its database and its bucket at once, so it comes when they are there.
            for group in ([s for s in wanted if s is not self._mlflow], [self._mlflow]):
                for service in (s for s in group if s in wanted and s.process.pid is None):
                    _tell(f"starting {service.name} ...")
                    started.append(service)
                    service.process.stop(signal.SIGKILL)  # children of one that was killed
                    service.start()
                self._wait([service for service in group if service in wanted])
        except BaseException:
            self._stop(started)
            raise
        self._write_env_files()

    def stop(self, names: Sequence[str] = ()) -> bool:
        """Stop what runs; tells whether anything did."""
        return self._stop(self.services(names))

    def watch(self, names: Sequence[str] = ()) -> None:
        """Wait until Ctrl-C, or until another call has stopped them.

        Raises:
            TeamError: a server ended by itself.
        """
        watched = self.services(names)
        while any(service.process.pid for service in watched):
            time.sleep(WATCH_SECONDS)
            if all(service.process.pid for service in watched):
                continue
            with self.locked():  # another call may be stopping them just now
                if any(service.process.pid for service in watched):
                    for service in watched:
                        service.process.require_running()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let one call at a time start or stop."""
        with (self.folder / "run" / ".lock").open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _wait(self, services: Sequence[Service]) -> None:
        deadline = time.monotonic() + READY_SECONDS
        for service in services:
            while True:
                service.process.require_running()
                if service.is_ready():
                    break
                if time.monotonic() > deadline:
                    raise TeamError(
                        f"{service.name} does not answer after {READY_SECONDS:.0f} s; "
                        f"{service.process.log} ends with:\n{service.process.tail(12)}"
                    )
                time.sleep(POLL_SECONDS)

    def _stop(self, services: Sequence[Service]) -> bool:
        stopped = False
        for service in reversed(services):
            if service.process.stop(service.stop_signal, seconds=service.stop_seconds):
                _tell(f"stopped {service.name}")
                stopped = True
        return stopped

    def _write_env_files(self) -> None:
        if not all(service.process.pid for service in self.services()):
            return
        for name, role in ENV_FILES.items():
            values = {
                "AUDIOSET_STORE": f"s3://{STORE_BUCKET}",
                "AUDIOSET_TRACKING": self._mlflow.address(),
                "MLFLOW_TRACKING_URI": self._mlflow.address(),
                **self._s3.environment(role),
            }
            if role != "reader":
                values["AUDIOSET_CATALOG"] = self._postgresql.url("audioset")
            lines = [f"unset {' '.join(IN_THE_WAY)}"]
            lines += [f"export {key}={shlex.quote(value)}" for key, value in values.items()]
            write_private(self.folder / name, "\n".join(lines) + "\n")


def show(team: Team) -> bool:
    """Show which servers run, and where; tells whether all do."""
    for service in team.services():
        pid = service.process.pid
        state = f"{service.address()}  (process {pid})" if pid else "stopped"
        print(f"{service.name:<12}{state}")
    return all(service.process.pid for service in team.services())


def show_env_files(team: Team) -> None:
    """Say how to go on."""
    for name, whom in (
        ("env", "people"),
        ("reader.env", "training machines, without a catalog"),
        ("curator.env", "whoever may forget and collect"),
    ):
        print(f". {shlex.quote(str(team.folder / name))}    # {whom}")


def main() -> int:
    """Do what the command line says; gives the exit status."""
    parser = argparse.ArgumentParser(
        prog="scripts/team", description="PostgreSQL, S3 and MLflow on this machine, for trying."
    )
    parser.add_argument(
        "verb",
        nargs="?",
        default="run",
        choices=["run", "start", "stop", "status", "logs"],
        help="run until Ctrl-C (default), start and leave running, stop, say what runs, say what "
        "they said last",
    )
    parser.add_argument("names", nargs="*", metavar="SERVER", help=f"only {', '.join(NAMES)}")
    given = parser.parse_args()
    if unknown := set(given.names) - set(NAMES):
        parser.error(f"unknown server {unknown.pop()!r}; servers are {', '.join(NAMES)}")
    for sign in (signal.SIGTERM, signal.SIGHUP):  # the terminal was closed
        signal.signal(sign, signal.default_int_handler)
    team = Team(Path(os.environ.get("AUDIOSET_TEAM", "team")).resolve())
    try:
        return act(team, given.verb, given.names)
    except TeamError as error:
        _tell(f"scripts/team: {error}")
        return 1
    except KeyboardInterrupt:
        return 130


def act(team: Team, verb: str, names: Sequence[str]) -> int:
    """Do what a verb says; gives the exit status."""
    if verb == "status":
        return 0 if show(team) else 3
    if verb == "logs":
        for service in team.services(names):
            print(f"==> {service.process.log} <==\n{service.process.tail(40)}\n")
        return 0
    if verb == "stop":
        with team.locked():
            if not team.stop(names):
                _tell("nothing runs")
        return 0
    with team.locked():
        team.start(names)
    if show(team):
        show_env_files(team)
    if verb == "run":
        _tell("Ctrl-C stops them; what they keep stays")
        try:
            team.watch(names)
        finally:
            with team.locked():
                team.stop(names)
    return 0


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
