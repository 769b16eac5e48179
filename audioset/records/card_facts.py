"""CardFacts: what a dataset card counts of any number of clips, beside their description."""

from collections.abc import Mapping
from dataclasses import dataclass

from audioset.records.description import Description, GroupTotal
from audioset.records.split_report import SplitCertificate

# A speaker of whom this fact says yes is counted in a card, and not named.
ANONYMOUS_FACT = "anonymous"
YES = ("1", "true", "y", "yes")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakerGroup:
    """The speakers of whom the same is said; `name` is None where nothing is.

    Attributes:
        num_speakers: different ones, clips without a speaker not counted.
        num_clips, length_seconds: of their clips.
    """

    name: str | None
    num_speakers: int
    num_clips: int
    length_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """What a card tells of clips; rejected and withdrawn ones are only counted.

    Attributes:
        description: totals, lengths, splits, texts and measures.
        certificate: whether clips leak between splits; None where nothing has a split.
        totals: clips and length by value of licence, consent, language, aligner and of what the
            sound is like, by column; longest first, None where nothing is said.
        speakers: by value of gender, age, accent, social class and location, by column; longest
            first.
        facts: clips and length by value of each fact without a column of its own, by its name,
            where it has few values; longest first, and without what is said of speakers in
            `anonymous`.
        anonymous: speakers that are not to be named.
        num_of_lines: clips that were found by a line of a transcript.
        num_flagged: clips that carry a flag.
        flags: clips by flag, most first.
        num_unconfirmed: clips with a text that a model wrote, and no person confirmed.
    """

    description: Description
    certificate: SplitCertificate | None
    totals: Mapping[str, tuple[GroupTotal, ...]]
    speakers: Mapping[str, tuple[SpeakerGroup, ...]]
    facts: Mapping[str, tuple[GroupTotal, ...]]
    anonymous: frozenset[str]
    num_of_lines: int
    num_flagged: int
    flags: Mapping[str, int]
    num_unconfirmed: int

    def values(self, column: str) -> tuple[str, ...]:
        """Give what is said in a column of `totals`, by the name."""
        return tuple(sorted(total.name for total in self.totals[column] if total.name is not None))

    def num_without(self, column: str) -> int:
        """Count the clips that say nothing in a column of `totals`."""
        return sum(total.num_clips for total in self.totals[column] if total.name is None)
