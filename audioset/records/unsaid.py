"""What stands on a page and nobody says: stage directions, times, signs, marks.

The patterns are read by Python and by RE2, in Arrow. They are narrow: a bracket of which nobody
knows what it is may well be said.
"""

import re

# Words of which alone no sentence is made; with an ending or a word such as "softly" behind them.
_DOES = (
    r"laugh(?:s|ing|ter|ed)?|chuckl\w*|giggl\w*|sigh(?:s|ing)?|cough(?:s|ing)?|sneez\w*|sniff\w*|"
    r"sob(?:s|bing)?|whisper(?:s|ing|ed)?|shout(?:s|ing)?|yell(?:s|ing)?|scream(?:s|ing)?|"
    r"humm?(?:s|ing)|sing(?:s|ing)|inhal\w*|exhal\w*|breath(?:es?|ing|s)|gasp(?:s|ing)?|"
    r"groan(?:s|ing)?|yawn(?:s|ing)?|smil(?:es|ing)|nod(?:s|ding)|clear(?:s|ing) (?:\w+ )?throat|"
    r"applau(?:se|ds)|clap(?:s|ping)|cheer(?:s|ing)|pause[sd]?|silence|beat|music|noise|static|"
    r"crosstalk|overlap(?:s|ping)?|inaudible|unintelligible|indistinct|unclear|unk|beep(?:s|ing)?|"
    r"off[- ](?:mic|camera|screen)|phone rings|lacht|lachen|seufzt|hustet|musik|stille|"
    "unverst\u00e4ndlich|"
    r"rires?|rit|musique|applaudissements|pausa|risas?|"
    "r\u00ede|m\u00fasica|"
    r"aplausos|musica|slowly|softly|quietly|loudly"
)
_BEFORE = r"(?:(?:he|she|they|all|both|audience|crowd|speakers?|background|long|short|brief) )?"
_AFTER = r"(?:,? (?:again|briefly|plays|playing|continues|stops|fades|\w+ly|[0-9]+ ?s(?:ec)?\w*))*"
_DIRECTION = rf"{_BEFORE}(?:{_DOES}){_AFTER}[.!]?"
_DASHES, _DAGGERS, _BULLETS = "\u2013\u2014", "\u2020\u2021", "\u2022\u25aa"
_TIME = r"(?:[0-9]{1,2}:)?[0-9]{1,2}:[0-5][0-9](?:[.,][0-9]{1,3})?"
TIMES = rf"{_TIME}(?:\s*(?:-->|->|[-{_DASHES}]|to)\s*{_TIME})?"
_SIGNS = "\u2600-\u27bf\u2b50\u2b55\u2669-\u266f\ufe0f\U0001f000-\U0001faff"

# Kind -> what it looks like anywhere in a text. In words for people, more than one of them.
UNSAID = {
    "stage directions": (
        rf"(?i)\({_DIRECTION}\)|\*{_DIRECTION}\*|<{_DIRECTION}>"
        rf"|[\[{{]\s*{_BEFORE}(?:{_DOES})\b[^\]}}]{{0,40}}[\]}}]"
    ),
    "times": rf"[\[<]\s*{TIMES}\s*[\]>]",
    "pictures and musical signs": f"[{_SIGNS}][{_SIGNS}\u200d]*",
    "footnote marks": rf"\[[0-9]{{1,3}}\]|[{_DAGGERS}]",
    "reading marks": r"(?:^|\s)(?:/{1,3}|\|{1,2})(?:\s|$)",
}
# What stands for other words when it is read aloud, or in front of those that are said.
ADDRESS = r"(?i)\b(?:https?://|www\.)\S+"
LABEL = rf"(?i)^\s*(?:\[[^\[\]]{{1,30}}\]\s*:|speaker[ _]?[0-9a-z]{{1,3}}\s*:|[-*{_BULLETS}]\s+)"
_COMPILED = {kind: re.compile(pattern) for kind, pattern in UNSAID.items()}


def find_unsaid(text: str) -> list[tuple[str, str]]:
    """Give kind and part of all that nobody says, by kinds."""
    return [
        (kind, match[0].strip())
        for kind, pattern in _COMPILED.items()
        for match in pattern.finditer(text)
    ]


def without_unsaid(text: str) -> str:
    """Give the text as it is said; a sign of punctuation moves to the word before it."""
    for pattern in _COMPILED.values():
        text = pattern.sub(" ", text)
    return re.sub(r"\s+([,.;:!?\u2026])", r"\1", " ".join(text.split()))
