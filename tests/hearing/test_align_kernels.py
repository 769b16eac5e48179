"""The decoder's inner loops find what a plain search finds."""

from itertools import pairwise, product

import numpy as np
import pytest
from numpy.typing import NDArray

from audioset.hearing.align.decoder import kernels
from audioset.hearing.align.decoder.decode import Found, LinePlan, Scene, Windows, decode
from audioset.hearing.align.decoder.emission import SILENT_IN_LINE, Emission
from audioset.hearing.align.voices.espeak import speak
from audioset.hearing.align.voices.templates import make_templates
from audioset.records.lines import Line

_STAY, _SKIP, _NUM_FRAMES = 0.12, 0.7, 9


def _ways(num_frames: int, num_states: int) -> list[tuple[int, ...]]:
    """Give all ways of frames from the first state to the last, by 0, 1 or 2 states at a time."""
    ways = []
    for steps in product((0, 1, 2), repeat=num_frames - 1):
        if sum(steps) == num_states - 1:
            ways.append((0, *np.cumsum(steps).tolist()))
    return ways


def _cost(way: tuple[int, ...], costs: NDArray[np.float32], leap: float) -> float:
    total = float(sum(costs[frame, state] for frame, state in enumerate(way)))
    for one, other in pairwise(way):
        total += (_STAY, 0.0, leap)[other - one]
    return total


@pytest.mark.parametrize("num_states", [1, 2, 3, 5, 8])
def test_trace_is_the_cheapest_way(num_states: int) -> None:
    for seed in range(6):
        costs = np.random.default_rng(seed).normal(0, 1, (6, num_states)).astype(np.float32)
        leaps = np.full(num_states, 0.3, np.float32)
        states, mean = kernels.trace(costs, _STAY, leaps)
        best = min(_ways(6, num_states), key=lambda way: _cost(way, costs, 0.3))
        assert tuple(states.tolist()) == best
        assert mean == pytest.approx(float(costs[range(6), best].mean()), abs=1e-5)


def _cheapest(costs: NDArray[np.float32], plan: LinePlan, windows: Windows) -> list[Found]:
    """Give the best spans of two lines, by trying all of them."""
    spans: list[list[tuple[float, list[Found]]]] = []
    for line, (low, high) in enumerate(pairwise(plan.at.tolist())):
        some: list[tuple[float, list[Found]]] = [(_SKIP, [])]
        opens, closes = int(windows.opens[line]), int(windows.closes[line])
        for start in range(opens, closes):
            for end in range(start + 1, closes + 1):
                part = costs[start:end, low:high]
                each = [_cost(way, part, 0.12) for way in _ways(end - start, high - low)]
                if each:
                    some.append((min(each), [Found(line, start, end)]))
        spans.append(some)
    both = (
        (one + two, [*first, *second])
        for (one, first), (two, second) in product(*spans)
        if not first or not second or first[0].end <= second[0].start
    )
    return min(both, key=lambda each: each[0])[1]


@pytest.mark.parametrize("sizes", [(1, 3), (2, 2), (3, 1), (4, 3)])
def test_lines_are_where_their_cost_is_least(sizes: tuple[int, int]) -> None:
    found_any = 0
    for seed in range(8):
        rng = np.random.default_rng(seed)
        at = np.cumsum([0, *sizes]).astype(np.int64)
        costs = rng.normal(0.2, 1, (_NUM_FRAMES, at[-1])).astype(np.float32)
        plan = LinePlan(
            at,
            np.full(2, _SKIP, np.float32),
            np.full(2, np.inf, np.float32),
            np.full(int(at[-1]), 0.12, np.float32),
        )
        scene = Scene(np.zeros(_NUM_FRAMES, np.float32), np.zeros(_NUM_FRAMES + 1, np.float32))
        windows = Windows(np.array([0, 2], np.int64), np.array([6, _NUM_FRAMES], np.int64))
        found = decode(
            plan,
            scene,
            lambda start, end, first, last, costs=costs: costs[start:end, first:last].copy(),
            windows=windows,
        )
        assert found == _cheapest(costs, plan, windows)
        found_any += len(found)
    assert found_any > 8


def test_costs_are_scaled_distances_and_those_of_phones() -> None:
    templates = make_templates(speak([Line(number=1, text="a red house")], "en"), 26)
    rng = np.random.default_rng(0)
    cepstra = rng.normal(0, 1, (40, templates.cepstra.shape[1])).astype(np.float32)
    silent = np.arange(40) % 5 == 0
    phones = rng.normal(0, 1, (40, len(templates.names))).astype(np.float32)
    alone = Emission(cepstra, silent, templates)
    both = alone.with_phones(phones, 0.5)
    last = int(templates.at[-1])
    distances = np.linalg.norm(cepstra[:, None] - templates.cepstra[None], axis=2)
    plain, found = alone.costs(3, 30, 2, last), both.costs(3, 30, 2, last)
    # What a frame costs grows with its distance, by the same factor everywhere.
    sound = ~silent[3:30]
    rises = np.diff(plain[sound], axis=1) / np.diff(distances[3:30, 2:][sound], axis=1)
    assert np.median(rises) > 0
    assert plain[sound] - plain[sound][:, :1] == pytest.approx(
        np.median(rises) * (distances[3:30, 2:] - distances[3:30, 2:3])[sound], abs=1e-3
    )
    assert found[sound] == pytest.approx(
        0.5 * plain[sound] + phones[3:30][:, templates.phones[2:]][sound], abs=1e-4
    )
    assert set(np.unique(found[~sound]).tolist()) <= {0.0, float(np.float32(SILENT_IN_LINE))}
