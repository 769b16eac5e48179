"""What stands around and between the words of a transcript, and is not said.

The clip's text is what is said, and what was taken out is told with its place; `Line.written` keeps
the line as it stands in the file. Where it is not certain the words stay, and that is told too:

- `(laughs)`, `[pause]`, `*coughs*`, `[00:12]`, pictures, footnote marks, `//` are taken out.
- Bullets in front, and times in front of most lines, are taken off; so are marks of Markdown.
- `Isla 0:03` on a line of its own, twice or more, says who speaks in the lines after it.
- `- 3 -`, `Page 3 of 12` and times alone on a line are left out.
- Brackets at the end of nearly every line are translations or notes, and are taken out.
- Other brackets, addresses and notes (`NB: ...`) stay.
"""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from audioset.documents.reading.cell import LOST, SCIENTIFIC, TRUTH
from audioset.documents.reading.text import shown
from audioset.documents.transcripts.lines_file import Phrase
from audioset.errors import InvalidInputError, as_option
from audioset.records.unsaid import ADDRESS, TIMES, find_unsaid, without_unsaid

_CAPTION = re.compile(r"(?:[0-9]{1,3}:)?[0-9]{1,2}:[0-9]{2}[.,][0-9]{1,3}\s*--?>")
_SPEAKS_AT = re.compile(
    rf"(?!\d)(\w[\w.'\u2019-]{{0,29}}(?: [\w.'\u2019-]{{1,30}}){{0,3}}) [\[(]?{TIMES}[\])]?:?"
)
_ONLY_TIMES = re.compile(rf"[\[(]?{TIMES}[\])]?")
_PAGE = re.compile(
    r"(?:page|seite|pagina|p\u00e1gina|p\.|s\.) ?[0-9]+ ?(?:of|von|de|di|/) ?[0-9]+"
    r"|[-\u2013\u2014] ?[0-9]+ ?[-\u2013\u2014]",
    re.IGNORECASE,
)
_BULLET = re.compile(
    r"(?:[-\u2013\u2014*\u2022\u00b7\u25aa\u25e6\u2023>\u2192\u2713\u2610\u2611]"
    r"|\[[ xX]\])\s+(?=\S)"
)
_TIME_FIRST = re.compile(rf"[\[(]?{TIMES}[\])]?(?:\s*[-\u2013\u2014|:]\s+|\s+)(?=\S)")
_MARKED = re.compile(r"(\*\*|__|~~|`)(\S(?:.*?\S)?)\1|(?<!\w)([_*])(\w(?:[^_*]*\w)?)\3(?!\w)")
_LINK = re.compile(r"!\[[^\[\]]*\]\([^()\s]*\)|\[([^\[\]]*)\]\((?:https?:|/|\.|#|www)[^()\s]*\)")
_TAG = re.compile(
    r"</?(?:[abipsu]|em|strong|br|span|div|font|sup|sub|small|code|h[1-6]|li|[uo]l|t[drh])"
    r"(?:\s[^<>]{0,80})?/?>",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:#[0-9]{1,6}|#x[0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});")
_LAST_BRACKET = re.compile(r"\s*[(\[]([^()\[\]]*[^\W\d_][^()\[\]]*)[)\]][.!?]?$")
_BRACKET = re.compile(r"[(\[{<][^()\[\]{}<>]*[^\W\d_][^()\[\]{}<>]*[)\]}>]")
_NOTE = re.compile(r"(?:n\.?b\.?|note|todo|remark|hinweis|anmerkung|nota|remarque)\s?:", re.I)
_NEARLY_ALL, _FEWEST = 0.8, 3
_PLACES = 3


@dataclass(slots=True)
class Unsaid:
    """What was taken out or stays in doubt: kind, and place and part of each, in file order."""

    parts: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)  # about the whole file

    def add(self, kind: str, place: str, part: str) -> None:
        """Note one part."""
        self.parts.setdefault(kind, []).append((place, part.strip()))

    def sentences(self) -> list[str]:
        """Say it, a sentence for each kind with its first places."""
        return [*self.notes, *(_sentence(kind, parts) for kind, parts in self.parts.items())]


_MEANS_TEXT = "not what was typed; format the column as text, and write them again; left out"
_STAY = {
    "rows above the table": "left out",
    **dict.fromkeys(LOST, _MEANS_TEXT),
    TRUTH: "read as words; format the column as text where they are others",
    SCIENTIFIC: "read in full; format the column as text where they are others",
    "brackets": "taken as said; take out what nobody says",
    "addresses": "left as written; write them as they are said",
    "speakers with times": "read as the speakers of the lines after them",
    "notes": "taken as said; begin what is no line with #",
}


def _sentence(kind: str, parts: Sequence[tuple[str, str]]) -> str:
    places = ", ".join(f"{place}: {shown(part)}" for place, part in parts[:_PLACES])
    more = f" and {len(parts) - _PLACES} more" if len(parts) > _PLACES else ""
    return f"{kind} are {_STAY.get(kind, 'not said and left out')} ({places}{more})"


def without_page(phrases: Sequence[Phrase], told: Unsaid) -> list[Phrase]:
    """Take off what is about the page and not about one line's words.

    Raises:
        InvalidInputError: the lines are captions with their times.
    """
    caption = next((each for each in phrases if _CAPTION.match(each.text)), None)
    if caption is not None:
        raise InvalidInputError(
            f"{caption.place}: {shown(caption.text)} is the time of a subtitle; name the file .srt "
            f"or .vtt, and cut by it with {as_option('labels')}"
        )
    kept = []
    for phrase in _with_speaker_lines(phrases, told):
        if _PAGE.fullmatch(phrase.text):
            told.add("numbers of pages", phrase.place, phrase.text)
        elif _ONLY_TIMES.fullmatch(phrase.text):
            told.add("times", phrase.place, phrase.text)
        else:
            kept.append(_without_front(phrase, _BULLET, "bullets", told))
    timed = [each for each in kept if _TIME_FIRST.match(each.text)]
    if len(timed) > 1 and 2 * len(timed) >= len(kept):
        kept = [_without_front(phrase, _TIME_FIRST, "times", told) for phrase in kept]
    return kept


def _with_speaker_lines(phrases: Sequence[Phrase], told: Unsaid) -> list[Phrase]:
    found = [_SPEAKS_AT.fullmatch(phrase.text) for phrase in phrases]
    if sum(match is not None for match in found) < 2:
        return list(phrases)
    kept, speaker = [], None
    for phrase, match in zip(phrases, found, strict=True):
        if match:
            speaker = match[1]
            told.add("speakers with times", phrase.place, phrase.text)
        else:
            kept.append(replace(phrase, speaker=phrase.speaker or speaker))
    return kept


def _without_front(phrase: Phrase, front: re.Pattern[str], kind: str, told: Unsaid) -> Phrase:
    match = front.match(phrase.text)
    if match is None:
        return phrase
    told.add(kind, phrase.place, match[0])
    return replace(phrase, text=phrase.text[match.end() :])


def without_marks(phrases: Sequence[Phrase], told: Unsaid) -> list[Phrase]:
    """Take out of each line what is not said in it."""
    return [_said(phrase, told) for phrase in _without_translations(phrases, told)]


def _without_translations(phrases: Sequence[Phrase], told: Unsaid) -> list[Phrase]:
    found = [
        match if match and match.start() and not find_unsaid(match[0]) else None
        for match in (_LAST_BRACKET.search(phrase.text) for phrase in phrases)
    ]
    count = sum(match is not None for match in found)
    if count < _FEWEST or count < _NEARLY_ALL * len(phrases):
        return list(phrases)
    kept = []
    for phrase, match in zip(phrases, found, strict=True):
        if match:
            told.add("brackets at the end of nearly every line", phrase.place, match[0])
        kept.append(replace(phrase, text=phrase.text[: match.start()]) if match else phrase)
    return kept


def _said(phrase: Phrase, told: Unsaid) -> Phrase:
    for kind, part in find_unsaid(phrase.text):
        told.add(kind, phrase.place, part)
    words = without_unsaid(phrase.text)
    said = _ENTITY.sub(lambda match: html.unescape(match[0]), words)
    said = " ".join(_TAG.sub("", _MARKED.sub(r"\2\4", _LINK.sub(r"\1", said))).split())
    if said != words:
        told.add("marks of markup", phrase.place, words)
    for kind, pattern in (("brackets", _BRACKET), ("addresses", re.compile(ADDRESS))):
        for match in pattern.finditer(said):
            told.add(kind, phrase.place, match[0])
    if _NOTE.match(said):
        told.add("notes", phrase.place, said)
    return replace(phrase, text=said)
