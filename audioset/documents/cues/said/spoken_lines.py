"""The lines of a cue, with the names that may stand before the words."""

import re
from dataclasses import dataclass, replace

from audioset.documents.cues.said.speaker_words import NO_NAMES, NOT_FIRST, PARTICLES, UNKNOWN
from audioset.documents.cues.said.unsaid import is_sound

# Vowels and tones of many scripts are marks of their own, which are no letters.
_LETTER = (
    r"[\w.'\u2019&\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0dff\u0e31-\u0eff\u0f00-\u109f-]"
)
_NAME = rf"[^\W\d_]{_LETTER}{{0,29}}(?: {_LETTER}{{1,30}}){{0,4}}"
# MARY (V.O.): and Mary (She/Her): are Mary.
_QUALIFIER = r"(?: ?[\[(][^\[\]()]{1,24}[\])])?"
_MACHINE = re.compile(
    r"(?:(?:unknown|guest|other) )?(?:speaker|spkr?|guest|participant|caller|agent|interviewee"
    r"|interviewer|sprecher(?:in)?|locuteur|intervenant|hablante|orador|interlocutor|parlante"
    r"|oratore|spreker|talare|m\u00f3wca|\u0441\u043f\u0438\u043a\u0435\u0440"
    r"|\u0433\u043e\u0432\u043e\u0440\u044f\u0449\u0438\u0439|\u8a71\u8005|\u8bdd\u8005"
    r"|\u8bf4\u8bdd\u4eba|\u53d1\u8a00\u4eba)(?:[ _-]?\d{1,3}|[ _-](?-i:[A-Z]))",
    re.IGNORECASE,
)
_COLON = r"(?:\s?:\s+|\s?:$|\s?\uff1a\s*)"
_TIME = r"[\[(]\d{1,3}:\d\d(?::\d\d)?(?:[.,]\d{1,3})?[\])]"
_TIMED = re.compile(rf"({_NAME})\s{{1,4}}{_TIME}(\s?[:\uff1a])?\s*")
_BRACKETS = re.compile(
    r"(?:\[([^\[\]]{1,60})\]|\(([^()]{1,60})\)|\u3010([^\u3010\u3011]{1,60})\u3011)"
    r"(\s?[:\uff1a])?\s*"
)
_PLAIN = re.compile(rf"({_NAME}){_QUALIFIER}{_COLON}")
_LOOSE = re.compile(rf"([^\W_][^:\uff1a\n,!?;\"]{{0,49}}?){_COLON}(?=.*\w)")
_BARE_MACHINE = re.compile(r"([A-Z]{3,10}_\d\d)\s+")
_SIGN_OF_NAME = re.compile("[:\uff1a\\[(\u3010_]")
_LONGEST_NAME = 240
_DASH = re.compile(r"(?:[-\u2010-\u2015]\s+|[-\u2010-\u2015](?=[^\W\d]))")
_CHEVRON = re.compile(r"(?:^|(?<=\s))>{2,3}(?=\s|[^\W\d])\s*")


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """A line of a cue, or a part of one that another person begins.

    Attributes:
        text: without dash and chevrons, and with the name.
        changes: a dash or chevrons say that the speaker changes here.
        chevrons: it was chevrons.
        name: that the line may begin with; empty when there is none.
        form: how it is written: "machine", "timed", "colon", "bracket colon", "bracket", or "loose"
            for what has a colon and not the look of a name.
        said: the text without the name.
    """

    text: str
    changes: bool = False
    chevrons: bool = False
    name: str = ""
    form: str = ""
    said: str = ""


def spoken_lines(text: str, *, chevrons: bool) -> list[SpokenLine]:
    """Divide a text at its line breaks, and where another person begins.

    Args:
        text: of a cue.
        chevrons: `>>` says in this file that another person speaks.
    """
    found: list[SpokenLine] = []
    lines = text.split("\n")
    dashes = [_DASH.match(line) for line in lines]
    for place, (line, dash) in enumerate(zip(lines, dashes, strict=True)):
        # A hyphen right at a word further down may be a part of it, unless all lines have one.
        if dash and (dash[0][-1].isspace() or place == 0 or all(dashes)):
            found.append(_named(line[dash.end() :], changes=True))
            continue
        parts = _CHEVRON.split(line) if chevrons else [line]
        for number, part in enumerate(parts):
            if part.strip() or (number == 0 and len(parts) == 1):
                found.append(_named(part.strip(), changes=number > 0, chevrons=number > 0))
    # Further down, and where several people speak, only what has the look of a name is one.
    alone = not any(line.changes or line.name for line in found[1:])
    return [
        replace(line, name="", form="", said="")
        if line.form == "loose" and not (alone and place == 0)
        else line
        for place, line in enumerate(found)
    ]


def _named(text: str, *, changes: bool, chevrons: bool = False) -> SpokenLine:
    """Look for a name at the beginning of a line."""
    name, form, end = _prefix(text)
    return SpokenLine(text, changes, chevrons, name, form, text[end:] if name else "")


def _prefix(text: str) -> tuple[str, str, int]:
    """Give the name before the words, how it is written, and where the words begin."""
    if _SIGN_OF_NAME.search(text, 0, _LONGEST_NAME) is None:
        return "", "", 0
    if match := _BRACKETS.match(text):
        return _in_brackets(match)
    if (match := _TIMED.match(text)) and (_is_name(match[1]) or _MACHINE.fullmatch(match[1])):
        return match[1], "timed" if match[2] else "bracket colon", match.end()
    if match := _PLAIN.match(text):
        if _MACHINE.fullmatch(match[1]) or match[1].casefold() in UNKNOWN:
            return match[1], "machine", match.end()
        if _is_name(match[1]):
            return match[1], "colon", match.end()
    if (match := _LOOSE.match(text)) and match[1].casefold() not in NO_NAMES:
        return match[1], "loose", match.end()
    if (match := _BARE_MACHINE.match(text)) and _MACHINE.fullmatch(match[1]):
        return match[1], "machine", match.end()
    return "", "", 0


def _in_brackets(match: re.Match[str]) -> tuple[str, str, int]:
    name = " ".join((match[1] or match[2] or match[3]).split())
    if _MACHINE.fullmatch(name) or (match[4] and name.casefold() in UNKNOWN):
        return name, "machine", match.end()
    if _is_name(name) and not is_sound(name) and match.end() < len(match.string):
        return name, "bracket colon" if match[4] else "bracket", match.end()
    return "", "", 0


def _is_name(words: str) -> bool:
    """Tell a name from the beginning of a sentence: its words begin with capitals."""
    parts = words.split()
    if not 1 <= len(parts) <= 5 or len(words) > 50 or words.casefold() in NO_NAMES:
        return False
    if parts[0].casefold() in NOT_FIRST and len(parts) > 1:
        return False
    return not parts[0][0].islower() and all(
        not part[0].islower() or part in PARTICLES for part in parts[1:]
    )
