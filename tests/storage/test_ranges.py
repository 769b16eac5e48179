"""Near ranges travel together, and each comes back as it was asked for."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from audioset.storage.ranges import JOIN_BYTES, cut_out, join_ranges

RANGES = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 9)), max_size=8)


def test_ranges_are_joined_up_to_a_distance() -> None:
    assert join_ranges([(0, 10), (15, 5)], 5) == [(0, 20)]
    assert join_ranges([(0, 10), (15, 5)], 4) == [(0, 10), (15, 20)]
    assert join_ranges([(0, 10), (10, 5)], 0) == [(0, 15)]
    assert join_ranges([(20, 1), (0, 10), (2, 3)], 0) == [(0, 10), (20, 21)]
    assert join_ranges([(3, 0), (0, 1), (9, 0)], 0) == [(0, 1)]
    assert join_ranges([], 0) == []
    assert JOIN_BYTES == 2**20
    assert join_ranges([(0, 1), (JOIN_BYTES + 1, 1)]) == [(0, JOIN_BYTES + 2)]
    assert join_ranges([(0, 1), (JOIN_BYTES + 2, 1)]) == [(0, 1), (2**20 + 2, 2**20 + 3)]


@given(RANGES, st.integers(0, 5))
def test_every_range_is_cut_out_of_the_blocks_again(
    ranges: list[tuple[int, int]], join_bytes: int
) -> None:
    data = bytes(range(70))
    blocks = join_ranges(ranges, join_bytes)
    assert all(start - end > join_bytes for (_, end), (start, _) in pairwise(blocks))
    views = [memoryview(data)[start:end] for start, end in blocks]
    starts = [start for start, _ in blocks]
    for offset, size in ranges:
        found = cut_out(views, starts, offset, size)
        assert (type(found), found) == (bytes, data[offset : offset + size])
