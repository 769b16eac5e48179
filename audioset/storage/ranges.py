"""Byte ranges of one object: near ones are joined, so that they travel in one request."""

from bisect import bisect_right
from collections.abc import Sequence

# Reading this much in vain is faster than another request (obstore's own default).
JOIN_BYTES = 2**20


def join_ranges(
    ranges: Sequence[tuple[int, int]], join_bytes: int = JOIN_BYTES
) -> list[tuple[int, int]]:
    """Join near ranges of (offset, size) into ascending blocks of (start, end), in bytes."""
    blocks: list[tuple[int, int]] = []
    for offset, size in sorted(ranges):
        end = offset + size
        if not size:
            continue
        if blocks and offset <= blocks[-1][1] + join_bytes:
            blocks[-1] = (blocks[-1][0], max(end, blocks[-1][1]))
        else:
            blocks.append((offset, end))
    return blocks


def cut_out(blocks: Sequence[memoryview], starts: Sequence[int], offset: int, size: int) -> bytes:
    """Give one range out of the blocks that `join_ranges` made.

    Args:
        blocks: their bytes.
        starts: where each begins in the object, ascending.
        offset: of the range in the object.
        size: of the range.
    """
    if not size:
        return b""
    number = bisect_right(starts, offset) - 1
    begin = offset - starts[number]
    return bytes(blocks[number][begin : begin + size])
