"""The arithmetic of splits, on small arrays: who shares what, who goes where, who is drawn."""

import hashlib
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audioset.curation.split.components import Codes, components
from audioset.curation.split.leaks import firsts_of, partners_of
from audioset.curation.split.plan import Candidates, draw, kept_by_dropping, plan_splits

TRAIN, VALIDATION, TEST = range(3)
SHARES = (0.5, 0.25, 0.25)


def codes(*numbers: int) -> Codes:
    return np.array(numbers, np.int64)


def candidates(*fixed: int, seconds: float = 1.0, retired: tuple[int, ...] = ()) -> Candidates:
    number = len(fixed)
    return Candidates(
        ids=[f"c{place}" for place in range(number)],
        seconds=np.full(number, seconds),
        fixed=codes(*fixed),
        active=np.array([place not in retired for place in range(number)], bool),
        first_version=np.full(number, 9, np.int64),
    )


def drawn(name: str, seed: int = 0) -> int:
    """Where a name goes, worked out from the words of `draw`."""
    number = int.from_bytes(hashlib.sha256(f"{seed} {name}".encode()).digest()[:6]) / 2**48
    return TRAIN if number < 0.5 else VALIDATION if number < 0.75 else TEST


def test_clips_that_share_something_with_one_that_shares_something_hang_together() -> None:
    labels = components([codes(0, 0, 1, -1, -1, 2), codes(-1, 5, 5, -1, -1, 6)], 6)
    assert len(set(labels.tolist())) == 4
    assert labels[0] == labels[1] == labels[2]
    assert len({labels[3], labels[4], labels[5], labels[0]}) == 4
    assert components([], 2).tolist() == [0, 1]
    assert components([], 0).tolist() == []


@given(
    kinds=st.lists(st.lists(st.integers(-1, 8), min_size=12, max_size=12), max_size=4),
    scale=st.sampled_from([1, 2, 10**12]),
)
def test_components_are_numbered_in_the_order_of_the_clips(
    kinds: list[list[int]], scale: int
) -> None:
    groups = [{clip} for clip in range(12)]
    for kind in kinds:
        for one, other in combinations(range(12), 2):
            if kind[one] == kind[other] >= 0 and groups[one] is not groups[other]:
                groups[one] |= groups[other]
                for clip in groups[other]:
                    groups[clip] = groups[one]
    firsts = sorted({min(group) for group in groups})
    scaled = [codes(*(code * scale if code >= 0 else -1 for code in kind)) for kind in kinds]
    labels = components(scaled, 12)
    assert labels.tolist() == [firsts.index(min(group)) for group in groups]


def test_the_first_of_each_group_is_found_in_each_split() -> None:
    groups, sides = codes(0, 0, 0, 1, -1, 1), codes(-1, TEST, TRAIN, -1, TEST, TEST)
    firsts = firsts_of(groups, sides, 3)
    assert firsts.shape == (3, 3)
    assert firsts[:2].tolist() == [[2, 6, 1], [6, 6, 5]]
    assert firsts_of(codes(), codes(), 3).tolist() == [[0, 0, 0]]


def test_a_clip_leaks_to_what_is_held_out_more_and_never_back() -> None:
    groups = codes(0, 0, 0, 1, 1, -1, 2)
    sides = codes(TRAIN, VALIDATION, TEST, -1, TEST, TRAIN, VALIDATION)
    assert partners_of(groups, sides, 3).tolist() == [2, 2, -1, -1, -1, -1, -1]


def test_a_name_is_drawn_by_its_hash_alone() -> None:
    names = [f"clip {number}" for number in range(200)]
    found = draw(names, SHARES, 3)
    assert found.tolist() == [drawn(name, 3) for name in names]
    assert set(found.tolist()) == {TRAIN, VALIDATION, TEST}
    assert draw(names, SHARES, 4).tolist() != found.tolist()
    assert draw(names, (0, 0, 1), 3).tolist() == [TEST] * 200
    assert draw([], SHARES, 3).tolist() == []


def test_no_clips_are_no_plan() -> None:
    plan = plan_splits(candidates(), {"speaker": codes()}, SHARES, None)
    assert (plan.sides.tolist(), plan.seed, plan.num_groups) == ([], 0, 0)
    assert plan.touched.shape == (0, 3)


def test_a_new_group_goes_where_its_oldest_clip_is_drawn() -> None:
    clips = candidates(-1, -1, -1, -1)
    clips.first_version[:] = [9, 9, 1, 9]
    plan = plan_splits(clips, {"speaker": codes(0, 0, 0, 1)}, SHARES, 5)
    assert plan.sides.tolist() == [drawn("c2", 5)] * 3 + [drawn("c3", 5)]
    assert (plan.seed, plan.num_groups) == (5, 2)
    assert not plan.touched.any()


def test_what_joins_older_clips_goes_with_them_and_what_would_leak_gets_none() -> None:
    #        old    old         new, with train; with both; hangs on it; with nobody
    clips = candidates(TRAIN, TEST, -1, -1, -1, -1)
    shared = {"speaker": codes(0, 1, 0, 0, 2, -1), "sentence": codes(-1, 4, -1, 4, -1, -1),
              "source": codes(-1, -1, 7, 7, 7, -1)}  # fmt: skip
    plan = plan_splits(clips, shared, SHARES, 5)
    assert plan.sides.tolist() == [TRAIN, TEST, TRAIN, -1, TRAIN, drawn("c5", 5)]
    assert plan.touched.tolist()[2:] == [
        [True, False, False], [True, False, True], [False] * 3, [False] * 3,
    ]  # fmt: skip
    assert plan.num_groups == 1


def test_a_clip_that_is_not_published_holds_its_split_and_gets_no_other() -> None:
    clips = candidates(TEST, -1, -1, retired=(0, 2))
    plan = plan_splits(clips, {"speaker": codes(0, 0, 0)}, SHARES, 5)
    assert plan.sides.tolist() == [TEST, TEST, -1]


def test_a_split_of_another_name_is_kept_too() -> None:
    plan = plan_splits(candidates(4, -1), {"speaker": codes(0, 0)}, SHARES, 5)
    assert plan.sides.tolist() == [4, 4]
    assert plan.touched.shape == (2, 5)


def test_the_seed_that_comes_nearest_to_the_shares_is_taken() -> None:
    clips = candidates(*[-1] * 8)
    shared = {"speaker": codes(*range(8))}

    def distance(seed: int) -> float:
        sides = [drawn(name, seed) for name in clips.ids]
        shares = [sides.count(side) / 8 for side in (TRAIN, VALIDATION, TEST)]
        return sum((is_ - want) ** 2 / want for is_, want in zip(shares, SHARES, strict=True))

    best = min(range(100), key=distance)
    assert plan_splits(clips, shared, SHARES, None).seed == best


def test_clips_that_have_a_split_count_for_the_shares() -> None:
    # Training is full already: the new ones go elsewhere, as far as a seed can bring it about.
    clips = candidates(*[TRAIN] * 4, -1, -1, -1, -1)
    shared = {"speaker": codes(*range(8))}
    plan = plan_splits(clips, shared, SHARES, None)
    assert sorted(plan.sides.tolist()[4:]) == [VALIDATION, VALIDATION, TEST, TEST]


@pytest.mark.parametrize("seed", range(6))
def test_the_common_rule_drops_what_leaks_from_what_is_held_out_less(seed: int) -> None:
    clips = candidates(-1, -1, -1, -1, seconds=2.0)
    shared = {"speaker": codes(0, 0, 1, -1), "sentence": codes(-1, 3, 3, -1)}
    first, second, alone = drawn("c0", seed), drawn("c2", seed), drawn("c3", seed)
    assert alone in {TRAIN, VALIDATION, TEST}
    # The clips 1 and 2 share a sentence: in different splits, the one held out less is dropped,
    # and nothing else of its speaker.
    lost = 0 if first == second else 2.0
    assert kept_by_dropping(clips, shared, SHARES, seed) == 8.0 - lost
