"""The order of an epoch and the division into batches."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audioset.errors import InvalidInputError
from audioset.training.order import block_groups, divide, epoch_order, order_key, scatter

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


def test_blocks_are_ordered_as_ever_and_the_first_begins_anywhere() -> None:
    def groups(num_clips: int, key: int, block: int, blocks: int) -> list[list[int]]:
        made = block_groups(num_clips, key=key, block_clips=block, group_blocks=blocks)
        return [group.tolist() for group in made]

    assert groups(7, 9, 3, 1) == [[6], [0, 2, 1], [3, 4, 5]]
    assert groups(7, 10, 3, 10) == [[6, 4, 1, 0, 3, 5, 2]]
    assert groups(0, 1, 1, 1) == []
    assert groups(1, 2**64 - 1, 5, 1) == [[0]]


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
