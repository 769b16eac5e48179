"""The plan of an epoch: every clip once, well shuffled, similar lengths together where asked."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audioset.errors import InvalidInputError
from audioset.training.order import block_groups, order_key, scatter
from audioset.training.plan import Batching, EpochPlan, plan_epoch

SHUFFLES = ("full", "block", None)


def lengths_of(num_clips: int) -> np.ndarray:
    """Lengths like those of speech, in seconds."""
    return np.random.default_rng(num_clips).lognormal(0.6, 0.6, num_clips).clip(0.3, 15)


def plan(num_clips: int, *, digest: str = "d", epoch: int = 0, **batching: object) -> EpochPlan:
    return plan_epoch(
        np.arange(num_clips),
        lengths_of(num_clips),
        Batching(**batching),  # type: ignore[arg-type]
        clip_ids=lambda: [f"clip-{number:06d}" for number in range(num_clips)],
        digest=digest,
        epoch=epoch,
    )


def flat(made: EpochPlan) -> list[int]:
    return [row for batch in made.batches for row in batch]


@given(
    st.integers(1, 700),
    st.sampled_from(SHUFFLES),
    st.booleans(),
    st.one_of(st.tuples(st.integers(1, 40), st.none()), st.tuples(st.none(), st.floats(0.5, 90))),
    st.integers(1, 40),
    st.integers(1, 8),
    st.integers(1, 9),
)
def test_an_epoch_has_every_clip_once_in_batches_that_keep_their_limit(
    num_clips: int,
    shuffle: str,
    bucket: bool,
    size: tuple[int | None, float | None],
    block_clips: int,
    group_blocks: int,
    lanes: int,
) -> None:
    clips, seconds = size
    made = plan(
        num_clips,
        shuffle=shuffle,
        bucket=bucket,
        clips=clips,
        seconds=seconds,
        block_clips=block_clips,
        group_blocks=group_blocks,
        lanes=lanes,
    )
    assert sorted(flat(made)) == list(range(num_clips))
    lengths = lengths_of(num_clips)
    for batch in made.batches:
        assert 1 <= len(batch) <= (clips or num_clips)
        assert seconds is None or len(batch) == 1 or lengths[batch].sum() <= seconds + 1e-6
    if made.groups:
        assert sorted(row for group in made.groups for row in group) == list(range(num_clips))


def test_the_block_order_is_fixed_for_ever() -> None:
    key = order_key(digest="ab" * 32, split="train", seed=7, epoch=2)
    groups = block_groups(12, key=key, block_clips=3, group_blocks=2)
    assert [group.tolist() for group in groups] == [[5, 4, 0, 2, 1, 3], [9, 8, 6, 10, 11, 7]]
    assert scatter(2, 0).tolist() == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4], "SplitMix64"


@pytest.mark.parametrize("shuffle", ["full", "block"])
def test_digest_split_seed_and_epoch_each_change_the_plan(shuffle: str) -> None:
    base = {"shuffle": shuffle, "clips": 4, "seed": 0, "epoch": 0, "digest": "d"}
    changes = ({}, {"digest": "e"}, {"split": "train"}, {"seed": 1}, {"epoch": 1})
    plans = [flat(plan(300, **{**base, **change})) for change in changes]
    assert plans[0] == flat(plan(300, **base))
    assert all(one != other for one in plans for other in plans if one is not other)


def test_clips_of_a_block_are_rare_in_one_batch() -> None:
    """Two clips of a batch were in one block with a chance of about 1 in `group_blocks`."""
    num_clips, block, blocks = 8000, 32, 16
    shares = []
    for epoch in range(3):
        batches = plan(num_clips, shuffle="block", clips=32, epoch=epoch).batches
        near = total = 0
        for batch in batches:
            rows = np.array(batch)
            apart = np.abs(rows[:, None] - rows[None, :])[np.triu_indices(len(rows), 1)]
            near += int((apart < block).sum())
            total += apart.size
        shares.append(near / total)
    # Clips less than a block apart need not share one, so the share is at most that chance.
    assert max(shares) < 1.1 / blocks
    assert min(shares) > 0.3 / blocks, "else the measure measures nothing"


def test_the_block_shuffle_takes_clips_from_all_over_the_version() -> None:
    order = np.array(flat(plan(8000, shuffle="block", clips=32)))
    tenths = order.reshape(10, 800).mean(axis=1) / 8000
    assert np.abs(tenths - 0.5).max() < 0.12
    assert abs(np.corrcoef(order, np.arange(8000))[0, 1]) < 0.2


def test_batches_of_a_group_come_from_few_stretches() -> None:
    made = plan(8000, shuffle="block", clips=32)
    for group in made.groups:
        stretches = 1 + int((np.diff(np.sort(group)) > 1).sum())
        assert stretches <= 16


def test_as_many_readers_as_lanes_need_no_groups_of_others() -> None:
    made = plan(8192, shuffle="block", clips=32)
    group_of = {row: number for number, group in enumerate(made.groups) for row in group}
    readers: list[set[int]] = [
        {group_of[row] for batch in made.batches[reader::8] for row in batch} for reader in range(8)
    ]
    assert sum(map(len, readers)) <= len(made.groups) + 8


@pytest.mark.parametrize("shuffle", ["full", "block"])
@pytest.mark.parametrize("size", [{"clips": 16}, {"seconds": 40.0}])
def test_buckets_pad_little_and_come_in_random_order(shuffle: str, size: dict[str, float]) -> None:
    lengths = lengths_of(4000)

    def padded_share(bucket: bool) -> float:
        batches = plan(4000, shuffle=shuffle, bucket=bucket, **size).batches
        held = sum(lengths[batch].max() * len(batch) for batch in batches)
        return 1 - lengths.sum() / held

    assert padded_share(bucket=True) < 0.12
    assert padded_share(bucket=False) > 0.35
    batches = plan(4000, shuffle=shuffle, bucket=True, **size).batches
    means = [lengths[batch].mean() for batch in batches]
    assert abs(np.corrcoef(means, np.arange(len(means)))[0, 1]) < 0.2


def test_buckets_by_clips_are_full_but_a_few() -> None:
    sizes = [len(b) for b in plan(4000, shuffle="block", bucket=True, clips=16).batches]
    assert sum(size < 16 for size in sizes) <= 8, "the last of each lane"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"shuffle": "blocks"}, "shuffle is 'full', 'block' or None, not 'blocks'"),
        ({"lanes": 0}, "lanes must be at least 1"),
        ({"clips": None}, "clips=… or seconds=…"),
    ],
)
def test_a_batching_that_makes_no_sense_is_refused(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        Batching(**{"clips": 4, **wrong})  # type: ignore[arg-type]


def small_plan(**batching: object) -> EpochPlan:
    """Plan eleven clips of the rows 100, 110 and so on, of 0.5 to 6.5 s."""
    return plan_epoch(
        np.arange(100, 210, 10),
        np.array([(7 * number % 13 + 1) / 2 for number in range(11)]),
        Batching(seed=5, block_clips=2, group_blocks=2, lanes=2, **batching),  # type: ignore[arg-type]
        clip_ids=lambda: [f"clip-{number}" for number in range(11)],
        digest="ab" * 32,
        epoch=1,
    )


@pytest.mark.parametrize(
    ("batching", "batches"),
    [
        (
            {"shuffle": "full", "bucket": False, "clips": 3},
            [[170, 120, 150], [100, 160, 140], [110, 130, 180], [200, 190]],
        ),
        (
            {"shuffle": "full", "bucket": False, "seconds": 6.0},
            [[170], [120, 150], [100, 160, 140], [110], [130], [180, 200], [190]],
        ),
        (
            {"shuffle": "full", "bucket": True, "clips": 3},
            [[160, 180, 110], [130, 150, 170], [100, 120, 140], [200, 190]],
        ),
        (
            {"shuffle": "full", "bucket": True, "seconds": 6.0},
            [[180, 200], [150], [110], [170], [100, 120, 140, 160], [190], [130]],
        ),
        (
            {"shuffle": "block", "bucket": False, "clips": 3},
            [[120, 190, 200], [140, 160, 150], [110, 180, 170], [130], [100]],
        ),
        (
            {"shuffle": "block", "bucket": False, "seconds": 6.0},
            [[120], [140, 160], [190], [150], [200], [130], [110], [180], [170, 100]],
        ),
        (
            {"shuffle": "block", "bucket": True, "clips": 3},
            [[120, 200, 190], [140, 160, 150], [180, 110, 170], [130], [100]],
        ),
        (
            {"shuffle": "block", "bucket": True, "seconds": 6.0},
            [[120, 200], [140, 160], [110], [130], [190], [150], [100, 180], [170]],
        ),
        (
            {"shuffle": None, "bucket": False, "clips": 3},
            [[100, 110, 120], [130, 140, 150], [160, 170, 180], [190, 200]],
        ),
        (
            {"shuffle": None, "bucket": False, "seconds": 6.0},
            [[100, 110, 120], [130, 140], [150], [160], [170], [180], [190], [200]],
        ),
        (
            {"shuffle": None, "bucket": True, "clips": 3},
            [[100, 120, 140], [160, 180, 110], [130, 150, 170], [200, 190]],
        ),
        (
            {"shuffle": None, "bucket": True, "seconds": 6.0},
            [[100, 120, 140, 160], [180, 200], [110], [130], [150], [170], [190]],
        ),
    ],
)
def test_the_plan_is_fixed_for_ever(batching: dict[str, object], batches: list[list[int]]) -> None:
    made = small_plan(**batching)
    assert made.batches == batches
    groups = [[120, 190, 200, 110], [140, 160, 150, 130], [180, 170, 100]]
    assert made.groups == (groups if batching["shuffle"] == "block" else [])


def test_where_the_order_has_no_groups_similar_lengths_are_looked_for_among_many() -> None:
    lengths = np.array([(7 * number % 13 + 1) / 2 for number in range(2050)])
    made = plan_epoch(
        np.arange(2050),
        lengths,
        Batching(clips=2, shuffle=None, bucket=True),
        clip_ids=list,
        digest="d",
        epoch=0,
    )
    ordered = sorted(range(2048), key=lambda place: lengths[place])
    assert [row for batch in made.batches for row in batch] == [*ordered, 2049, 2048]


def test_ids_are_asked_for_where_the_order_is_made_of_them_only() -> None:
    def none() -> list[str]:
        raise AssertionError("the order needs no ids")

    for shuffle in ("block", None, False):
        plan_epoch(
            np.arange(3),
            np.ones(3),
            Batching(clips=2, shuffle=shuffle),  # type: ignore[arg-type]
            clip_ids=none,
            digest="d",
            epoch=0,
        )


def test_true_is_the_full_shuffle_and_numbers_of_one_are_enough() -> None:
    assert small_plan(clips=3, shuffle=True) == small_plan(clips=3, shuffle="full")
    least = Batching(clips=1, block_clips=1, group_blocks=1, lanes=1)
    assert (least.shuffle, least.bucket, least.seed) == ("full", False, 0)
    for name in ("block_clips", "group_blocks", "lanes"):
        with pytest.raises(InvalidInputError, match=f"{name} must be at least 1, not 0"):
            Batching(clips=1, **{name: 0})  # type: ignore[arg-type]


def test_an_epoch_without_clips_has_no_batches() -> None:
    for shuffle in SHUFFLES:
        assert plan(0, shuffle=shuffle, clips=2) == EpochPlan([], [])
