"""A client of the review's server, as the page is one: plain HTTP, and sockets for what is none."""

import http.client
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from audioset.review.serve import ServedReview

OURS = {"Content-Type": "application/json", "X-Audioset-Review": "1"}


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> str:
        return str(self.json["error"])


class Asker:
    """Asks one running review, with its token."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.host, self.port = parts.hostname or "", parts.port or 0
        self.token = parts.query.removeprefix("token=")
        self.bearer = {"Authorization": f"Bearer {self.token}"}

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, headers={**self.bearer, **headers})

    def post(self, path: str, body: object, *, method: str = "POST", **headers: str) -> Answer:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.ask(method, path, data, {**self.bearer, **OURS, **headers})

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send exactly this."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        try:
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, told, answer.read())
        finally:
            connection.close()

    def send(self, data: bytes) -> bytes:
        """Send bytes of any kind, and give what comes back until the other side closes."""
        with socket.create_connection((self.host, self.port), timeout=60) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            found = b""
            while part := connection.recv(65536):
                found += part
            return found


def asker_of(served: ServedReview) -> Asker:
    return Asker(served.url)


def decide(clip_id: str, field: str, value: object, *, op_id: str) -> dict[str, Any]:
    """Make the body of one decision about a clip."""
    change = {"subject_kind": "clip", "subject_id": clip_id, "field": field, "value": value}
    return {"op_id": op_id, "changes": [change]}
