"""Markup out of caption text, and what it says about speakers.

Every pattern runs in linear time on hostile text: none can look past the next bracket.
"""

import html
import re
from collections.abc import Iterable

_STAMP = r"(?:\d{1,5}:)?\d\d:\d\d\.\d{3}"
STAMP = re.compile(f"<({_STAMP})>", re.ASCII)

# SRT has no standard: only tags that players know are markup, so that "a <b" stays text.
_SRT_TAG = re.compile(
    r"</?(?:i|b|u|s|em|strong|font|span|c|v|lang|ruby|rt)(?:[\s.][^<>]*)?/?>", re.IGNORECASE
)
# {\an8} and {y:i}, taken over from ASS and MicroDVD by many tools.
_POSITION_TAG = re.compile(r"\{(?:\\|[yYcCsSfFpP]:)[^{}]*\}")
_ASS_BREAK = re.compile(r"\\[Nn]")
_BREAK = re.compile(r"<br\s{0,8}/?>", re.IGNORECASE)
# WebVTT 1, section 6.4: whatever stands in angle brackets is a tag. Times are kept for `unroll`.
_VTT_TAG = re.compile(rf"<(?!{_STAMP}>)[^<>]*>", re.ASCII)
_KNOWN_VTT_TAG = re.compile(
    r"</?(?:[cibuv]|ruby|rt|lang|font)?(?:[\s.][^<>]*)?>|<[\d:.]+>", re.ASCII
)
_RUBY_TEXT = re.compile(r"<rt(?:\.[^<>]*)?>[^<>]*</rt>")  # says the same again, for readers
_VOICE = re.compile(r"<v(?:\.[^<>\s]*)?\s([^<>]*)>")
# Only with its semicolon: AT&T and R&D are text.
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def plain_srt(raw: str) -> str:
    """Take the tags out of the lines of an SRT cue; entities stay for `flat`."""
    broken = _ASS_BREAK.sub("\n", _BREAK.sub("\n", raw)).replace("\\h", " ")
    return _POSITION_TAG.sub("", _SRT_TAG.sub("", broken))


def plain_vtt(raw: str) -> str:
    """Take the tags out of the lines of a WebVTT cue, except inline times."""
    return _VTT_TAG.sub("", _RUBY_TEXT.sub("", raw))


def strange_tags(lines: Iterable[str]) -> list[str]:
    """List what stands in angle brackets in a WebVTT cue and is no tag of its standard."""
    tags = (tag for line in lines for tag in _VTT_TAG.findall(line))
    return [tag for tag in tags if not _KNOWN_VTT_TAG.fullmatch(tag)]


def voices(raw: str) -> list[str]:
    """Name who speaks in a WebVTT cue by its `<v Name>`, each once, in order."""
    names = (flat(name) for name in _VOICE.findall(raw))
    return list(dict.fromkeys(name for name in names if name))


def flat(text: str) -> str:
    """Make one line of caption text: no inline times, entities read, any space as one space."""
    return " ".join(clean_lines(text).split())


def clean_lines(text: str) -> str:
    """Make clean lines of caption text, as `flat` does, without blank ones."""
    read = _ENTITY.sub(lambda match: html.unescape(match.group()), STAMP.sub("", text))
    lines = (" ".join(line.split()) for line in read.split("\n"))
    return "\n".join(line for line in lines if line)
