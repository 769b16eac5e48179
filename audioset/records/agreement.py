"""Agreement: how alike reviewers judge, and where they still differ."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

OpinionValue = str | bool | int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What one reviewer said of one field, in which pass.

    Attributes:
        by: who.
        value: as in a decision.
        review_pass: 1 for the word that all share, 2 and more for one that was given blind, which
            holds nowhere.
        decided_at: when, UTC.
    """

    by: str
    value: OpinionValue
    review_pass: int
    decided_at: datetime

    @property
    def is_blind(self) -> bool:
        """Whether it was given without knowing what others said."""
        return self.review_pass > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A field of which reviewers say different things, and nobody has settled it.

    Attributes:
        subject_kind, subject_id, field: what it is about.
        opinions: what each says, earliest first.
    """

    subject_kind: str
    subject_id: str
    field: str
    opinions: tuple[Opinion, ...]

    def to_json_dict(self) -> dict[str, Any]:
        """Give everything as JSON values."""
        moments = [one.decided_at.isoformat() for one in self.opinions]
        opinions = [
            {**asdict(one), "decided_at": moment}
            for one, moment in zip(self.opinions, moments, strict=True)
        ]
        return {**asdict(self), "opinions": opinions}


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictAgreement:
    """How often two reviewers gave the same verdict.

    Attributes:
        num_clips: that both judged.
        num_agreed: of them, those to which both gave the same verdict.
        kappa: Cohen's kappa, at most 1; 0 is what chance would give, below is less than that. None
            where it is not defined: both gave one and the same verdict to all clips, so that
            chance alone would agree everywhere too, and nothing can be told.
        counts: clips by the first reviewer's verdict (accept, reject, unsure), then the second's.
    """

    num_clips: int
    num_agreed: int
    kappa: float | None
    counts: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextAgreement:
    """How far the texts of two reviewers are from each other; case and punctuation do not count.

    Attributes:
        num_clips: whose text both wrote or confirmed.
        num_agreed: of them, those with the same words.
        word_error_rate, character_error_rate: edits from one text to the other, per word or
            character of both on average, 0 and up; None where neither wrote any.
    """

    num_clips: int
    num_agreed: int
    word_error_rate: float | None
    character_error_rate: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeAgreement:
    """How far the edges of two reviewers lie apart.

    Attributes:
        num_clips: whose edges both set; each has two.
        median_milliseconds, p95_milliseconds: half, and 95 of 100, of the edges lie no further
            apart, by linear interpolation.
    """

    num_clips: int
    median_milliseconds: float
    p95_milliseconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PairAgreement:
    """How alike two reviewers judge what both judged; None where there is nothing of a kind.

    What counts is what each said before anybody settled it.

    Attributes:
        reviewers: their names, in the order of the alphabet.
        blind: one of them, or both, did not see what the other said. Else the second may have seen
            it, and mostly speaks where they differ: then all looks worse than it is.
        verdicts, texts, edges: how alike.
    """

    reviewers: tuple[str, str]
    blind: bool
    verdicts: VerdictAgreement | None = None
    texts: TextAgreement | None = None
    edges: EdgeAgreement | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementReport:
    """How alike all reviewers of a workspace judge.

    Attributes:
        pairs: with what both judged; those with most clips first.
        disagreements: that wait for a decision, by clip.
        num_blind_only: fields of which only blind reviewers said something, all of them the same;
            it holds nowhere until somebody decides.
    """

    pairs: tuple[PairAgreement, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()
    num_blind_only: int = 0

    def to_json_dict(self) -> dict[str, Any]:
        """Give everything as JSON values."""
        return {
            "pairs": [asdict(pair) for pair in self.pairs],
            "disagreements": [one.to_json_dict() for one in self.disagreements],
            "num_blind_only": self.num_blind_only,
        }
