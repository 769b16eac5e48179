"""The order of an epoch and the division into batches."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audioset.errors import InvalidInputError
from audioset.training.order import divide, epoch_order, order_key, scatter, stretch_windows

ids = st.lists(st.text("abc123-", min_size=1, max_size=8), unique=True, max_size=40)
lengths = st.lists(st.floats(0.01, 60), min_size=1, max_size=60)


@given(ids, st.integers(), st.integers())
def test_an_epoch_has_every_clip_once(clip_ids: list[str], seed: int, epoch: int) -> None:
    order = epoch_order(clip_ids, digest="d", split=None, seed=seed, epoch=epoch)
    assert sorted(order) == list(range(len(clip_ids)))


def test_the_order_is_fixed_for_ever() -> None:
    clip_ids = [f"clip-{number}" for number in range(8)]
    order = epoch_order(clip_ids, digest="ab" * 32, split="train", seed=7, epoch=2)
    assert order == [3, 2, 6, 5, 1, 4, 7, 0]


def test_digest_split_seed_and_epoch_each_change_the_order() -> None:
    clip_ids = [f"clip-{number}" for number in range(50)]
    base = {"digest": "d", "split": "train", "seed": 0, "epoch": 0}
    orders = [
        epoch_order(clip_ids, **{**base, **change})
        for change in ({}, {"digest": "e"}, {"split": None}, {"seed": 1}, {"epoch": 1})
    ]
    assert all(one != other for one in orders for other in orders if one is not other)


def test_two_clips_keep_their_order_whatever_else_there_is() -> None:
    few = ["a", "b"]
    many = ["a", "b", *(f"c{number}" for number in range(30))]
    keys = {"digest": "d", "split": None, "seed": 0, "epoch": 0}
    order = epoch_order(many, **keys)
    assert (order.index(0) < order.index(1)) == (epoch_order(few, **keys)[0] == 0)


@given(lengths, st.integers(1, 9))
def test_batches_by_clips_are_full_but_the_last(lengths_seconds: list[float], clips: int) -> None:
    order = list(range(len(lengths_seconds)))
    batches = list(divide(order, lengths_seconds, clips=clips, seconds=None))
    assert [position for batch in batches for position in batch] == order
    assert all(len(batch) == clips for batch in batches[:-1])
    assert 1 <= len(batches[-1]) <= clips


@given(lengths, st.floats(0.5, 120))
def test_batches_by_seconds_hold_what_fits_and_no_less(
    lengths_seconds: list[float], seconds: float
) -> None:
    order = list(range(len(lengths_seconds)))
    batches = list(divide(order, lengths_seconds, clips=None, seconds=seconds))
    assert [position for batch in batches for position in batch] == order
    for batch, following in zip(batches, [*batches[1:], []], strict=True):
        total = sum(lengths_seconds[position] for position in batch)
        assert total <= seconds + 1e-9 or len(batch) == 1
        if following:
            assert total + lengths_seconds[following[0]] > seconds - 1e-9


@pytest.mark.parametrize(
    ("clips", "seconds"), [(None, None), (4, 1.0), (0, None), (None, 0.0), (None, float("nan"))]
)
def test_a_batch_size_that_makes_no_sense_is_refused(
    clips: int | None, seconds: float | None
) -> None:
    with pytest.raises(InvalidInputError, match="a batch"):
        divide([0], [1.0], clips=clips, seconds=seconds)


def windows(
    sizes: list[int], key: int, window_bytes: int, stretches: int, lanes: int = 1
) -> tuple[list[int], list[list[list[int]]]]:
    made = stretch_windows(
        np.array(sizes, np.uint32),
        key=key,
        window_bytes=window_bytes,
        window_stretches=stretches,
        lanes=lanes,
        lane_clips=1,
    )
    return made.starts.tolist(), [[part.tolist() for part in lane] for lane in made.lanes]


def test_windows_are_ordered_as_ever_and_the_first_stretch_ends_anywhere() -> None:
    assert windows([1] * 7, 9, 100, 1) == ([0, 7], [[[0, 2, 1, 6, 3, 4, 5]]])
    assert windows([1] * 7, 10, 4, 2) == ([0, 2, 4, 6, 7], [[[4, 1, 0, 5], [6, 3, 2]]])
    assert windows([3, 1, 1, 9, 1, 1, 1, 1], 5, 8, 3, lanes=2) == (
        [0, 1, 3, 4, 5, 7, 8],
        [[[5], [3], [1]], [[6, 4], [], [2, 7, 0]]],
    )
    assert windows([], 1, 1, 1) == ([0], [])
    assert windows([5], 2**64 - 1, 1, 5) == ([0, 1], [[[0]]])


sizes_of_clips = st.lists(st.integers(0, 90), min_size=1, max_size=200)


@given(sizes_of_clips, st.integers(0, 2**64), st.integers(1, 4000), st.integers(1, 16))
def test_every_clip_is_in_one_stretch_and_in_one_window_of_one_lane(
    sizes: list[int], key: int, window_bytes: int, stretches: int
) -> None:
    starts, lanes = windows(sizes, key, window_bytes, stretches, lanes=4)
    assert starts[0] == 0
    assert starts[-1] == len(sizes)
    assert all(one < other for one, other in itertools.pairwise(starts)), "no stretch is empty"
    found = [place for lane in lanes for window in lane for place in window]
    assert sorted(found) == list(range(len(sizes)))
    assert len({len(lane) for lane in lanes}) == 1, "all lanes have as many windows"
    # A stretch is of one window, whatever lane its clips are in.
    window_of = {place: n for lane in lanes for n, part in enumerate(lane) for place in part}
    for start, end in itertools.pairwise(starts):
        assert len({window_of[place] for place in range(start, end)}) == 1


@given(st.integers(0, 2**64))
def test_a_window_holds_about_what_it_may(key: int) -> None:
    sizes = np.random.default_rng(key).integers(20, 61, 400).tolist()
    _, lanes = windows(sizes, key, 4000, 16, lanes=2)
    held = [
        sum(sizes[place] for part in parts for place in part) for parts in zip(*lanes, strict=True)
    ]
    assert len(held) == -(-sum(sizes) // 4000)
    # A stretch has 250 or less and a clip more; half of one at each end of a window is a chance.
    assert max(held) <= 4000 + 250 + 2 * 60


@pytest.mark.parametrize(("readers", "pieces"), [(1, 1), (2, 1), (4, 1), (8, 1)])
def test_readers_of_some_lanes_need_one_piece_of_each_stretch(readers: int, pieces: int) -> None:
    starts, lanes = windows([10] * 6400, 77, 16_000, 16, lanes=8)
    for reader in range(readers):
        mine = np.zeros(6400, bool)
        mine[[place for lane in lanes[reader::readers] for part in lane for place in part]] = True
        for start, end in itertools.pairwise(starts):
            found = np.flatnonzero(np.diff(mine[start:end].astype(int), prepend=0) == 1)
            assert len(found) <= pieces
            assert abs(mine[start:end].sum() - (end - start) / readers) <= 8


def test_small_stretches_of_one_window_are_fetched_together() -> None:
    """A version of one window is no more requests than it has stretches of the usual size."""
    starts, lanes = windows([10] * 100, 3, 10_000, 4)
    assert (starts, len(lanes[0])) == ([0, 100], 1)
    starts, _ = windows([10] * 100, 3, 1000, 4)
    assert all(end - start <= 25 for start, end in itertools.pairwise(starts))


def test_there_are_fewer_lanes_where_each_would_have_few_clips() -> None:
    def lanes(num_clips: int) -> int:
        sizes = np.full(num_clips, 10)
        return len(
            stretch_windows(
                sizes, key=1, window_bytes=500, window_stretches=4, lanes=8, lane_clips=100
            ).lanes
        )

    assert [lanes(number) for number in (1, 199, 200, 399, 400, 799, 800)] == [1, 1, 2, 2, 4, 4, 8]


def test_the_key_and_the_numbers_that_are_made_of_it_are_fixed_for_ever() -> None:
    assert order_key(digest="d", split=None, seed=1, epoch=2) == 9154402205759145388
    assert order_key(digest="d", split="test", seed=1, epoch=2) == 6684380293468365580
    assert scatter(2, 2**64 - 1).tolist() == [16490336266968443936, 16834447057089888969]
    assert scatter(3, 2**64 + 5).tolist() == scatter(3, 5).tolist()


def test_without_a_split_the_order_is_as_ever() -> None:
    clip_ids = [f"c{number}" for number in range(6)]
    order = epoch_order(clip_ids, digest="d", split=None, seed=1, epoch=2)
    assert order == [3, 1, 0, 4, 2, 5]


def test_what_just_fits_shares_a_batch_and_what_is_longer_is_alone() -> None:
    lengths_seconds = [1.0, 2.0, 0.5, 4.0, 3.0]
    by_seconds = divide([0, 1, 2, 3, 4], lengths_seconds, clips=None, seconds=3.0)
    assert list(by_seconds) == [[0, 1], [2], [3], [4]]
    assert list(divide([4, 3, 2], lengths_seconds, clips=1, seconds=None)) == [[4], [3], [2]]
    assert list(divide([], [], clips=1, seconds=None)) == []
    for sizes in ((None, None), (1, 1.0)):
        with pytest.raises(InvalidInputError, match="either clips=… or seconds=…"):
            divide([], [], clips=sizes[0], seconds=sizes[1])
