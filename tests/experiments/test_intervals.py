"""Intervals are those of the textbooks and of SciPy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audioset.experiments.compare.intervals import (
    clips_to_tell,
    difference_interval,
    mean_interval,
    runs_to_tell,
    share_difference_interval,
    wilson_interval,
)

VALUES = [0.91, 0.934, 0.902, 0.927]
OTHERS = [0.941, 0.952, 0.938]
# Both ways of the same sums, in another order.
CLOSE = {"rel": 1e-9, "abs": 1e-12}


def test_the_interval_of_a_mean_is_students() -> None:
    from scipy import stats

    found = mean_interval(VALUES)
    expected = stats.ttest_1samp(VALUES, 0).confidence_interval(0.95)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), **CLOSE)


@pytest.mark.parametrize("values", [[0.9], [0.9, 0.9, 0.9]])
def test_one_value_and_equal_values_have_no_interval(values: list[float]) -> None:
    assert mean_interval(values) is None
    assert difference_interval(values, values) is None


def test_the_interval_of_a_difference_is_welchs() -> None:
    from scipy import stats

    found = difference_interval(VALUES, OTHERS)
    expected = stats.ttest_ind(OTHERS, VALUES, equal_var=False).confidence_interval(0.95)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), **CLOSE)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_of_a_share_is_wilsons(counts: tuple[int, int]) -> None:
    from scipy import stats

    right, number = counts
    found = wilson_interval(right / number, number)
    expected = stats.binomtest(right, number).proportion_ci(0.95, method="wilson")
    assert (found.low, found.high) == pytest.approx(
        (expected.low, expected.high), rel=1e-6, abs=1e-9
    )


@pytest.mark.parametrize(
    ("after", "num_after", "before", "num_before", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 17 (1998), table II, method 10: (a) 56/70 - 48/80,
        # (b) 9/10 - 3/10, (e) 5/56 - 0/29, (h) 10/10 - 0/10.
        (56 / 70, 70, 48 / 80, 80, 0.0524, 0.3339),
        (9 / 10, 10, 3 / 10, 10, 0.1705, 0.8090),
        (5 / 56, 56, 0.0, 29, -0.0381, 0.1926),
        (1.0, 10, 0.0, 10, 0.6075, 1.0),
    ],
)
def test_the_interval_of_two_shares_is_newcombes(
    after: float, num_after: int, before: float, num_before: int, low: float, high: float
) -> None:
    found = share_difference_interval(before, num_before, after, num_after)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


def test_the_foreseen_number_of_runs_is_the_least_that_would_tell() -> None:
    before, after = [0.90, 0.92], [0.91, 0.93]
    number = runs_to_tell(before, after)
    assert number is not None

    def tells(count: int) -> bool:
        # Runs with the same mean and the same variance as the two of each.
        spread = 0.01 * (2 * (count - 1) / count) ** 0.5
        half = [mean + sign * spread for mean in (0.91, 0.92) for sign in (-1, 1)]
        low = half[:2] * (count // 2)
        high = half[2:] * (count // 2)
        found = difference_interval(low, high)
        return found is not None and not found.holds_zero()

    even = number + number % 2
    assert tells(even)
    assert not tells(even - 2)


def test_nothing_is_foreseen_where_nothing_can_be() -> None:
    assert runs_to_tell([0.9], [0.8]) is None
    assert runs_to_tell([0.9, 0.9], [0.8, 0.8]) is None
    assert runs_to_tell([0.1, 0.9], [0.1001, 0.9001]) is None
    assert clips_to_tell(0.9, 0.9) is None
    assert clips_to_tell(0.9, 0.9000001) is None


def test_the_foreseen_number_of_clips_tells_and_a_tenth_less_would_not() -> None:
    number = clips_to_tell(0.90, 0.93)
    assert number is not None
    assert not share_difference_interval(0.90, number, 0.93, number).holds_zero()
    fewer = int(number * 0.89)
    assert share_difference_interval(0.90, fewer, 0.93, fewer).holds_zero()
