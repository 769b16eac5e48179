"""Streams of rows in the order of their clip ids, side by side: a part of each at a time."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa


def side_by_side(
    before: Iterable[pa.RecordBatch], after: Iterable[pa.RecordBatch], schema: pa.Schema
) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch]]:
    """Divide both sides at the same clip ids, so that equal ids come in the same window.

    Args:
        before, after: with the columns of the schema, in the order of their clip ids.
        schema: of what is given of both.
    """
    return ((ours, theirs) for ours, theirs in in_windows([before, after], schema))


def in_windows(
    sides: Sequence[Iterable[pa.RecordBatch]], schema: pa.Schema
) -> Iterator[list[pa.RecordBatch]]:
    """Divide any number of sides, as `side_by_side` does two."""
    streams = [_filled(side, schema.names) for side in sides]
    nothing = pa.RecordBatch.from_arrays([pa.array([], f.type) for f in schema], schema=schema)
    heads = [next(stream, nothing) for stream in streams]
    while any(head.num_rows for head in heads):
        limit = min(_ids(head)[-1].as_py() for head in heads if head.num_rows)
        cuts = [_count_up_to(head, limit) for head in heads]
        yield [head.slice(0, cut) for head, cut in zip(heads, cuts, strict=True)]
        heads = [head.slice(cut) for head, cut in zip(heads, cuts, strict=True)]
        heads = [
            head if head.num_rows else next(stream, nothing)
            for head, stream in zip(heads, streams, strict=True)
        ]


def _filled(stream: Iterable[pa.RecordBatch], names: list[str]) -> Iterator[pa.RecordBatch]:
    return (batch.select(names) for batch in stream if batch.num_rows)


def _ids(batch: pa.RecordBatch) -> pa.Array:
    return batch.column("clip_id")


def _count_up_to(batch: pa.RecordBatch, limit: str) -> int:
    ids = _ids(batch)
    return bisect_right(range(len(ids)), limit, key=lambda row: str(ids[row].as_py()))
