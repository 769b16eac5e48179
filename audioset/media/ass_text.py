"""The text of a dialogue line of ASS, in a file of its own or as ffmpeg gives all subtitles."""

import re

_OVERRIDES = re.compile(r"\{[^{}]*\}")
_DRAWS = re.compile(r"\\p([0-9])")  # between \p1 and \p0 are shapes, not words


def plain_ass(text: str) -> str:
    r"""Take the override blocks out of a dialogue text; `\N` becomes a line break."""
    plain = _OVERRIDES.sub("", _without_drawings(text))
    return plain.replace("\\N", "\n").replace("\\n", "\n").replace("\\h", " ")


def _without_drawings(text: str) -> str:
    words: list[str] = []
    begun, drawing = 0, False
    for block in _OVERRIDES.finditer(text):
        draws = _DRAWS.findall(block[0])
        if not draws or (draws[-1] != "0") == drawing:
            continue
        if not drawing:
            words.append(text[begun : block.start()])
        begun, drawing = block.end(), not drawing
    return "".join(words) + ("" if drawing else text[begun:])
