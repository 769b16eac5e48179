"""What a learning curve concludes: only what the runs show, of like with like."""

import pytest

from audioset.experiments.compare.learning_curve import learning_curve
from audioset.records.comparison import LearningCurve, is_seed
from audioset.records.metric import is_test_proportion, usual_direction
from tests.experiments.compared import make_run, seeded

METRIC = "test_accuracy"


def curve_of(runs: list, metric: str = METRIC, direction: str = "max") -> LearningCurve:
    curve = learning_curve(runs, metric, direction)
    assert curve is not None
    return curve


def test_runs_that_differ_in_the_seed_give_a_t_interval_and_are_paired() -> None:
    runs = [*seeded(0, 1, [0.80, 0.84, 0.79]), *seeded(10, 2, [0.85, 0.88, 0.84])]
    curve = curve_of(runs)
    assert [point.data for point in curve.points] == ["scots@v1", "scots@v2"]
    assert [point.basis for point in curve.points] == ["t of 3 runs"] * 2
    assert curve.points[0].mean == pytest.approx(0.81)
    (step,) = curve.steps
    # Differences 0.05, 0.04, 0.05: mean 0.046667, half of the interval 4.30265 * 0.0033333.
    assert (step.low, step.high) == pytest.approx((0.032324, 0.061009), abs=1e-6)
    assert (step.basis, step.verdict) == ("paired by 3 seeds", "better")
    assert step.words.startswith("scots@v2 is better than scots@v1: test_accuracy +0.0467")


def test_other_seeds_are_not_paired() -> None:
    runs = [*seeded(0, 1, [0.80, 0.84, 0.79]), *seeded(10, 2, [0.85, 0.88, 0.84, 0.86])]
    (step,) = curve_of(runs).steps
    assert step.basis == "Welch's t, 3 and 4 runs"
    assert step.low is not None


def test_an_interval_that_holds_zero_shows_nothing_and_says_what_would() -> None:
    runs = [
        *(make_run(n, 1, metrics={METRIC: v}) for n, v in enumerate([0.80, 0.84, 0.79])),
        *(make_run(9 + n, 2, metrics={METRIC: v}) for n, v in enumerate([0.81, 0.85, 0.82])),
    ]
    (step,) = curve_of(runs).steps
    assert step.verdict == "open"
    assert "scots@v2 is not shown to differ from scots@v1" in step.words
    assert step.words.endswith(" runs of each would show such a difference")


def test_less_is_better_where_it_is() -> None:
    runs = [*seeded(0, 1, [0.30, 0.31], "test_wer"), *seeded(10, 2, [0.20, 0.21], "test_wer")]
    assert usual_direction("test_wer") == "min"
    assert curve_of(runs, "test_wer", "min").steps[0].verdict in ("better", "unknown")
    runs = [*seeded(0, 1, [0.3, 0.31], "test_wer"), *seeded(10, 2, [0.2, 0.211], "test_wer")]
    assert curve_of(runs, "test_wer", "min").steps[0].verdict == "better"
    assert curve_of(runs, "test_wer", "max").steps[0].verdict == "worse"


def test_one_run_has_an_interval_by_its_test_clips_alone() -> None:
    runs = [
        make_run(1, 1, metrics={METRIC: 0.8}, num_test=200),
        make_run(2, 2, metrics={METRIC: 0.83}, num_test=200),
    ]
    curve = curve_of(runs)
    assert curve.points[0].basis == "Wilson, 200 test clips"
    assert curve.points[0].low == pytest.approx(0.739145, abs=1e-6)
    assert curve.steps[0].basis == "Newcombe, 200 and 200 test clips"
    assert curve.steps[0].verdict == "open"
    assert curve.steps[0].words.endswith(" test clips would show such a difference")


@pytest.mark.parametrize(
    ("metric", "num_test", "reason"),
    [
        (METRIC, None, "did not log how many test clips there were (num_test)"),
        ("test_f1_macro", 200, "test_f1_macro is not a share of test clips; more seeds would tell"),
        ("train_accuracy", 200, "train_accuracy is not a share of test clips"),
    ],
)
def test_without_grounds_there_is_no_interval_and_the_reason_is_given(
    metric: str, num_test: int | None, reason: str
) -> None:
    runs = [make_run(v, v, metrics={metric: 0.8 + v / 100}, num_test=num_test) for v in (1, 2)]
    curve = curve_of(runs, metric)
    for point in curve.points:
        assert point.low is None
        assert reason in point.basis
    assert curve.steps[0].verdict == "unknown"
    assert reason in curve.steps[0].words


def test_runs_with_the_same_value_are_not_certain() -> None:
    runs = [*seeded(0, 1, [0.8, 0.8]), *seeded(10, 2, [0.9, 0.9])]
    curve = curve_of(runs)
    assert curve.points[0].low is None
    assert curve.steps[0].verdict == "unknown"


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        ({"test_digest": "e" * 64}, "they were tested on different clips"),
        ({"test_digest": "", "num_test": 99}, "tested on different numbers of clips, 99 and 200"),
    ],
)
def test_scores_on_other_clips_are_not_compared(second: dict, reason: str) -> None:
    first = {"num_test": 200} if "num_test" in second else {}
    runs = [
        make_run(1, 1, metrics={METRIC: 0.8}, **first),
        make_run(2, 2, metrics={METRIC: 0.9}, **second),
    ]
    (step,) = curve_of(runs).steps
    assert (step.verdict, step.low) == ("incomparable", None)
    assert reason in step.words


def test_a_curve_whose_tests_are_not_told_says_so() -> None:
    runs = [make_run(v, v, metrics={METRIC: 0.8}, test_digest="") for v in (1, 2)]
    assert any("2 of 2 runs do not tell which clips" in note for note in curve_of(runs).notes)


def test_like_is_compared_with_like() -> None:
    runs = [
        make_run(1, 1, params={"depth": "3", "seed": "0"}, metrics={METRIC: 0.70}),
        make_run(2, 1, params={"depth": "9", "seed": "0"}, metrics={METRIC: 0.99}),
        make_run(3, 2, params={"depth": "3", "seed": "1"}, metrics={METRIC: 0.80}),
    ]
    curve = curve_of(runs)
    assert [point.mean for point in curve.points] == [0.70, 0.80]
    assert curve.num_left_out == 1
    assert "1 run has other settings" in curve.notes[0]


def test_runs_that_have_nothing_in_common_have_no_interval() -> None:
    runs = [
        make_run(n, 1 + n // 2, params={"depth": str(n)}, metrics={METRIC: n / 10})
        for n in range(4)
    ]
    curve = curve_of(runs)
    assert [point.mean for point in curve.points] == pytest.approx([0.05, 0.25])
    assert all("differ in more than the seed" in point.basis for point in curve.points)
    assert curve.steps[0].verdict == "unknown"


def test_views_and_other_datasets_have_curves_of_their_own() -> None:
    runs = [
        make_run(1, 1, metrics={METRIC: 0.7}),
        make_run(2, 3, metrics={METRIC: 0.8}),
        make_run(3, 1, condition="snr_db > 20", metrics={METRIC: 0.6}),
    ]
    curve = curve_of(runs)
    assert len(curve.points) == 3
    assert [(step.before, step.after) for step in curve.steps] == [("scots@v1", "scots@v3")]


def test_there_is_no_curve_without_the_metric_or_without_versions() -> None:
    assert learning_curve([make_run(1, 1), make_run(2, None)], METRIC, "max") is None
    assert learning_curve([make_run(1, None, metrics={METRIC: 1})], METRIC, "max") is None


def test_names_tell_what_params_and_metrics_are() -> None:
    assert [is_seed(n) for n in ("seed", "svc__random_state", "data_seed", "seeds")] == [
        True,
        True,
        True,
        False,
    ]
    metrics = {
        "wer": "min",
        "val_loss": "min",
        "accuracy": "max",
        "f1": "max",
        "error_rate": "min",
        "per_class_f1": "max",
    }
    assert {name: usual_direction(name) for name in metrics} == metrics
    shares = (
        "test_accuracy",
        "accuracy",
        "cv_accuracy",
        "val_acc",
        "training_accuracy_score",
        "f1",
    )
    assert [is_test_proportion(name) for name in shares] == [True, True, False, False, False, False]
