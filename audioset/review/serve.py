"""The server of one review: started beside the caller, stopped with Ctrl-C or by its handle."""

import asyncio
import errno
import socket
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from audioset.curation.review import Review
from audioset.curation.workspace.review_address import (
    holding_address,
    keep_review_address,
    read_review_address,
)
from audioset.errors import InvalidInputError, StorageError, as_option
from audioset.records.in_notebook import html_block, html_line, html_link
from audioset.records.review_summary import ReviewSummary
from audioset.review.app import make_app
from audioset.review.security import HEADERS, Door

_STOP_SECONDS = 3  # for what is being answered
_START_SECONDS = 60
_LONGEST_HEAD_BYTES = 32_768


class ServedReview:
    """A review that answers, ready to be opened. A context manager: leaving it stops it.

    Attributes:
        url: to open in a browser, with the token.
        note: what is to be known about its address, one sentence; mostly "".
    """

    def __init__(
        self,
        review: Review,
        door: Door,
        listener: socket.socket,
        note: str = "",
        *,
        link: str | None = None,
    ) -> None:
        self.url, self.note = door.url, note
        self._link = door.url if link is None else link
        self._closing = ExitStack()
        self._review = review
        self._begun = time.monotonic()
        self._server = uvicorn.Server(_config(review, door))
        self._thread = threading.Thread(
            target=self._run, args=(listener,), name="audioset review", daemon=True
        )
        self._thread.start()
        self._await_start()

    def wait(self) -> ReviewSummary:
        """Wait until Ctrl-C or `stop`, and tell what was done."""
        try:
            self._thread.join()
        except KeyboardInterrupt:
            self.stop()
        return self.summary()

    def stop(self) -> None:
        """Stop answering; what is being answered is finished first, for some seconds."""
        self._server.should_exit = True
        self._thread.join()
        self._closing.close()

    def at_end(self, closing: ExitStack) -> None:
        """Close what the review has open when it stops."""
        self._closing.push(closing)

    def summary(self) -> ReviewSummary:
        """Tell what was done since it began."""
        return self._review.summary(time.monotonic() - self._begun)

    def __enter__(self) -> "ServedReview":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _repr_html_(self) -> str:
        """Give the link to the page, for a notebook, which keeps no token that lives on."""
        lacks_token = "" if self._link == self.url else "it asks for the token of your file; "
        machine = f"the page is on {socket.gethostname()}, where the notebook runs"
        return html_block(
            "audioset review",
            html_link(self._link),
            html_line(f"{lacks_token}{machine}; .stop() of this value ends the review"),
            *([html_line(self.note)] if self.note else []),
        )

    def _run(self, listener: socket.socket) -> None:
        with listener:
            asyncio.run(self._server.serve(sockets=[listener]))

    def _await_start(self) -> None:
        give_up = time.monotonic() + _START_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > give_up:
                raise StorageError("the server of the review did not start; its terminal says why")
            time.sleep(0.01)


def serve(
    review: Review, *, host: str, port: int, token: str, home: Path, is_new_token: bool = True
) -> ServedReview:
    """Start answering.

    Args:
        host: address to listen at.
        port: likewise; when 0 the one of the last time, else a free one.
        home: folder of the workspace, which remembers the address of one review at a time.
        is_new_token: whether the token ends with the review, and may stand in a notebook.

    Raises:
        InvalidInputError: the port is taken or not allowed, or there is no such address.
    """
    with ExitStack() as holding:
        is_first = holding.enter_context(holding_address(home))
        before = read_review_address(home)
        last = _port_of(before) if port == 0 and is_first else 0
        listener = _listen_again(host, last) if last else _listen(host, port)
        try:
            door = Door(token, host, listener.getsockname()[1])
            note = _moved(last, door.port) if is_first else _beside(before)
            link = None if is_new_token else door.origin
            served = ServedReview(review, door, listener, note, link=link)
        except BaseException:
            listener.close()
            raise
        if is_first:
            keep_review_address(home, door.origin)
        served.at_end(holding.pop_all())
    return served


def _port_of(address: str) -> int:
    try:
        return urlsplit(address).port or 0
    except ValueError:  # that of the file may be none
        return 0


def _listen_again(host: str, last: int) -> socket.socket:
    """Listen at the port of the last time where that is free, else at a free one."""
    with suppress(InvalidInputError):
        return _listen(host, last)
    return _listen(host, 0)


def _beside(first: str) -> str:
    """Say that another review of the workspace runs, whose address stays the remembered one."""
    return (
        f"a review of this workspace runs already{f' at {first}' if first else ''}: this one runs "
        "beside it, and the address of the first stays the one that is remembered"
    )


def _moved(last: int, port: int) -> str:
    """Say where the address is not that of the last time, since a browser may wait there."""
    if last in (0, port):
        return ""
    return (
        f"another program has taken port {last}, where the review was the last time: what a "
        "browser there could not save yet is sent when a review runs there again, with "
        f"{as_option('port', str(last))}"
    )


def _listen(host: str, port: int) -> socket.socket:
    if not 0 <= port <= 65535:
        raise InvalidInputError(f"port must be from 0 (a free one) to 65535; got {port}")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
            listener.listen(64)
        except BaseException:
            listener.close()
            raise
    except OSError as error:
        why = "it is taken" if error.errno == errno.EADDRINUSE else error.strerror or str(error)
        raise InvalidInputError(
            f"cannot listen at {host}:{port} ({why}); choose another port, or 0 for a free one"
        ) from error
    return listener


def _config(review: Review, door: Door) -> uvicorn.Config:
    return uvicorn.Config(
        make_app(review, door),
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        log_level="error",
        server_header=False,
        h11_max_incomplete_event_size=_LONGEST_HEAD_BYTES,
        timeout_graceful_shutdown=_STOP_SECONDS,
    )


class _Protocol(H11Protocol):
    """HTTP whose answers to what is no HTTP have our headers too."""

    def send_400_response(self, msg: str) -> None:
        """Answer something that is no request."""
        headers = [(name.lower().encode(), text.encode()) for name, text in HEADERS.items()]
        headers += [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"cache-control", b"no-store"),
            (b"connection", b"close"),
        ]
        for event in (
            h11.Response(status_code=400, headers=headers, reason=b"Bad Request"),
            h11.Data(data=msg.encode("ascii", "replace")),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
