"""Line, LineSpan, Alignment: phrases of a lines file, and where a source says them."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from audioset.records.span import Span

OUT_OF_ORDER = "out_of_order"
ANY_TEXT = "any_text"
HEARD_OTHERWISE = "heard_otherwise"
# What makes a span doubtful: name -> what it means, in words for people.
FLAGS: dict[str, str] = {
    "unexplained_speech": "speech right beside the clip is in no line",
    "inner_pause": "a long pause inside the clip",
    "edge_in_speech": "the clip begins or ends inside speech",
    "odd_length": "much longer or shorter than its text",
    "aligners_disagree": "two ways to find the line give different edges",
    "low_score": "the sound fits the text worse than in other lines",
    "odd_take": "sounds unlike the other takes of its line",
    HEARD_OTHERWISE: "a model that was asked wrote other words than its text",
    ANY_TEXT: "other words would fit the sound about as well",
    "neighbour_missing": "the line before or after it was not found, and may be in it",
    "words_missing": "words of its text are not said",
    OUT_OF_ORDER: "said out of the order of the lines",
}
_MOST_WORDS_NAMED = 6
# Why lines are not those of a source: name -> what it means, in words for people.
DOUBTS: dict[str, str] = {
    "order": "its lines are said in another order",
    "language": "its text is in another language than it was taken for",
    "noise": "the speech is hardly louder than the noise around it",
    "text": "another text is said, or the same in another language",
}

BESIDE_SECONDS = 0.6  # a pause within a phrase: speech in no line so near to a take may be of it
CONFIRMED_SCORE = 1.0  # of a take that a person confirmed


# Columns of a table of lines that tell who wrote a text.
WRITER_COLUMNS = ("text_source", "text_score", "hypothesis", "hypothesis_source")


def lacking_flag(words: Sequence[str]) -> str:
    """Give the flag of a take that lacks words of its line: it names them, the first at least."""
    plain = [word for word in map(_plain, words) if word]
    named = " ".join(plain[:_MOST_WORDS_NAMED])
    more = f" and {len(plain) - _MOST_WORDS_NAMED} more" if len(plain) > _MOST_WORDS_NAMED else ""
    return f"words_missing: {named}{more}" if named else "words_missing"


def otherwise_flag(changes: Iterable[tuple[str, str]]) -> str:
    """Give the flag of a take in which a model heard other words.

    Args:
        changes: what it heard, and what the line says instead.
    """
    told = [f'hears "{_plain(one)}" where the line says "{_plain(two)}"' for one, two in changes]
    return f"{HEARD_OTHERWISE}: {'; '.join(told)}" if told else HEARD_OTHERWISE


def _plain(words: str) -> str:
    """Leave out what cannot stand in a flag: flags are divided by commas."""
    return re.sub(r"[^\w'\u2019-]+", " ", words).strip()


def flag_name(flag: str) -> str:
    """Give the name of a flag without what it says beside it."""
    return flag.partition(":")[0]


def lacks_words(flags: Iterable[str]) -> bool:
    """Tell whether flags of a take say that words of its line lack."""
    return "words_missing" in map(flag_name, flags)


def flag_meaning(flag: str) -> str:
    """Give in words for people what a flag means; one that nobody knows as it is."""
    name, colon, more = flag.partition(":")
    return FLAGS[name] + colon + more if name in FLAGS else flag


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Who wrote the text of a line; the fields are the manifest's columns of these names.

    Attributes:
        text_source: "human", "subtitles", "transcript" or "model:<name>@<version>".
        text_score: confidence of a model in its text, [0, 1]; None where there is none.
        hypothesis: what a model wrote, also where a person wrote another text; "" for no words.
        hypothesis_source: which model, "model:<name>@<version>".
    """

    text_source: str
    text_score: float | None = None
    hypothesis: str | None = None
    hypothesis_source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One phrase to be found, in the order of the file.

    Attributes:
        number: from 1, its place in the lines file (what people see).
        text: what is said.
        speaker: None where the file names nobody.
        takes: how often it is said; None = unknown.
        writer: of the text; None where the file does not say: then it is the transcript's.
        written: the line as it stands in the file, where something was taken out that nobody says;
            it decides nothing.
        facts: (manifest column, value) that the file says of its clips.
    """

    number: int
    text: str
    speaker: str | None = None
    takes: int | None = None
    writer: Writer | None = None
    written: str | None = None
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSpan:
    """One take of a line: a span of a source, with what is known of it as a take.

    Attributes:
        line: `Line.number`.
        take: from 1, in order of time.
        start_seconds: from the first decoded sample of the source.
        end_seconds: after `start_seconds`.
        score: how well sound and text fit, [0, 1], higher is better.
        flags: names of `FLAGS` that were raised, sorted; behind a colon, what one says besides.
        best: the proposed take of its line.
        similarity: to the other takes of its line, [0, 1]; None where it is the only one.
        hypothesis: what the second opinion wrote; None where nobody was asked.
        kept: it was found with another text of its line, and stayed when that was corrected.
        aligner: what found it, `name@version`; None where it is the alignment's.
    """

    line: int
    take: int
    start_seconds: float
    end_seconds: float
    score: float
    flags: tuple[str, ...] = ()
    best: bool = False
    similarity: float | None = None
    hypothesis: str | None = None
    kept: bool = False
    aligner: str | None = None


# How the language of lines is known: in these words people are told.
LANGUAGE_SOURCES = {
    "option": "as asked for",
    "fact": "by the fact language",
    "text": "by its text",
    "none": "assumed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LineVoice:
    """How lines were said, to be compared with the sound.

    Attributes:
        voice: synthetic voice, as "en-gb-scotland" or "fr+f2".
        language: tag of the lines' language.
        language_source: one of `LANGUAGE_SOURCES`.
    """

    voice: str
    language: str
    language_source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """Where the lines are in one source, and what is left over on both sides.

    Attributes:
        aligner: what found them, `name@version`.
        spans: in order of start.
        missing: numbers of lines that were not found, ascending.
        unexplained: speech that is no line: (start, end) in seconds, in order of time.
        loud: where a line lacks takes, sound as loud as those that were found, which is in none
            and was not taken for speech: (start, end) in seconds, in order of time.
        length_seconds: of the source.
        spoken: how a synthetic voice said the lines; None where none did.
        credit: how far the lines are ahead of decoys, texts put together of pieces of them, in
            deviations; 0 is no better. None where it was not measured.
        doubt: the likely reason why these are not the lines of this source, one of `DOUBTS`; None
            where there is no doubt, or where it was not measured.
    """

    aligner: str
    spans: tuple[LineSpan, ...]
    missing: tuple[int, ...]
    unexplained: tuple[tuple[float, float], ...]
    length_seconds: float
    loud: tuple[tuple[float, float], ...] = ()
    spoken: LineVoice | None = None
    credit: float | None = None
    doubt: str | None = None

    @property
    def found_by(self) -> str:
        """What found the lines, as rows keep it: the aligner, and the voice behind a blank."""
        return self.aligner if self.spoken is None else f"{self.aligner} {self.spoken.voice}"

    def with_any_text(self) -> "Alignment":
        """Give it with `ANY_TEXT` on all spans: nobody can tell whether it is these lines."""
        spans = (replace(each, flags=tuple(sorted({*each.flags, ANY_TEXT}))) for each in self.spans)
        return replace(self, spans=tuple(spans))


def edges_of(span: LineSpan) -> Span:
    """Give the edges of a take to a millisecond, so that they can be compared."""
    return Span(round(span.start_seconds, 3), round(span.end_seconds, 3))


@dataclass(frozen=True, slots=True)
class RowsWanted:
    """Whose rows are read of a table for several recordings.

    Attributes:
        find: gives the recording at hand that a cell names, or None.
        own: the recording whose rows are read, as `find` gives it; None reads all.
    """

    find: Callable[[str], str | None]
    own: str | None = None
