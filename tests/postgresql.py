"""A throw-away PostgreSQL server for tests, from the machine's own binaries; as root too.

A test module imports the fixture that it uses: `postgresql_url` is an empty database.
"""

import os
import pwd
import shutil
import socket
import subprocess
from functools import cache
from pathlib import Path

import pytest

from tests.run_folder import AT_END, server_folder

# Set where the server must be there, so that nothing is skipped without anybody noticing.
REQUIRED = "REQUIRE_POSTGRESQL"


@pytest.fixture
def postgresql_url() -> str:
    """SQLAlchemy URL of a database without tables."""
    from sqlalchemy import create_engine, text
    from sqlalchemy.pool import NullPool

    if _program("initdb") is None:
        if os.environ.get(REQUIRED):
            pytest.fail(f"{REQUIRED} is set, but this machine has no PostgreSQL server")
        pytest.skip("this machine has no PostgreSQL server (initdb)")
    url = start_postgresql()
    with create_engine(url, poolclass=NullPool).begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    return url


@cache
def start_postgresql() -> str:
    """Start one server for the whole run; it ends with the tests."""
    # Not below pytest's own folder, which the server's user may not enter.
    folder = server_folder("postgresql")
    identity = _unprivileged()
    if identity:
        os.chown(folder, identity["user"], identity["group"])

    def run(program: str, *arguments: str | Path) -> None:
        command = [str(_program(program)), "-D", str(folder / "data"), *map(str, arguments)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", **identity)

    run("initdb", "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # Nothing here outlives the tests: no need to reach the disk.
    options = (
        f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} "
        "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    )
    run("pg_ctl", "-w", "-l", folder / "log", "-o", options, "start")

    def stop() -> None:
        run("pg_ctl", "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)

    AT_END.callback(stop)
    return f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"


def _program(name: str) -> str | None:
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(installed[-1]) if installed else None)


def _unprivileged() -> dict[str, int]:
    """The server refuses to run as root."""
    if os.getuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    return {"user": user.pw_uid, "group": user.pw_gid}
