"""AlignOptions: how the lines of a transcript are looked for in a source."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from audioset.errors import InvalidInputError

MOST_TAKES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignOptions:
    """How to find lines, with defaults for phrases that are said once or several times.

    Attributes:
        aligner: "auto" ("bootstrap" where the library espeak-ng is installed, else "structural"),
            one of these two, or the name of a plug-in.
        takes: how often each line is said; None finds it out. `Line.takes` goes before it.
        voice: espeak-ng voice that the text is spoken with; None takes one for the language.
        lexicon: how words are said: word -> espeak-ng phonemes, without the double brackets.
        language: of the lines, as "en" or "en-gb-scotland"; None is English.
    """

    aligner: str = "auto"
    takes: int | None = None
    voice: str | None = None
    lexicon: Mapping[str, str] = field(default_factory=dict)
    language: str | None = None

    def __post_init__(self) -> None:
        if not self.aligner.strip():
            raise InvalidInputError("aligner is empty; use auto, bootstrap or structural")
        if self.takes is not None and not 1 <= self.takes <= MOST_TAKES:
            raise InvalidInputError(
                f"takes must be from 1 to {MOST_TAKES}, or auto; got {self.takes!r}"
            )
