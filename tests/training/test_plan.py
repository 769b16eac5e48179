"""The plan of an epoch: every clip once, well shuffled, similar lengths together where asked."""

from typing import NoReturn

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audioset.errors import InvalidInputError
from audioset.training.order import scatter
from audioset.training.plan import Batching, EpochPlan, Stored, plan_epoch

SHUFFLES = ("full", "block", None)


def lengths_of(num_clips: int) -> np.ndarray:
    """Lengths like those of speech, in seconds."""
    return np.random.default_rng(num_clips).lognormal(0.6, 0.6, num_clips).clip(0.3, 15)


def stored_in_order(lengths: np.ndarray) -> Stored:
    """Clips that lie in the order of their ids, of 32 kB a second."""
    return Stored(np.arange(len(lengths)), (32_000 * lengths).astype(np.uint32))


def plan(num_clips: int, *, digest: str = "d", epoch: int = 0, **batching: object) -> EpochPlan:
    return plan_epoch(
        np.arange(num_clips),
        lengths_of(num_clips),
        Batching(**batching),  # type: ignore[arg-type]
        stored=lambda: stored_in_order(lengths_of(num_clips)),
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
    st.integers(1, 10**8),
    st.integers(1, 8),
    st.integers(1, 9),
    st.integers(1, 600),
)
def test_an_epoch_has_every_clip_once_in_batches_that_keep_their_limit(
    num_clips: int,
    shuffle: str,
    bucket: bool,
    size: tuple[int | None, float | None],
    window_bytes: int,
    window_stretches: int,
    lanes: int,
    lane_clips: int,
) -> None:
    clips, seconds = size
    made = plan(
        num_clips,
        shuffle=shuffle,
        bucket=bucket,
        clips=clips,
        seconds=seconds,
        window_bytes=window_bytes,
        window_stretches=window_stretches,
        lanes=lanes,
        lane_clips=lane_clips,
    )
    assert sorted(flat(made)) == list(range(num_clips))
    lengths = lengths_of(num_clips)
    for batch in made.batches:
        assert 1 <= len(batch) <= (clips or num_clips)
        assert seconds is None or len(batch) == 1 or lengths[batch].sum() <= seconds + 1e-6
    if made.groups:
        assert sorted(row for group in made.groups for row in group) == list(range(num_clips))


def test_the_numbers_that_orders_are_made_of_are_fixed_for_ever() -> None:
    assert scatter(2, 0).tolist() == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4], "SplitMix64"


@pytest.mark.parametrize("shuffle", ["full", "block"])
def test_digest_split_seed_and_epoch_each_change_the_plan(shuffle: str) -> None:
    base = {"shuffle": shuffle, "clips": 4, "seed": 0, "epoch": 0, "digest": "d"}
    changes = ({}, {"digest": "e"}, {"split": "train"}, {"seed": 1}, {"epoch": 1})
    plans = [flat(plan(300, **{**base, **change})) for change in changes]
    assert plans[0] == flat(plan(300, **base))
    assert all(one != other for one in plans for other in plans if one is not other)


def test_clips_of_a_run_are_rare_in_one_batch() -> None:
    """Two clips of a batch were in one run with a chance of about 1 in `window_stretches`."""
    num_clips, run, stretches = 8000, 32, 16
    shares = []
    for epoch in range(3):
        batches = plan(num_clips, shuffle="block", clips=32, epoch=epoch).batches
        near = total = 0
        for batch in batches:
            rows = np.array(batch)
            apart = np.abs(rows[:, None] - rows[None, :])[np.triu_indices(len(rows), 1)]
            near += int((apart < run).sum())
            total += apart.size
        shares.append(near / total)
    # Clips less than a run apart need not share one, so the share is at most that chance.
    assert max(shares) < 1.1 / stretches
    assert min(shares) > 0.3 / stretches, "else the measure measures nothing"


def test_the_block_shuffle_takes_clips_from_all_over_the_version() -> None:
    order = np.array(flat(plan(8000, shuffle="block", clips=32)))
    tenths = order.reshape(10, 800).mean(axis=1) / 8000
    assert np.abs(tenths - 0.5).max() < 0.12
    assert abs(np.corrcoef(order, np.arange(8000))[0, 1]) < 0.2


def test_a_window_of_batches_needs_few_stretches_and_each_is_needed_in_one_window() -> None:
    made = plan(8000, shuffle="block", clips=32)
    stretch_of = {row: number for number, group in enumerate(made.groups) for row in group}
    assert all(group == list(range(group[0], group[0] + len(group))) for group in made.groups)
    per_window = len(made.batches) / 3  # 570 MB of speech are three windows
    for number in range(len(made.groups)):
        has = [n for n, batch in enumerate(made.batches) if number in map(stretch_of.get, batch)]
        assert max(has) - min(has) < per_window + 2 * 8, "and a batch of each lane at both ends"
    first = {stretch_of[row] for batch in made.batches[: int(per_window) - 8] for row in batch}
    assert len(first) <= 20


@pytest.mark.parametrize("readers", [2, 4, 8])
def test_as_many_readers_as_lanes_need_no_clips_of_others(readers: int) -> None:
    """Each has a piece of every stretch for itself, and they are of about the same size."""
    made = plan(8192, shuffle="block", clips=32)
    stretch_of = {row: number for number, group in enumerate(made.groups) for row in group}
    for reader in range(readers):
        mine = sorted(row for batch in made.batches[reader::readers] for row in batch)
        assert len(mine) == pytest.approx(8192 / readers, rel=0.05)
        gaps = np.diff(mine) > 1
        assert 1 + gaps.sum() <= 1.3 * len(made.groups), "one piece of each stretch, but at the end"
        assert {stretch_of[row] for row in mine} == set(range(len(made.groups)))


def test_the_order_goes_by_where_clips_lie_and_not_by_their_ids() -> None:
    num_clips = 5000
    lengths = lengths_of(num_clips)
    elsewhere = np.random.default_rng(1).permutation(num_clips)
    made = plan_epoch(
        np.arange(num_clips),
        lengths,
        Batching(clips=32, shuffle="block"),
        stored=lambda: Stored(elsewhere, np.full(num_clips, 50_000, np.uint32)),
        clip_ids=list,
        digest="d",
        epoch=0,
    )
    assert sorted(flat(made)) == list(range(num_clips))
    place = np.argsort(elsewhere)
    assert [row for group in made.groups for row in group] == elsewhere.tolist()
    for batch in made.batches[:4]:
        runs = 1 + int((np.diff(np.sort(place[batch])) > 64).sum())
        assert runs <= 17, "few places of the store"


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


def nobody() -> NoReturn:
    raise AssertionError("this order does not need it")


def small_plan(**batching: object) -> EpochPlan:
    """Plan eleven clips of the rows 100, 110 and so on, of 0.5 to 6.5 s."""
    return plan_epoch(
        np.arange(100, 210, 10),
        np.array([(7 * number % 13 + 1) / 2 for number in range(11)]),
        Batching(
            seed=5,
            window_bytes=400_000,
            window_stretches=2,
            lanes=2,
            lane_clips=2,
            **batching,  # type: ignore[arg-type]
        ),
        stored=lambda: Stored(
            np.array([*range(8, 11), *range(8)]), np.arange(60_000, 71_000, 1000)
        ),
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
            [[150, 200, 190], [140, 100, 170], [160, 110, 120], [130, 180]],
        ),
        (
            {"shuffle": "block", "bucket": False, "seconds": 6.0},
            [[150], [140, 100], [200], [170], [190], [130], [160, 110], [180], [120]],
        ),
        (
            {"shuffle": "block", "bucket": True, "clips": 3},
            [[200, 150, 190], [100, 140, 170], [120, 160, 110], [180, 130]],
        ),
        (
            {"shuffle": "block", "bucket": True, "seconds": 6.0},
            [[150], [100, 140], [190], [130], [200], [170], [120, 160], [180], [110]],
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
    groups = [[180], [190, 200, 100], [110, 120, 130], [140, 150], [160, 170]]
    assert made.groups == (groups if batching["shuffle"] == "block" else [])


def test_where_the_order_has_no_groups_similar_lengths_are_looked_for_among_many() -> None:
    lengths = np.array([(7 * number % 13 + 1) / 2 for number in range(2050)])
    made = plan_epoch(
        np.arange(2050),
        lengths,
        Batching(clips=2, shuffle=None, bucket=True),
        stored=nobody,
        clip_ids=list,
        digest="d",
        epoch=0,
    )
    ordered = sorted(range(2048), key=lambda place: lengths[place])
    assert [row for batch in made.batches for row in batch] == [*ordered, 2049, 2048]


def test_ids_are_asked_for_where_the_order_is_made_of_them_only() -> None:
    for shuffle in ("block", None, False):
        plan_epoch(
            np.arange(3),
            np.ones(3),
            Batching(clips=2, shuffle=shuffle),  # type: ignore[arg-type]
            stored=(lambda: stored_in_order(np.ones(3))) if shuffle else nobody,
            clip_ids=nobody,
            digest="d",
            epoch=0,
        )


def test_true_is_the_full_shuffle_and_numbers_of_one_are_enough() -> None:
    assert small_plan(clips=3, shuffle=True) == small_plan(clips=3, shuffle="full")
    least = Batching(clips=1, window_bytes=1, window_stretches=1, lanes=1, lane_clips=1)
    assert (least.shuffle, least.bucket, least.seed) == ("block", False, 0)
    for name in ("window_bytes", "window_stretches", "lanes", "lane_clips"):
        with pytest.raises(InvalidInputError, match=f"{name} must be at least 1, not 0"):
            Batching(clips=1, **{name: 0})  # type: ignore[arg-type]


def test_an_epoch_without_clips_has_no_batches() -> None:
    for shuffle in SHUFFLES:
        assert plan(0, shuffle=shuffle, clips=2) == EpochPlan([], [])
