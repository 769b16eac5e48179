"""A metric over the versions of a dataset: what can be concluded, and what cannot."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import fmean
from typing import Literal

from audioset.experiments.compare.intervals import (
    Interval,
    clips_to_tell,
    difference_interval,
    mean_interval,
    runs_to_tell,
    share_difference_interval,
    wilson_interval,
)
from audioset.records.comparison import ComparedRun, CurvePoint, CurveStep, LearningCurve
from audioset.records.metric import Direction, is_test_proportion

StepVerdict = Literal["better", "worse", "open", "unknown", "incomparable"]
RunGroup = Sequence[ComparedRun]
_Key = tuple[str, str, int]  # dataset, condition, version
_T_NOTE = (
    "Intervals over several runs cover the luck of training; not that other test clips might give "
    "another result."
)
_SHARE_NOTE = (
    "Intervals by the number of test clips take each clip as a trial of its own; clips of one "
    "speaker or one talk resemble each other, so the truth is less certain."
)
_MANY_NOTE = "Each interval holds by itself: of 20 such differences, one looks real by chance."


def learning_curve(
    runs: Iterable[ComparedRun], metric: str, direction: Direction
) -> LearningCurve | None:
    """Draw conclusions from one metric over the versions that runs were trained on.

    Like is compared with like: where runs with the same settings (all chosen params but seeds) were
    trained on several versions, those count and the others do not.

    Args:
        runs: of any data; those on no version, or on several at once, are not used.
        metric: the runs without it are not used.
        direction: which way it is better.

    Returns:
        None when no run can be used.
    """
    groups: dict[_Key, list[ComparedRun]] = defaultdict(list)
    for run in runs:
        if metric in run.metrics and run.version is not None:
            groups[run.version.dataset, run.condition, run.version.version].append(run)
    if not groups:
        return None
    kept = _like_with_like(groups)
    keys = sorted(kept)
    steps = [
        _step(kept[one], kept[other], metric, direction)
        for one, other in pairwise(keys)
        if one[:2] == other[:2]
    ]
    points = [_point(kept[key], metric) for key in keys]
    num_left_out = sum(map(len, groups.values())) - sum(map(len, kept.values()))
    notes = _notes(points, steps, [run for key in keys for run in kept[key]], num_left_out)
    return LearningCurve(
        points=tuple(points), steps=tuple(steps), num_left_out=num_left_out, notes=tuple(notes)
    )


def _like_with_like(groups: dict[_Key, list[ComparedRun]]) -> dict[_Key, list[ComparedRun]]:
    """Keep the runs with the settings that were tried on most versions, if on more than one."""
    versions = Counter(
        settings for group in groups.values() for settings in {run.settings for run in group}
    )
    runs = Counter(run.settings for group in groups.values() for run in group)
    settings = max(versions, key=lambda one: (versions[one], runs[one], sorted(one)))
    if versions[settings] < 2 and len(groups) > 1:
        return groups
    kept = {
        key: [run for run in group if run.settings == settings] for key, group in groups.items()
    }
    return {key: group for key, group in kept.items() if group}


def _point(group: RunGroup, metric: str) -> CurvePoint:
    values = [run.metrics[metric] for run in group]
    interval, basis = _interval(group, metric)
    first = group[0]
    return CurvePoint(
        data=first.data,
        version=first.version.version if first.version is not None else 0,
        num_clips=_mean([run.num_clips for run in group]),
        hours=_mean([run.hours for run in group]),
        run_ids=tuple(run.run_id for run in group),
        values=tuple(values),
        mean=fmean(values),
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        basis=basis,
    )


def _interval(group: RunGroup, metric: str) -> tuple[Interval | None, str]:
    """Give the interval of what a group of runs reached, and what it rests on or why not."""
    values = [run.metrics[metric] for run in group]
    if len({run.settings for run in group}) > 1:
        return None, "no interval: its runs differ in more than the seed"
    if interval := mean_interval(values):
        return interval, f"t of {len(values)} runs"
    number = _num_trials(group, metric)
    if number is not None:
        return wilson_interval(values[0], number), f"Wilson, {number:,} test clips"
    return None, f"no interval: {_why_none(group, metric)}"


def _why_none(group: RunGroup, metric: str) -> str:
    runs = "one run" if len(group) == 1 else f"{len(group)} runs with the same value"
    if not is_test_proportion(metric):
        return f"{runs}, and {metric} is not a share of test clips; more seeds would tell"
    return f"{runs}, which did not log how many test clips there were (num_test)"


def _num_trials(group: RunGroup, metric: str) -> int | None:
    """Give the test clips behind a share; None when it is none, or the runs do not agree on it."""
    numbers = {run.num_test for run in group}
    value = group[0].metrics[metric]
    number = numbers.pop() if len(numbers) == 1 else None
    return number if number and is_test_proportion(metric) and 0 <= value <= 1 else None


def _step(before: RunGroup, after: RunGroup, metric: str, direction: Direction) -> CurveStep:
    ones = [run.metrics[metric] for run in before]
    others = [run.metrics[metric] for run in after]
    difference = fmean(others) - fmean(ones)
    interval, basis = _difference(before, after, metric)
    verdict = judge(difference, interval, direction)
    if reason := _why_incomparable(before, after):
        interval, basis, verdict = None, reason, "incomparable"
    names = before[0].data, after[0].data
    words = _words(*names, f"{metric} {difference:+.3g}", interval, basis, verdict)
    if verdict == "open":
        words += _advice(before, after, metric)
    return CurveStep(
        before=names[0],
        after=names[1],
        difference=difference,
        basis=basis,
        words=words,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        verdict=verdict,
    )


def judge(difference: float, interval: Interval | None, direction: Direction) -> StepVerdict:
    """Say what a difference shows, by its interval."""
    if interval is None:
        return "unknown"
    if interval.holds_zero():
        return "open"
    return "better" if (difference > 0) == (direction == "max") else "worse"


def _difference(before: RunGroup, after: RunGroup, metric: str) -> tuple[Interval | None, str]:
    ones = [run.metrics[metric] for run in before]
    others = [run.metrics[metric] for run in after]
    if any(len({run.settings for run in group}) > 1 for group in (before, after)):
        return None, "the runs differ in more than the seed"
    if pairs := _by_seed(before, after, metric):
        if interval := mean_interval([other - one for one, other in pairs]):
            return interval, f"paired by {len(pairs)} seeds"
    elif interval := difference_interval(ones, others):
        return interval, f"Welch's t, {len(ones)} and {len(others)} runs"
    numbers = [_num_trials(group, metric) for group in (before, after)]
    constant = len(set(ones)) == len(set(others)) == 1
    if constant and numbers[0] and numbers[1]:
        interval = share_difference_interval(ones[0], numbers[0], others[0], numbers[1])
        return interval, f"Newcombe, {numbers[0]:,} and {numbers[1]:,} test clips"
    few = next(group for group in (before, after) if len(group) == min(map(len, (before, after))))
    return None, _why_none(few, metric)


def _by_seed(before: RunGroup, after: RunGroup, metric: str) -> list[tuple[float, float]]:
    """Pair the values of runs with equal seeds; nothing unless all runs have a partner."""
    ones, others = ({run.seed: run.metrics[metric] for run in group} for group in (before, after))
    if "" in ones or set(ones) != set(others) or len(ones) < 2:
        return []
    if len(ones) < len(before) or len(others) < len(after):
        return []
    return [(ones[seed], others[seed]) for seed in sorted(ones)]


def _why_incomparable(before: RunGroup, after: RunGroup) -> str:
    digests = [{run.test_digest for run in group} for group in (before, after)]
    if all(len(known) == 1 and "" not in known for known in digests):
        return "" if digests[0] == digests[1] else "they were tested on different clips"
    if any(len(known - {""}) > 1 for known in digests):
        return "runs of one version were tested on different clips"
    numbers = {run.num_test for run in (*before, *after)} - {None}
    if len(numbers) > 1:
        counts = " and ".join(f"{number:,}" for number in sorted(n for n in numbers if n))
        return f"they were tested on different numbers of clips, {counts}"
    return ""


def _words(
    before: str,
    after: str,
    change: str,
    interval: Interval | None,
    basis: str,
    verdict: StepVerdict,
) -> str:
    if verdict == "incomparable":
        return f"{after} cannot be compared with {before}: {basis}"
    if interval is None:
        return f"{after} against {before}: {change}; how certain that is, is not known: {basis}"
    told = f"{change}, 95 % interval {interval.low:+.3g} to {interval.high:+.3g} ({basis})"
    if verdict == "open":
        return f"{after} is not shown to differ from {before}: {told}"
    return f"{after} is {verdict} than {before}: {told}"


def _advice(before: RunGroup, after: RunGroup, metric: str) -> str:
    """Say what would show such a difference, where that can be foreseen."""
    ones = [run.metrics[metric] for run in before]
    others = [run.metrics[metric] for run in after]
    if runs := runs_to_tell(ones, others):
        return f"; with this spread, about {runs} runs of each would show such a difference"
    if len(ones) == len(others) == 1 and (clips := clips_to_tell(ones[0], others[0])):
        return f"; with one run each, about {clips:,} test clips would show such a difference"
    return ""


def _notes(
    points: Sequence[CurvePoint], steps: Sequence[CurveStep], runs: RunGroup, num_left_out: int
) -> Iterable[str]:
    if len(points) == 1:
        yield f"All these runs are on {points[0].data}: a learning curve needs a second version."
    if num_left_out:
        have = "1 run has" if num_left_out == 1 else f"{num_left_out:,} runs have"
        yield (
            f"{have} other settings than those that were tried on most versions: shown, but not "
            "counted."
        )
    untold = sum(not run.test_digest for run in runs)
    if untold and steps:
        yield (
            f"{untold:,} of {len(runs):,} runs do not tell which clips they were tested on; that "
            "all were tested on the same is taken for granted. frozen_test= tells it."
        )
    if any(" runs" in point.basis and point.low is not None for point in points):
        yield _T_NOTE
    if any(point.basis.startswith("Wilson") for point in points):
        yield _SHARE_NOTE
    if sum(step.low is not None for step in steps) > 1:
        yield _MANY_NOTE


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known and len(known) == len(values) else None
