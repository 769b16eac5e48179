"""Runs made by hand, as a comparison shows them."""

from functools import cache

from audioset.experiments.compare.compare import differing_params, rank
from audioset.experiments.compare.importance import explain_metric
from audioset.experiments.compare.learning_curve import learning_curve
from audioset.records.comparison import ComparedRun, Comparison
from audioset.records.identity import VersionRef
from audioset.records.lineage import LinkedModel
from audioset.records.metric import usual_direction

DIGEST = "d" * 64
HOURS = {1: 1.0, 2: 2.5, 3: 4.0, 4: 8.0}


def make_run(
    number: int,
    version: int | None = 1,
    *,
    condition: str = "",
    params: dict[str, str] | None = None,
    metrics: dict[str, float] | None = None,
    test_digest: str = DIGEST,
    num_test: int | None = None,
    model: LinkedModel | None = None,
) -> ComparedRun:
    """Make a run on `scots@v<version>`; None is a run that pinned nothing."""
    data = f"scots@v{version}" if version else ""
    return ComparedRun(
        run_id=f"{number:032x}",
        name=f"run {number}",
        experiment="scots-training",
        status="FINISHED",
        started_at=f"2026-11-01T00:{number // 60:02d}:{number % 60:02d}+00:00",
        data=f"{data}?{condition}" if condition else data,
        version=VersionRef("scots", version) if version else None,
        condition=condition,
        num_clips=round(HOURS[version] * 1000) if version else None,
        hours=HOURS[version] if version else None,
        test="scots@v1" if test_digest else "",
        test_digest=test_digest,
        num_test=num_test,
        params=params or {},
        metrics=metrics or {},
        models=(model,) if model else (),
        parent_id="",
    )


def seeded(
    first: int, version: int, values: list[float], metric: str = "test_accuracy"
) -> list[ComparedRun]:
    """Make runs that differ in the seed alone: 0, 1, 2 and so on."""
    return [
        make_run(first + seed, version, params={"seed": str(seed)}, metrics={metric: value})
        for seed, value in enumerate(values)
    ]


def make_comparison(runs: list[ComparedRun], metric: str = "test_accuracy") -> Comparison:
    """Compare runs made by hand, with all that a report shows."""
    direction = usual_direction(metric)
    names = {name for run in runs for name in run.metrics}
    return Comparison(
        subject="all runs on scots",
        metric=metric,
        direction=direction,
        runs=rank(runs, metric, direction),
        metrics=tuple(sorted(names, key=lambda name: (name != metric, name))),
        params=differing_params(runs),
        curve=learning_curve(runs, metric, direction),
        importance=explain_metric(runs, metric),
    )


def searched(number: int = 24) -> list[ComparedRun]:
    """Make runs as a search makes them, with numbers and texts that differ, on three versions."""
    return [
        make_run(
            place,
            1 + place % 3,
            num_test=200,
            params={
                "depth": str(place % 5),
                "rate": f"{10 ** -(place % 4):g}",
                "kind": "ab"[place % 2],
                "seed": str(place),
            },
            metrics={
                "test_accuracy": 0.5 + 0.05 * (place % 5) + 0.02 * (place % 3),
                "test_wer": 0.4 - 0.03 * (place % 5),
            },
        )
        for place in range(number)
    ]


@cache
def searched_comparison() -> Comparison:
    """Compare the runs of a search; made once, since a forest takes its time."""
    return make_comparison(searched())
