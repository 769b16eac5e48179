"""Promotion: a model version that is to get an alias, and what speaks for it or against it."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["pass", "warn", "fail"]
CheckName = Literal["data", "test set", "metric", "leak", "texts", "code"]
PromotionOutcome = Literal["promoted", "planned", "refused", "unchanged", "rolled back"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionCheck:
    """One condition of a promotion.

    Attributes:
        name: what is asked about.
        verdict: "fail" refuses the promotion, "warn" does not.
        words: what was found, as a sentence without its end.
        doubt: what is in doubt, and what would decide it, where a person should know before the
            alias moves; empty otherwise.
    """

    name: CheckName
    verdict: Verdict
    words: str
    doubt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """What was asked for, found and done.

    Attributes:
        model, version: the registered model version that is to have the alias.
        alias: the MLflow alias.
        holder: the version that had it; None when none had.
        outcome: "promoted"; "planned", when it would be but for a dry run; "refused", by a check;
            "unchanged", since it has the alias already; "rolled back", to the holder before.
        checks: in order; none when nothing was to be decided.
        metric, direction: that the two were compared by; empty when they were not.
        value, holder_value: of the metric; None when it is not known.
        forced: why it was promoted although a check fails; empty otherwise.
        moved_at, moved_by: UTC, ISO 8601, and the user's name; empty when nothing moved.
    """

    model: str
    version: int
    alias: str
    holder: int | None
    outcome: PromotionOutcome
    checks: tuple[PromotionCheck, ...] = ()
    metric: str = ""
    direction: str = ""
    value: float | None = None
    holder_value: float | None = None
    forced: str = ""
    moved_at: str = ""
    moved_by: str = ""

    @property
    def failures(self) -> tuple[PromotionCheck, ...]:
        """The checks that refuse it."""
        return tuple(check for check in self.checks if check.verdict == "fail")


def previous_alias(alias: str) -> str:
    """Name the alias under which the holder before is kept, for a way back."""
    return f"previous-{alias}"
