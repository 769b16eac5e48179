"""95 % intervals: of a mean over few runs, of a share of test clips, and of differences of both."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

CONFIDENCE = 0.95
_MAX_RUNS_FORESEEN = 200  # beyond, "more runs" is no advice
_MAX_CLIPS_FORESEEN = 1_000_000


@dataclass(frozen=True, slots=True)
class Interval:
    """An interval that holds the true value in 95 of 100 cases."""

    low: float
    high: float

    def holds_zero(self) -> bool:
        """Tell whether zero lies in it, its ends included."""
        return self.low <= 0 <= self.high


def mean_interval(values: Sequence[float]) -> Interval | None:
    """Give Student's t interval of a mean; None of fewer than two values, or of equal ones.

    Equal values say that the seed changes nothing, not that the mean is certain.
    """
    if len(values) < 2 or min(values) == max(values):
        return None
    half = _t(len(values) - 1) * stdev(values) / math.sqrt(len(values))
    middle = fmean(values)
    return Interval(middle - half, middle + half)


def difference_interval(before: Sequence[float], after: Sequence[float]) -> Interval | None:
    """Give Welch's interval of the difference of two means, after minus before.

    None when one of them has fewer than two values, or when neither varies.
    """
    if min(len(before), len(after)) < 2:
        return None
    parts = [stdev(values) ** 2 / len(values) for values in (before, after)]
    if not sum(parts):
        return None
    half = _t(_welch_freedom(parts, [len(before), len(after)])) * math.sqrt(sum(parts))
    middle = fmean(after) - fmean(before)
    return Interval(middle - half, middle + half)


def wilson_interval(share: float, number: int) -> Interval:
    """Give Wilson's interval of a share of `number` independent trials."""
    z = _z()
    scale = 1 + z**2 / number
    middle = (share + z**2 / (2 * number)) / scale
    half = z * math.sqrt(share * (1 - share) / number + z**2 / (4 * number**2)) / scale
    return Interval(middle - half, middle + half)


def share_difference_interval(
    before: float, num_before: int, after: float, num_after: int
) -> Interval:
    """Give Newcombe's interval of the difference of two independent shares, after minus before.

    Of two models on the same clips it is too wide rather than too narrow, since the same clips are
    hard for both: which clips each got right would tell more (McNemar), but is not logged.
    """
    one, other = wilson_interval(before, num_before), wilson_interval(after, num_after)
    middle = after - before
    return Interval(
        middle - math.hypot(after - other.low, one.high - before),
        middle + math.hypot(other.high - after, before - one.low),
    )


def runs_to_tell(before: Sequence[float], after: Sequence[float]) -> int | None:
    """Foresee how many runs of each would show the difference, if it and the spread stay.

    None when it cannot be foreseen (fewer than two runs of each, no spread, no difference), or
    when it would take more than 200.
    """
    difference = abs(fmean(after) - fmean(before))
    if min(len(before), len(after)) < 2 or not difference:
        return None
    variances = [stdev(values) ** 2 for values in (before, after)]
    if not sum(variances):
        return None
    for number in range(2, _MAX_RUNS_FORESEEN + 1):
        parts = [variance / number for variance in variances]
        half = _t(_welch_freedom(parts, [number, number])) * math.sqrt(sum(parts))
        if half < difference:
            return max(number, len(before) + 1, len(after) + 1)
    return None


def clips_to_tell(before: float, after: float) -> int | None:
    """Foresee how many test clips would show the difference of two shares, if they stay.

    None when there is no difference, or when it would take more than a million.
    """
    if before == after:
        return None
    number = 10
    while number <= _MAX_CLIPS_FORESEEN:
        if not share_difference_interval(before, number, after, number).holds_zero():
            return number
        number = math.ceil(number * 1.1)
    return None


def _welch_freedom(parts: Sequence[float], numbers: Sequence[int]) -> float:
    """Give the degrees of freedom after Welch and Satterthwaite; `parts` are variance / number."""
    divisor = sum(part**2 / (number - 1) for part, number in zip(parts, numbers, strict=True))
    return float(sum(parts) ** 2 / divisor)


def _t(freedom: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + CONFIDENCE) / 2))


def _z() -> float:
    from scipy.special import ndtri

    return float(ndtri((1 + CONFIDENCE) / 2))
