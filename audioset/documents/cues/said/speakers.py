"""Who speaks, where programs write it into the text of a cue.

The rules, over the whole file, so that nobody has to guess:

- `[SPEAKER_00]: words`, `Speaker 1: words` and other names that machines give, `>> JOHN: words` and
  `Mary (00:12): words` name a speaker wherever they stand.
- `Mary Jane: words` and `[Mary]: words` do when nearly all cues begin so and the names come again;
  when half of them do, names of two words or that come twice; else only names in capitals, or in
  brackets, that come twice. `Note: mind the gap` is never a name. What has not the look of a name
  (`mary@x.org: words`) does when nearly all cues begin so and it comes twice.
- `[Mary] words` and `(Mary) words` do when nearly all cues begin so; when half of them do, or
  behind a dash (`- [Mary]`), names that come twice. `[laughs] words` does not.
- `>>` and a dash at the beginning of a line say that another person speaks. They are taken off; a
  cue in which two people speak has no speaker.

What might be a name and is not certain stays in the text and is told.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from audioset.documents.cues.said.speaker_words import NOBODY
from audioset.documents.cues.said.spoken_lines import SpokenLine, spoken_lines
from audioset.documents.cues.said.unsaid import only_marks
from audioset.documents.reading.text import shown
from audioset.records.cue import Cue

At = Callable[[Cue], str]
Lines = Sequence[SpokenLine]

_MOST, _NEARLY_ALL = 0.5, 0.7  # of the cues
_ENOUGH_CAPITALS = 3
_LISTED = 4


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
    chevrons = any(line.startswith(">>") for cue in cues for line in (cue.text or "").split("\n"))
    found = [spoken_lines(cue.text or "", chevrons=chevrons) for cue in cues]
    convention = _convention(found)
    read: list[Cue] = []
    names: Counter[str] = Counter()
    told: dict[str, list[Cue]] = {}  # what was done or not done, the cues
    for cue, lines in zip(cues, found, strict=True):
        known = [line.name if _is_known(line, cue, convention) else "" for line in lines]
        named = list(zip(lines, known, strict=True))
        names.update(list(dict.fromkeys(filter(None, known))))
        speaker, several = _speaker(cue, named)
        for kind, holds in (
            ("kept", any(convention.doubtful(line) for line, name in named if not name)),
            ("several", several),
            ("marks", any(line.changes for line in lines)),
        ):
            if holds:
                told.setdefault(kind, []).append(cue)
        said = "\n".join(line.said if name else line.text for line, name in named)
        read.append(replace(cue, text=said, speaker=speaker) if cue.text else cue)
    problems.extend(_sentences(names, told, at))
    return without_nobody(read, at, problems)


@dataclass(frozen=True, slots=True)
class _Convention:
    """How a whole file writes who speaks.

    Attributes:
        counts: how often each name stands before words, in small letters.
        colons: share of the cues that begin with a name and a colon; 0 when names do not come
            again, as in a list of words with what they mean.
        brackets: the same of names in brackets.
        loose: the same of anything with a colon.
        film: names in capitals come again.
    """

    counts: Counter[str]
    colons: float
    brackets: float
    loose: float
    film: bool

    def certain(self, line: SpokenLine) -> bool:
        """Tell whether what stands before the words is a speaker."""
        twice = self.counts[line.name.casefold()] > 1
        if line.form in ("machine", "timed"):
            return True
        if line.form == "loose":
            return twice and self.loose >= _NEARLY_ALL
        if line.form == "bracket":
            dashed = line.changes and not line.chevrons
            enough = self.brackets >= _MOST or dashed
            return self.brackets >= _NEARLY_ALL or (twice and enough)
        if line.chevrons or self.colons >= _NEARLY_ALL:
            return True
        if _in_capitals(line):
            return twice or self.film
        if twice and line.form == "bracket colon":
            return True
        return self.colons >= _MOST and (twice or " " in line.name)

    def doubtful(self, line: SpokenLine) -> bool:
        """Tell whether what stays in the text has the look of a speaker."""
        if line.form == "loose":
            return self.loose >= _MOST
        return bool(line.name) and line.form != "bracket"


def _convention(found: Sequence[Lines]) -> _Convention:
    with_text = [lines for lines in found if any(line.text for line in lines)]
    named = [line for lines in with_text for line in lines if line.name]
    counts = Counter(line.name.casefold() for line in named)
    capitals = Counter(line.name for line in named if _in_capitals(line))
    total = max(2, len(with_text))

    def share(*forms: str) -> float:
        these = Counter(line.name.casefold() for line in named if line.form in forms)
        begun = sum(lines[0].form in forms for lines in with_text) / total
        again = sum(count for count in these.values() if count > 1)
        of_two = len(these) <= 2 and begun == 1
        return begun if of_two or 2 * again >= max(1, these.total()) else 0.0

    return _Convention(
        counts=counts,
        colons=share("colon", "bracket colon", "machine", "timed"),
        brackets=share("bracket", "machine"),
        loose=share("loose", "colon", "bracket colon", "machine", "timed"),
        film=capitals.total() >= _ENOUGH_CAPITALS and max(capitals.values()) > 1,
    )


def _in_capitals(line: SpokenLine) -> bool:
    return line.form == "colon" and line.name.isupper() and len(line.name) > 1


def _is_known(line: SpokenLine, cue: Cue, convention: _Convention) -> bool:
    """Tell whether a name is taken out of the text: never one that contradicts the file."""
    if not line.name or not convention.certain(line):
        return False
    return cue.speaker is None or cue.speaker.casefold() == line.name.casefold()


def _speaker(cue: Cue, named: Sequence[tuple[SpokenLine, str]]) -> tuple[str | None, bool]:
    """Give who speaks in a cue, and whether several people do."""
    if cue.speaker is not None:
        return cue.speaker, False
    voices: list[str] = []  # "" for somebody who is not named
    for line, name in named:
        if name or line.changes or not (voices or only_marks(line.text)):
            voices.append(name)
    if voices and len(set(voices)) == 1 and voices[0]:
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
