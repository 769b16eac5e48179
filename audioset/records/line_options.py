"""TranscriptOptions: how a cut by the lines of a transcript is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from audioset.errors import InvalidInputError
from audioset.records.not_given import NOT_GIVEN

AUTO = "auto"  # the aligner that fits
DEFAULT_DOUBTFUL = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptOptions:
    """Which transcript a source is cut by, how its lines are found, and what is refused.

    Attributes:
        path: the file, or a folder that holds one for each source; None looks beside each source.
        column: of a table: name of the column with the text, or its number from 1.
        speakers: whether `name: words` names a speaker; None goes by a rule.
        takes: how often each line is said; None finds it out. What the file says of a line wins.
        aligner: "auto", "bootstrap", "structural", or the name of a plug-in; "auto" asks a second
            one where the first leaves doubts and one is installed that fits.
        voice: that the lines are spoken with to be compared; None takes one for the language.
        language: of the lines, as "en" or "en-gb-scotland"; None takes the fact `language` of the
            sources, or else what the text looks like.
        lexicon: file that says how words are said.
        second_opinion: transcriber that writes what each take says, which is then held
            against the text: the name of a plug-in, such as "whisper", a folder with a slash, or
            both with a colon; None asks nobody.
        anyway: cut also what looks like the transcript of another recording.
        strict: cut nothing of a source when a line is missing or too many are doubtful. Where it is
            not given, it is so when `max_doubtful` is.
        max_doubtful: share of doubtful lines that `strict` lets pass, 0 to 1; 0.1 where it is not
            given.
    """

    path: Path | None = None
    column: str | None = None
    speakers: bool | None = None
    takes: int | None = None
    aligner: str = AUTO
    voice: str | None = None
    language: str | None = None
    lexicon: Path | None = None
    second_opinion: str | None = None
    anyway: bool = False
    strict: bool = NOT_GIVEN
    max_doubtful: float = NOT_GIVEN

    def __post_init__(self) -> None:
        if self.strict is NOT_GIVEN:
            object.__setattr__(self, "strict", self.max_doubtful is not NOT_GIVEN)
        if self.max_doubtful is NOT_GIVEN:
            object.__setattr__(self, "max_doubtful", DEFAULT_DOUBTFUL)
        if not 0 <= self.max_doubtful <= 1:
            raise InvalidInputError(
                f"max_doubtful must be a share from 0 to 1; got {self.max_doubtful!r}"
            )

    def asked(self) -> dict[str, Any]:
        """Give what differs from the defaults, the files left out."""
        usual = TranscriptOptions()
        return {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name not in ("path", "lexicon")
            and getattr(self, field.name) != getattr(usual, field.name)
        }


MOST_TAKES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignOptions:
    """How to find lines, with defaults for phrases that are said once or several times.

    Attributes:
        aligner: "auto" ("bootstrap" where the library espeak-ng is installed, else "structural";
            then "hama", where that is installed and fits, hears again what is in doubt), one of
            these, or the name of a plug-in.
        takes: how often each line is said; None finds it out. `Line.takes` goes before it.
        voice: espeak-ng voice that the text is spoken with; None takes one for the language.
        lexicon: how words are said: word -> espeak-ng phonemes, without the double brackets.
        language: of the lines, as "en" or "en-gb-scotland"; None is what the text looks like, and
            English where it may be that as well.
        language_source: who named it, "option" or "fact" of `lines.LANGUAGE_SOURCES`.
    """

    aligner: str = AUTO
    takes: int | None = None
    voice: str | None = None
    lexicon: Mapping[str, str] = field(default_factory=dict)
    language: str | None = None
    language_source: str = "option"

    def __post_init__(self) -> None:
        if not self.aligner.strip():
            raise InvalidInputError("aligner is empty; use auto, bootstrap or structural")
        if self.takes is not None and not 1 <= self.takes <= MOST_TAKES:
            raise InvalidInputError(
                f"takes must be from 1 to {MOST_TAKES}, or auto; got {self.takes!r}"
            )
