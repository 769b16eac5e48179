"""Lines of times in captions, whatever clothes a program or a hand put on them.

A line of times is never something that people say. So a line that has the look of one and cannot
be read is a line of times too, one whose cue is left out and told.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from audioset.documents.reading.clock import clock_seconds, number_seconds

# Soft hyphen, space without width, word joiner, byte order mark; marks that say in which
# direction a line is written, which editors for Arabic and Hebrew put before and behind.
_MARKS = "\u00ad\u200b\u2060\ufeff\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e"
_UNSEEN = dict.fromkeys(map(ord, _MARKS + "\u2066\u2067\u2068\u2069"))
_LONGEST = 64  # characters before the arrow, and of the second time: more is a sentence
_CLOCK = r"-?\d{1,5}(?:\s?[:.,;]\s?\d{1,9}){0,4}"
_FULL = r"\d{1,5}:\d{1,2}:\d{1,2}(?:[.,:;]\d{1,9})?|\d{1,3}:\d\d[.,]\d{1,9}"
_DASH = "[-\u2010-\u2015\u2212\uff0d]"
# Translators turn --> into one sign, or take it apart.
_ARROW = re.compile(rf"{_DASH}(?:\s?{_DASH}){{0,3}}\s?(?:[>\uff1e]|&gt;)|\u2192|=>")
# The number of the cue may stand on the same line; recognisers print times in brackets.
_BEFORE = re.compile(rf"(?:\d{{1,9}}[.)]?\s+)?([\[(])?\s?({_CLOCK})\s?(s(?:ec)?)?\s*", re.ASCII)
_AFTER = re.compile(rf"\s*({_CLOCK})\s?(s(?:ec)?(?![^\W\d]))?\s?([\])])?", re.ASCII)
_COMMA = re.compile(rf"\s*({_FULL})\s?,\s?({_FULL})\s*", re.ASCII)
_BETWEEN = re.compile(rf"\s*({_FULL})\s*{_DASH}\s*({_FULL})\s*", re.ASCII)
_FULL_END = re.compile(rf"(?:{_FULL})\s*$", re.ASCII)
_FULL_START = re.compile(rf"\s*(?:{_FULL})", re.ASCII)
# 0:00:04.x00,0:00:06.000: two words with colons around a comma, and hardly a letter in them.
_NEARLY_COMMA = re.compile(
    r"\s*\d[^\s,]{0,15}:[^\s,]{0,15}:[^\s,]{1,15},\s?\d[^\s,]{0,30}:\S{1,20}"
)
_NEARLY_LETTERS = 4
_ONLY_TIMES = re.compile(r"[\d:.,;\s>-]{6,80}", re.ASCII)
_SETTING = re.compile(
    r"(?:align|position|line|size|vertical|region|[ADLST]|[XxYy][12])[:=]\S{1,64}(?:\s+|$)"
)
_MILLISECONDS = re.compile(r"(\d{1,5}:\d{1,2}:\d{1,2}):(\d{3})", re.ASCII)
_DIGITS_ONLY = str.maketrans("\u060c\u066b\uff0c\uff1a\uff0e", ",.,:.")


@dataclass(frozen=True, slots=True)
class Timing:
    """What a line of times says; start and end are None where it cannot be read."""

    start: Decimal | None
    end: Decimal | None
    rest: str = ""  # behind the times, without settings
    bracketed: bool = False  # as recognisers print it: [00:01.000 --> 00:02.000] words
    arrow: bool = True  # and not the comma of SBV, or a dash


def seen(line: str) -> str:
    """Give a line without characters that nobody sees."""
    return line.translate(_UNSEEN)


def read_timing(line: str) -> Timing | None:
    """Read a line of times of SRT, WebVTT or SBV; None when it is a line of text."""
    line = seen(line)
    arrow = _ARROW.search(line, 0, 2 * _LONGEST)
    if arrow is not None:
        return _around(line, arrow)
    if len(line) > 2 * _LONGEST:
        return None
    for pattern in (_COMMA, _BETWEEN):
        if match := pattern.fullmatch(line):
            return Timing(_seconds(match[1]), _seconds(match[2]), arrow=False)
    return Timing(None, None) if _nearly(line) else None


def _around(line: str, arrow: re.Match[str]) -> Timing | None:
    """Read times around an arrow."""
    before, after = line[: arrow.start()], line[arrow.end() :]
    if not line.isascii():
        before, after = _western(before), _western(after[:_LONGEST]) + after[_LONGEST:]
    left, right = _BEFORE.fullmatch(before.lstrip()), _AFTER.match(after)
    if left and right and _are_times(left, right):
        rest = after[right.end() :]
        bracketed = bool(left[1] and right[3])
        if rest[:1].strip() and not (bracketed or after[right.end() - 1].isspace()):
            return Timing(None, None)  # 00:00:06.x00
        rest = _without_settings(rest.strip())
        return Timing(_seconds(left[2]), _seconds(right[1]), rest, bracketed=bracketed)
    begun = left is not None and ":" in left[2] and arrow[0] == "-->"
    if begun or _FULL_END.search(before) or _FULL_START.match(after):
        return Timing(None, None)
    return None


def _are_times(left: re.Match[str], right: re.Match[str]) -> bool:
    """Tell times from numbers that somebody talks about, such as `1 -> 2`."""
    if ":" in left[2] or ";" in left[2]:
        return True
    return bool(left[1] or left[3] or re.search("[.,]", left[2])) and ":" not in right[1]


def _seconds(text: str) -> Decimal | None:
    text = "".join(text.split())
    if match := _MILLISECONDS.fullmatch(text):  # two digits there are frames, of any rate
        text = f"{match[1]}.{match[2]}"
    return clock_seconds(text) if ":" in text else number_seconds(text)


def _without_settings(rest: str) -> str:
    while match := _SETTING.match(rest):
        rest = rest[match.end() :]
    return rest


def _western(text: str) -> str:
    """Write digits and points of any script as 0-9, colon and comma."""
    return "".join(
        str(unicodedata.decimal(letter)) if letter.isdecimal() else letter
        for letter in text.translate(_DIGITS_ONLY)
    )


def _nearly(line: str) -> bool:
    """Tell a damaged line of times from a sentence."""
    if _ONLY_TIMES.fullmatch(line):
        return line.count(":") >= 2 and sum(map(str.isdigit, line)) >= 5
    letters = sum(map(str.isalpha, line))
    return letters < _NEARLY_LETTERS and _NEARLY_COMMA.fullmatch(line.rstrip()) is not None
