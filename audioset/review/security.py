"""Who may ask: one token, our own host names, our own pages; and what browsers do with answers.

Everything that comes in passes here before anything looks at it, and every answer, of whatever
kind, leaves with the same headers.
"""

import hashlib
import hmac
import ipaddress
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from audioset.errors import InvalidInputError
from audioset.review.answers import Refusal, refuse

MOST_BODY_BYTES = 1_000_000
HEADER = "x-audioset-review"  # a form of another site cannot send it
LOOPBACK = ("127.0.0.1", "localhost", "::1")
_LEAST_TOKEN_CHARACTERS = 16
_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_POLICY = "; ".join(
    (
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' blob: data:",
        "media-src 'self' blob:", "connect-src 'self'", "worker-src 'self'", "font-src 'self'",
        "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
    )
)  # fmt: skip
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_NOT_KEPT = "no-store"  # unless an answer says otherwise


@dataclass(frozen=True, slots=True)
class Door:
    """What opens a review.

    Attributes:
        token: that stands in the printed address.
        host: at which the server listens.
        port: likewise.
    """

    token: str
    host: str
    port: int
    cookie: str = field(init=False)
    _cookie_value: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # By port: two reviews of one machine share the cookies of its name.
        object.__setattr__(self, "cookie", f"audioset-review-{self.port}")
        # Of the token, so that a page goes on when a server of the same token starts again.
        value = hmac.new(self.token.encode(), b"cookie", hashlib.sha256).hexdigest()
        object.__setattr__(self, "_cookie_value", value)

    @property
    def url(self) -> str:
        """The address to open, with the token."""
        return f"{self.origin}/?token={self.token}"

    @property
    def origin(self) -> str:
        """The address without the token."""
        shown = "127.0.0.1" if _is_wildcard(self.host) else self.host
        return f"http://{f'[{shown}]' if ':' in shown else shown}:{self.port}"

    def is_token(self, given: str) -> bool:
        """Tell whether somebody has the token, in a time that tells nothing about it."""
        return hmac.compare_digest(given.encode("utf-8", "replace"), self.token.encode())

    def is_open(self, headers: Headers) -> bool:
        """Tell whether a request shows the cookie, or the token as `Authorization: Bearer`."""
        kind, _, given = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and self.is_token(given.strip()):
            return True
        try:
            found = SimpleCookie(headers.get("cookie", "")).get(self.cookie)
        except CookieError:
            return False
        return found is not None and hmac.compare_digest(
            found.value.encode("utf-8", "replace"), self._cookie_value.encode()
        )

    def set_cookie(self) -> str:
        """Give the value of the header that sets the cookie."""
        return f"{self.cookie}={self._cookie_value}; HttpOnly; SameSite=Strict; Path=/"

    def is_host(self, given: str | None) -> bool:
        """Tell whether a request was sent to a name of ours, and not to one that points here."""
        name, port = _divided(given or "")
        if port != self.port:
            return False
        if name == self.host or (self.host in LOOPBACK and name in LOOPBACK):
            return True
        return _is_wildcard(self.host) and (_is_address(name) or name in _own_names())


def make_token(given: str | Path | None, host: str) -> str:
    """Give the token of a file, or a new one.

    Args:
        given: file that holds the token in its first line.
        host: at which the server listens.

    Raises:
        InvalidInputError: the file cannot be read, the token is short or no plain ASCII, or the
            server is open to other machines without a token that the user chose.
    """
    if given is None:
        if host not in LOOPBACK:
            raise InvalidInputError(
                f"at {host} other machines can reach the review: write a token of at least "
                f"{_LEAST_TOKEN_CHARACTERS} characters into a file that only you may read, and "
                "name it with --token-file (token_file= in Python)"
            )
        return secrets.token_urlsafe(24)
    try:
        token = Path(given).read_text(encoding="ascii").strip().partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no ASCII text"
        raise InvalidInputError(f"the token file {given} cannot be read: {why}") from error
    if len(token) < _LEAST_TOKEN_CHARACTERS or not all(c.isalnum() or c in "-._~" for c in token):
        raise InvalidInputError(
            f"the token in {given} must have at least {_LEAST_TOKEN_CHARACTERS} characters, all of "
            "them letters, digits or -._~"
        )
    return token


class Guarded:
    """An app behind its door: what is not allowed is refused, and all answers get their headers."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app, self._door = app, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", _NOT_KEPT)
            await send(message)

        answer = self._refusal(scope)
        if answer is not None:
            await answer(scope, receive, send_guarded)
            return
        await self._app(scope, _bounded(receive), send_guarded)

    def _refusal(self, scope: Scope) -> Response | None:
        """Give the answer to a request that goes no further; None to one that does."""
        headers = Headers(scope=scope)
        if len(headers.getlist("host")) != 1 or not self._door.is_host(headers.get("host")):
            return refuse(421, "host", "this review answers to its own address only")
        if not self._is_from_here(headers, scope):
            return refuse(403, "origin", "a page of another site asked; nothing was done")
        entered = self._enter(scope)
        if entered is not None:
            return entered
        if not self._door.is_open(headers) and not _is_shell(scope):
            return refuse(
                401,
                "token",
                "the token is missing or another one: open the address that audioset review "
                "printed in this browser",
            )
        if scope["method"] in _CHANGING:
            return _unlike_ours(headers)
        return None

    def _enter(self, scope: Scope) -> Response | None:
        """Let somebody in who comes with the token in the address; the address loses it."""
        if scope["path"] != "/" or scope["method"] != "GET":
            return None
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token")
        if not given or not self._door.is_token(given[-1]):
            return None
        return Response(
            status_code=303, headers={"Location": "/", "Set-Cookie": self._door.set_cookie()}
        )

    def _is_from_here(self, headers: Headers, scope: Scope) -> bool:
        """Tell whether what asks is our page, a program, or a person who opens the address."""
        origin = headers.get("origin")
        if origin is not None:
            return origin == f"http://{headers.get('host')}"
        site = headers.get("sec-fetch-site", "none")
        opens = scope["method"] == "GET" and headers.get("sec-fetch-mode") == "navigate"
        return site in ("none", "same-origin") or opens


def _is_shell(scope: Scope) -> bool:
    """Tell whether the page itself is asked for, in which there is nothing of anybody.

    A browser that comes from a file or from another site does not show our cookie yet; the page
    that it is given asks for all else from here, and then it does.
    """
    path = scope["path"]
    return scope["method"] in ("GET", "HEAD") and (path == "/" or path.startswith("/static/"))


def _unlike_ours(headers: Headers) -> Response | None:
    """Refuse a change that our page would not send so; a form of another site sends it so."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" or headers.get(HEADER) != "1":
        return refuse(
            403, "request", f"a change is sent as application/json, with the header {HEADER}: 1"
        )
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()) or int(length[:12]) > MOST_BODY_BYTES:
        return refuse(413, "too_large", f"a request has at most {MOST_BODY_BYTES:,} bytes")
    return None


def _bounded(receive: Receive) -> Receive:
    """Count what comes in, whatever was announced."""
    read = 0

    async def receive_bounded() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > MOST_BODY_BYTES:
            raise Refusal(413, "too_large", f"a request has at most {MOST_BODY_BYTES:,} bytes")
        return message

    return receive_bounded


def _divided(host: str) -> tuple[str, int | None]:
    """Divide the header `Host` into name and port."""
    name, colon, port = host.lower().rpartition(":")
    if not colon or not (port.isascii() and port.isdigit()) or len(port) > 5:
        return host.lower(), 80
    return name.removeprefix("[").removesuffix("]"), int(port)


def _is_wildcard(host: str) -> bool:
    return host in ("0.0.0.0", "::", "")  # noqa: S104  asked, not bound


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _own_names() -> set[str]:
    name = socket.gethostname().lower()
    return {*LOOPBACK, name, socket.getfqdn().lower(), name.partition(".")[0]}
