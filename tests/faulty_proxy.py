"""A proxy that does to chosen requests what bad networks, busy servers and wrong clocks do."""

import http.client
import re
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from threading import Lock

from tests.servers import serving

# The request does not arrive, or its answer does not: what a caller cannot tell apart.
CUT_REQUEST, CUT_ANSWER, LOST_ANSWER = "cut request", "cut answer", "lost answer"
# The server has no time; the server accepts and says nothing; the line is slow but never silent.
BUSY, STALL, SLOW = "busy", "stall", "slow"
WRONG_CLOCK = "wrong clock"  # that of the server says another time than that of the client
SKEWED = "skewed"  # the clock of the client is wrong, which S3 servers do not accept
STALLED_ANSWER = "stalled answer"  # half of it comes, then nothing, for as long as one waits
FAULTS = (CUT_REQUEST, CUT_ANSWER, LOST_ANSWER, BUSY, STALL, SLOW)
FOR_EVER = 10**9
Fault = str | tuple[int, str, str] | None

_BUSY = (503, "SlowDown", "Please reduce your request rate.")
_SKEW = timedelta(minutes=20)
_SLOW_PIECES, _SLOW_SECONDS = 8, 0.05


@dataclass
class FaultyProxy:
    """Passes requests on to a server, and does something to some of them.

    Attributes:
        port: where it listens.
        fault: what it does; one of `FAULTS`, None to pass everything on. Status, code and message
            are a refusal that it gives in the server's place.
        match: pattern of `METHOD /path` of the requests that it may do it to.
        nth: the first of these that it does it to, from 1.
        times: to how many it does it.
        done: to how many it did.
        seen: the requests, in order, since the fault was set.
    """

    port: int = 0
    fault: Fault = None
    match: str = ""
    nth: int = 1
    times: int = 1
    done: int = 0
    seen: list[str] = field(default_factory=list)
    _matched: int = 0
    _lock: Lock = field(default_factory=Lock)

    def set(self, fault: Fault, match: str = "", *, nth: int = 1, times: int = 1) -> None:
        """Do something else from now on."""
        with self._lock:
            self.fault, self.match, self.nth, self.times = fault, match, nth, times
            self.done = self._matched = 0
            self.seen.clear()

    def choose(self, request: str) -> Fault:
        """Say what to do to a request."""
        with self._lock:
            self.seen.append(request)
            if self.fault is None or not re.match(self.match, request):
                return None
            self._matched += 1
            if not self.nth <= self._matched < self.nth + self.times:
                return None
            self.done += 1
            return self.fault


@contextmanager
def faulty_proxy(
    upstream: int, fault: Fault = None, match: str = "", *, nth: int = 1, times: int = 1
) -> Iterator[FaultyProxy]:
    """Run a FaultyProxy before the server at port `upstream`."""
    proxy = FaultyProxy()
    proxy.set(fault, match, nth=nth, times=times)

    class Handler(_Handler):
        pass

    Handler.proxy, Handler.upstream = proxy, upstream
    with serving(Handler) as proxy.port:
        yield proxy


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: FaultyProxy
    upstream: int

    def log_message(self, format: str, *args: object) -> None:
        pass

    def handle_any(self) -> None:
        fault = self.proxy.choose(f"{self.command} {self.path}")
        length = int(self.headers.get("Content-Length") or 0)
        if fault == STALL:
            self._wait_until_given_up()
        elif fault == CUT_REQUEST:
            self._pass_on(self.rfile.read(length // 2), cut=True)
            self._reset()
        else:
            body = self.rfile.read(length)
            if fault == BUSY or isinstance(fault, tuple):
                self._refuse(*(fault if isinstance(fault, tuple) else _BUSY))
            else:
                if fault == SKEWED:
                    self._set_clock(_SKEW)
                self._answer(*self._pass_on(body), fault)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = handle_any  # noqa: N815

    def _pass_on(self, body: bytes, *, cut: bool = False) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.upstream)
        try:
            connection.putrequest(
                self.command, self.path, skip_host=True, skip_accept_encoding=True
            )
            for name, value in self.headers.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            if cut:
                return http.client.HTTPResponse(connection.sock), b""
            response = connection.getresponse()
            return response, response.read()
        finally:
            connection.close()

    def _answer(self, response: http.client.HTTPResponse, data: bytes, fault: Fault) -> None:
        if fault == LOST_ANSWER:
            self._reset()
            return
        head = [f"HTTP/1.1 {response.status} {response.reason}"]
        for name, value in response.getheaders():
            if name.lower() == "date" and fault == WRONG_CLOCK:
                value = format_datetime(datetime.now(UTC) + _SKEW, usegmt=True)  # noqa: PLW2901
            if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                head.append(f"{name}: {value}")
        length = response.getheader("Content-Length") if self.command == "HEAD" else len(data)
        whole = "\r\n".join([*head, f"Content-Length: {length or 0}", "", ""]).encode() + data
        if fault == CUT_ANSWER:
            self.wfile.write(whole[: -(len(data) // 2) or len(whole) // 2])
            self._reset()
            return
        if fault == STALLED_ANSWER:
            self.wfile.write(whole[: -(len(data) // 2)])
            self._wait_until_given_up()
            return
        pieces = _SLOW_PIECES if fault == SLOW else 1
        step = -(-len(whole) // pieces)
        for start in range(0, len(whole), step):
            self.wfile.write(whole[start : start + step])
            if fault == SLOW:
                time.sleep(_SLOW_SECONDS)

    def _refuse(self, status: int, code: str, message: str) -> None:
        text = (
            f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
        )
        data = b"" if self.command == "HEAD" else text.encode()
        self.send_response_only(status)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _set_clock(self, late: timedelta) -> None:
        del self.headers["x-amz-date"]
        self.headers["x-amz-date"] = f"{datetime.now(UTC) - late:%Y%m%dT%H%M%SZ}"

    def _wait_until_given_up(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            while self.connection.recv(65536):
                pass

    def _reset(self) -> None:
        """End the connection the hard way, as a crashed machine or a firewall does."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
