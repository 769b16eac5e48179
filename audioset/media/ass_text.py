"""The text of a dialogue line of ASS, in a file of its own or as ffmpeg gives all subtitles."""

import re

_OVERRIDES = re.compile(r"\{[^{}]*\}")
_DRAWING = re.compile(r"\{[^{}]*\\p[1-9][^{}]*\}")  # what follows are shapes, not words


def plain_ass(text: str) -> str:
    r"""Take the override blocks out of a dialogue text; `\N` becomes a line break."""
    if _DRAWING.search(text):
        return ""
    plain = _OVERRIDES.sub("", text)
    return plain.replace("\\N", "\n").replace("\\n", "\n").replace("\\h", " ")
