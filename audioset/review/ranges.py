"""Parts of bytes, as players ask for them."""

import re

from starlette.requests import Request
from starlette.responses import Response

_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


def answer_bytes(
    request: Request, data: bytes, media_type: str, headers: dict[str, str]
) -> Response:
    """Answer with bytes, or with the part that is asked for; several parts at once are all.

    What cannot be understood is no range, as the standard wants it; one that lies outside is 416.
    """
    size = len(data)
    told = {**headers, "Accept-Ranges": "bytes"}
    match = _RANGE.fullmatch(request.headers.get("range", ""))
    if match is None or match.groups() == ("", ""):
        return Response(data, 200, told, media_type)
    first, last = match.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
    if start >= end:
        return Response(b"", 416, {**told, "Content-Range": f"bytes */{size}"}, media_type)
    told["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return Response(data[start:end], 206, told, media_type)
