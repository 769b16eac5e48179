"""The page itself: the files of `static/`, read once; nothing else has an address."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from audioset.errors import NotFoundError

_FOLDER = Path(__file__).with_name("static")
_INDEX = "index.html"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".json": "application/json",
}


def page_routes() -> Sequence[BaseRoute]:
    """Give the routes of the page."""
    files = {
        path.relative_to(_FOLDER).as_posix(): (path.read_bytes(), _TYPES[path.suffix])
        for path in sorted(_FOLDER.rglob("*"))
        if path.suffix in _TYPES and path.is_file()
    }

    async def page(request: Request) -> Response:
        return _file(request, *files[_INDEX])

    async def static(request: Request) -> Response:
        found = files.get(request.path_params["name"])
        if found is None:
            raise NotFoundError("the page has no such file")
        return _file(request, *found)

    return [Route("/", page), Route("/static/{name:path}", static)]


def _file(request: Request, data: bytes, media_type: str) -> Response:
    tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(None, 304, headers)
    return Response(data, 200, {**headers, "Content-Type": media_type})
