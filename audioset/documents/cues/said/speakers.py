"""Who speaks, where programs write it into the text of a cue.

The rules, over the whole file, so that nobody has to guess:

- `[SPEAKER_00]: words`, `Speaker 1: words` and other names that machines give, `>> JOHN: words` and
  `Mary (00:12): words` name a speaker wherever they stand.
- `Mary Jane: words` and `[Mary]: words` do when nearly all cues begin so and the names come again;
  when half of them do, names of two words or that come twice; else only names in capitals, or in
  brackets, that come twice. `Note: mind the gap` is never a name.
- `[Mary] words` and `(Mary) words` do when nearly all cues begin so; when half of them do, or
  behind a dash (`- [Mary]`), names that come twice. `[laughs] words` does not.
- `>>` and a dash at the beginning of a line say that another person speaks. They are taken off; a
  cue in which two people speak has no speaker.

What might be a name and is not certain stays in the text and is told.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from audioset.documents.cues.said.speaker_words import NO_NAMES, NOBODY, PARTICLES, UNKNOWN
from audioset.documents.cues.said.unsaid import is_sound
from audioset.documents.reading.text import shown
from audioset.records.cue import Cue

At = Callable[[Cue], str]

_LETTER = r"[\w.'\u2019&-]"
_NAME = rf"[^\W\d_]{_LETTER}{{0,29}}(?: \(?{_LETTER}{{1,30}}\)?){{0,4}}"
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
_PLAIN = re.compile(rf"({_NAME}){_COLON}")
_BARE_MACHINE = re.compile(r"([A-Z]{3,10}_\d\d)\s+")
_DASH = re.compile(r"(?:[-\u2010-\u2015]\s+|[-\u2010-\u2015](?=[^\W\d]))")
_CHEVRON = re.compile(r"(?:^|(?<=\s))>{2,3}(?=\s|[^\W\d])\s*")
_MOST, _NEARLY_ALL = 0.5, 0.7  # of the cues
_ENOUGH_CAPITALS = 3
_LISTED = 4


@dataclass(frozen=True, slots=True)
class _SpokenLine:
    """A line of a cue, or a part of one that another person begins.

    Attributes:
        text: without dash and chevrons, and with the name.
        changes: a dash or chevrons say that the speaker changes here.
        chevrons: it was chevrons.
        name: that the line may begin with.
        form: "machine", "timed", "colon", "bracket colon" or "bracket".
        said: the text without the name.
    """

    text: str
    changes: bool = False
    chevrons: bool = False
    name: str = ""
    form: str = ""
    said: str = ""


def without_nobody(cues: Sequence[Cue], at: At, problems: list[str]) -> list[Cue]:
    """Empty speakers that stand for nobody; said in a sentence for each such word."""
    nobody: dict[str, list[Cue]] = {}
    for cue in cues:
        if cue.speaker is not None and is_nobody(cue.speaker):
            nobody.setdefault(cue.speaker, []).append(cue)
    for name, named in nobody.items():
        problems.append(
            f"speaker {name!r} of {_cues(len(named))} ({at(named[0])}) is nobody's name; left empty"
        )
    return [replace(cue, speaker=None) if cue.speaker in nobody else cue for cue in cues]


def is_nobody(name: str) -> bool:
    """Tell whether a speaker's name is one of the words for "not known"."""
    return name == "NA" or name.strip().casefold() in NOBODY


def written_speakers(cues: Sequence[Cue], at: At, problems: list[str]) -> list[Cue]:
    r"""Read speakers that are written into the text, by the rules above.

    Args:
        cues: with line breaks as `\n`.
        at: says where a cue stands in the file.
        problems: gets a sentence about what was done, and one about what was not.
    """
    chevrons = any((cue.text or "").startswith(">>") for cue in cues)
    found = [_pieces(cue.text or "", chevrons=chevrons) for cue in cues]
    certain = _certain(found)
    read: list[Cue] = []
    names: Counter[str] = Counter()
    told: dict[str, list[Cue]] = {}  # what was done or not done, the cues
    for cue, pieces in zip(cues, found, strict=True):
        known = [piece.name if _is_known(piece, cue, certain) else "" for piece in pieces]
        said = "\n".join(
            piece.said if name else piece.text for piece, name in zip(pieces, known, strict=True)
        )
        for name in dict.fromkeys(filter(None, known)):
            names[name] += 1
        if any(
            piece.name and piece.form != "bracket" and not name
            for piece, name in zip(pieces, known, strict=True)
        ):
            told.setdefault("kept", []).append(cue)
        speaker, several = _speaker(cue, pieces, known)
        if several:
            told.setdefault("several", []).append(cue)
        if any(piece.changes for piece in pieces):
            told.setdefault("marks", []).append(cue)
        read.append(replace(cue, text=said, speaker=speaker) if cue.text else cue)
    problems.extend(_sentences(names, told, at))
    return without_nobody(read, at, problems)


def _pieces(text: str, *, chevrons: bool) -> list[_SpokenLine]:
    """Divide a text at its line breaks, and where another person begins."""
    pieces: list[_SpokenLine] = []
    lines = text.split("\n")
    dashes = [_DASH.match(line) for line in lines]
    for line, dash in zip(lines, dashes, strict=True):
        # A hyphen right at a word may be a part of it, unless the next line has one too.
        if dash and (dash[0][-1].isspace() or sum(map(bool, dashes)) > 1):
            pieces.append(_named(line[dash.end() :], changes=True))
            continue
        parts = _CHEVRON.split(line) if chevrons else [line]
        for number, part in enumerate(parts):
            if part.strip() or (number == 0 and len(parts) == 1):
                pieces.append(_named(part.strip(), changes=number > 0, chevrons=number > 0))
    return pieces


def _named(text: str, *, changes: bool, chevrons: bool = False) -> _SpokenLine:
    """Look for a name at the beginning of a line."""
    name, form, end = _prefix(text)
    return _SpokenLine(text, changes, chevrons, name, form, text[end:] if name else "")


def _prefix(text: str) -> tuple[str, str, int]:
    """Give the name before the words, how it is written, and where the words begin."""
    if match := _BRACKETS.match(text):
        name = " ".join((match[1] or match[2] or match[3]).split())
        if _MACHINE.fullmatch(name):
            return name, "machine", match.end()
        if name.casefold() in UNKNOWN and match[4]:
            return name, "machine", match.end()
        if _is_name(name) and not is_sound(name) and match.end() < len(text):
            return name, "bracket colon" if match[4] else "bracket", match.end()
        return "", "", 0
    if (match := _TIMED.match(text)) and (_is_name(match[1]) or _MACHINE.fullmatch(match[1])):
        return match[1], "timed" if match[2] else "bracket colon", match.end()
    if match := _PLAIN.match(text):
        if _MACHINE.fullmatch(match[1]) or match[1].casefold() in UNKNOWN:
            return match[1], "machine", match.end()
        return (match[1], "colon", match.end()) if _is_name(match[1]) else ("", "", 0)
    if (match := _BARE_MACHINE.match(text)) and _MACHINE.fullmatch(match[1]):
        return match[1], "machine", match.end()
    return "", "", 0


def _is_name(words: str) -> bool:
    """Tell a name from the beginning of a sentence: its words begin with capitals."""
    parts = words.split()
    if not 1 <= len(parts) <= 5 or len(words) > 50 or words.casefold() in NO_NAMES:
        return False
    return not parts[0][0].islower() and all(
        not part[0].islower() or part in PARTICLES for part in parts[1:]
    )


def _certain(found: Sequence[Sequence[_SpokenLine]]) -> Callable[[_SpokenLine], bool]:
    """Decide which names are speakers, by what the whole file does."""
    with_text = [lines for lines in found if any(line.text for line in lines)]
    named = [line for lines in with_text for line in lines if line.name]
    counts = Counter(line.name.casefold() for line in named)
    capitals = Counter(line.name for line in named if _in_capitals(line))
    total = max(1, len(with_text))
    # A list of words with what they mean has names that never come again.
    again = len(with_text) > 1 and len(counts) <= max(2, len(with_text) / 2)
    film = sum(capitals.values()) >= _ENOUGH_CAPITALS and max(capitals.values()) > 1

    def share(*forms: str) -> float:
        return sum(lines[0].form in forms for lines in with_text) / total if again else 0.0

    colons = share("colon", "bracket colon", "machine", "timed")
    brackets = share("bracket", "machine")

    def certain(line: _SpokenLine) -> bool:
        if line.form in ("machine", "timed"):
            return True
        twice = counts[line.name.casefold()] > 1
        if line.form == "bracket":
            dashed = line.changes and not line.chevrons
            return brackets >= _NEARLY_ALL or (twice and (brackets >= _MOST or dashed))
        if line.chevrons or colons >= _NEARLY_ALL:
            return True
        if _in_capitals(line):
            return twice or film
        return (twice and line.form == "bracket colon") or (
            colons >= _MOST and (twice or " " in line.name)
        )

    return certain


def _in_capitals(line: _SpokenLine) -> bool:
    return line.form == "colon" and line.name.isupper() and len(line.name) > 1


def _is_known(piece: _SpokenLine, cue: Cue, certain: Callable[[_SpokenLine], bool]) -> bool:
    """Tell whether a name is taken out of the text: never one that contradicts the file."""
    if not piece.name or not certain(piece):
        return False
    return cue.speaker is None or cue.speaker.casefold() == piece.name.casefold()


def _speaker(
    cue: Cue, pieces: Sequence[_SpokenLine], known: Sequence[str]
) -> tuple[str | None, bool]:
    """Give who speaks in a cue, and whether several people do."""
    if cue.speaker is not None:
        return cue.speaker, False
    voices: list[str] = []  # "" for somebody who is not named
    for piece, name in zip(pieces, known, strict=True):
        if name or piece.changes or not voices:
            voices.append(name)
    if len(voices) > 1 and len(set(voices)) == 1 and voices[0]:
        voices = voices[:1]
    if len(voices) > 1:
        return None, True
    return (voices[0] if voices else "") or None, False


def _sentences(names: Counter[str], told: dict[str, list[Cue]], at: At) -> list[str]:
    sentences: list[str] = []
    if names:
        listed = ", ".join(f"{name!r} ({count})" for name, count in names.most_common(_LISTED))
        more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
        sentences.append(
            f"speakers were read from the text, which no longer names them: {listed}{more}"
        )
    if marks := told.get("marks"):
        sentences.append(
            f"dashes or >> for another speaker were taken out of the text of {_cues(len(marks))} "
            f"({at(marks[0])})"
        )
    if several := told.get("several"):
        sentences.append(
            f"{_cues(len(several))} of several people ({at(several[0])}), left without a speaker"
        )
    if kept := told.get("kept"):
        sentences.append(
            f"{_cues(len(kept))} with a word and a colon before the words ({at(kept[0])}: "
            f"{shown(kept[0].text or '')}), perhaps a speaker; kept in the text"
        )
    return sentences


def _cues(count: int) -> str:
    return "1 cue" if count == 1 else f"{count} cues"
