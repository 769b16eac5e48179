"""Ports and passwords of the servers of `scripts/team`, drawn once and kept for their owner."""

import json
import os
import secrets
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from team_process import TeamError

HOST = "127.0.0.1"


class Kept:
    """Ports and passwords, drawn when they are first asked for and kept in a file for the owner."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._values: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}

    def secret(self, name: str) -> str:
        """Give a password; 40 characters, as AWS has them."""
        return str(self._keep(name, self._values.get(name) or secrets.token_hex(20)))

    def ports(self, *names: str) -> dict[str, int]:
        """Give the ports of a server that does not run: those of before where nobody took them."""
        held: list[socket.socket] = []
        try:
            for name in names:
                held.append(_bound(self._values.get(name, 0)))
                self._keep(name, held[-1].getsockname()[1])
        finally:
            for each in held:
                each.close()
        return {name: self._values[name] for name in names}

    def port(self, name: str) -> int:
        """Give a port that was drawn before."""
        return int(self._values[name])

    def _keep(self, name: str, value: object) -> object:
        if self._values.get(name) != value:
            self._values[name] = value
            write_private(self._path, json.dumps(self._values, indent=2))
        return value


def write_private(path: Path, text: str, identity: Mapping[str, int] | None = None) -> None:
    """Write a file that only its owner may read, in one step."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    if identity:
        os.chown(part, identity["user"], identity["group"])
    part.replace(path)


def _bound(port: int) -> socket.socket:
    """Give a socket on a port, on another one where that is taken."""
    for wanted in (port, 0):
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            made.bind((HOST, wanted))
        except OSError:
            made.close()
        else:
            return made
    raise TeamError(f"no port is free on {HOST}")
