"""What explains a metric is found where it was planted, and refused where there is nothing."""

import numpy as np

from audioset.experiments.compare.importance import LEAST_RUNS, explain_metric
from audioset.records.comparison import ComparedRun
from tests.experiments.compared import make_run

METRIC = "test_accuracy"


def runs_with(number: int, *, noise: float = 0.005) -> list[ComparedRun]:
    """Make runs of which the depth explains most, the data a little, and colour nothing."""
    random = np.random.default_rng(7)
    runs = []
    for place in range(number):
        depth, version = int(random.integers(1, 9)), int(random.integers(1, 4))
        params = {
            "depth": str(depth),
            "colour": str(random.choice(["red", "blue", "green"])),
            "note": f"run number {place}",
            "data_version": f"scots@v{version}",
        }
        value = 0.5 + 0.04 * depth + 0.015 * version + random.normal(0, noise)
        runs.append(make_run(place, version, params=params, metrics={METRIC: float(value)}))
    return runs


def test_the_planted_param_is_found_and_what_tells_nothing_is_not() -> None:
    found = explain_metric(runs_with(40), METRIC)
    assert found.refused == ""
    assert [param.name for param in found.params][:2] == [
        "depth",
        "data + training hours + training clips",
    ]
    by_name = {param.name: param for param in found.params}
    assert (
        by_name["depth"].importance
        > 3 * by_name["data + training hours + training clips"].importance
    )
    assert abs(by_name["colour"].importance) < 0.02
    assert "note" not in by_name, "another text in every run is the name of the run"
    assert found.explained is not None
    assert found.explained > 0.8
    assert found.num_runs == 40


def test_few_runs_are_refused() -> None:
    found = explain_metric(runs_with(LEAST_RUNS - 1), METRIC)
    assert found.params == ()
    assert found.refused == "9 runs have test_accuracy; it takes at least 10"


def test_noise_is_refused() -> None:
    random = np.random.default_rng(3)
    runs = [
        make_run(n, 1, params={"depth": str(n % 7)}, metrics={METRIC: float(random.normal())})
        for n in range(30)
    ]
    found = explain_metric(runs, METRIC)
    assert "explains nothing" in found.refused
    assert found.params == ()


def test_what_does_not_vary_is_refused() -> None:
    same = [make_run(n, 1, params={"a": str(n)}, metrics={METRIC: 0.5}) for n in range(12)]
    assert "is the same in all 12 runs" in explain_metric(same, METRIC).refused
    alike = [make_run(n, 1, metrics={METRIC: n / 12}) for n in range(12)]
    assert "do not differ in any param" in explain_metric(alike, METRIC).refused


def test_params_that_some_runs_lack_and_odd_numbers_do_no_harm() -> None:
    runs = runs_with(20)
    odd = [
        make_run(90 + n, 1, params={"depth": text}, metrics={METRIC: 0.6})
        for n, text in enumerate(["nan", "inf", ""])
    ]
    assert (
        explain_metric([*runs, *odd, make_run(99, 2, metrics={METRIC: 0.6})], METRIC).num_runs == 24
    )
