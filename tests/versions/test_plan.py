"""Which clips stay where they are, which shards are written anew, and which are merged."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from audioset.records.manifest import table_from_clips
from audioset.records.version import ContentObject, VersionRecord
from audioset.storage.shards import write_shard
from audioset.storage.store import open_store
from audioset.versions.publish.plan import (
    MERGED_AT_ONCE,
    ShardRules,
    choose_rewritten,
    lay_out,
    stored_bytes,
)
from audioset.versions.publish.reuse import PLACE, KnownClips, find_known_clips
from audioset.versions.read.resolve import read_version
from tests.versions.publishing import publish, with_value
from tests.workspaces import make_clip, make_workspace

CLIP_BYTES = 100_000
TARGET = 64 * CLIP_BYTES


def no_folder() -> Path:
    raise AssertionError


def rows_of(num_clips: int) -> pa.Table:
    made = [make_clip("talk.mp4", number, seconds=0.01)[0] for number in range(num_clips)]
    return table_from_clips(made)


def laid(held: list[tuple[int, int]]) -> tuple[pa.Table, Any, KnownClips]:
    """Rows, sizes and places of clips in shards of (clips held, clips that are still named)."""
    names = [f"{number:064x}" for number in range(len(held))]
    codes = np.repeat(np.arange(len(held)), [live for _, live in held])
    rows = rows_of(len(codes))
    sizes = np.full(len(codes), CLIP_BYTES, np.int64)
    each = int(stored_bytes(rows.slice(0, 1), sizes[:1])[0])
    shards = {
        name: ContentObject(sha256=name, size_bytes=clips * each + 1024, num_clips=clips)
        for name, (clips, _) in zip(names, held, strict=True)
    }
    columns = [["0" * 64] * len(codes), [names[c] for c in codes], [0] * len(codes), sizes.tolist()]
    types = [rows.schema.field(name).type for name in PLACE]
    arrays = [pa.array(column, kind) for column, kind in zip(columns, types, strict=True)]
    return rows, sizes, KnownClips.of_places(pa.table(arrays, names=PLACE), shards)


def rewritten(held: list[tuple[int, int]], **rules: Any) -> list[int]:
    made = ShardRules(**{"target_bytes": TARGET, "dead_share": 0.1, **rules})
    return sorted(int(name, 16) for name in choose_rewritten(*laid(held), made))


def test_dead_clips_stay_until_they_are_over_the_limit_then_the_worst_shard_goes() -> None:
    assert rewritten([(10, 10)] * 5) == []
    assert rewritten([(10, 9), (10, 9), (10, 9)]) == [], "a tenth of all is the limit"
    assert rewritten([(10, 9), (10, 8), (10, 9), (10, 10)]) == []
    assert rewritten([(10, 9), (10, 7), (10, 9), (10, 10)]) == [1]
    assert rewritten([(10, 1), (10, 2), (10, 9), (10, 10)]) == [0, 1]
    assert rewritten([(10, 9), (100, 95)], dead_share=0.0) == [0, 1]
    assert rewritten([(10, 1), (10, 2)], dead_share=1.0) == []


def test_small_shards_are_merged_when_there_are_many_and_something_is_put_anyway() -> None:
    small, large = (3, 3), (40, 40)
    few = [small] * (MERGED_AT_ONCE - 1)
    assert rewritten([*few, (30, 1)]) == [len(few)], "one fewer than are merged"
    assert rewritten([*few, small, small, small, large]) == [], "nothing else is put"
    many = [(30, 1), *few, small, small, small, large]
    assert rewritten(many) == list(range(MERGED_AT_ONCE + 1)), "the smallest ones, and no more"
    assert rewritten([(500, 1), *[small] * 20, *[large] * 60]) == [0], "few among so many"


def test_compact_leaves_no_dead_clip_and_no_small_shard() -> None:
    assert rewritten([(40, 40), (40, 39), (50, 50)], compact=True) == [1]
    assert rewritten([(40, 40), (3, 3), (50, 50)], compact=True) == [0, 1], "and where it goes to"
    assert rewritten([(3, 3)], compact=True) == [], "it would be the same again"
    assert rewritten([(3, 3), (3, 3)], compact=True) == [0, 1]
    assert rewritten([(40, 40), (50, 50)], compact=True) == []


def test_clips_of_a_lost_shard_are_put_as_it_was_or_with_the_new_ones() -> None:
    rows, sizes, known = laid([(4, 4), (5, 4), (4, 4), (4, 4)])
    names = list(known.shards)
    plan = lay_out(
        rows,
        sizes,
        known,
        rewritten={names[2]},
        lost={names[0], names[1], names[2]},
        target_bytes=TARGET,
        least_bytes=TARGET,
    )
    assert [packed.tolist() for packed in plan.packed] == [
        list(range(4, 12)),
        list(range(4)),
    ], "the first as it was, the others together"
    assert np.flatnonzero(plan.known.is_known).tolist() == list(range(12, 16))


def test_what_clips_take_in_a_shard_is_known_to_a_block_or_two(tmp_path: Path) -> None:
    for seconds in (0.05, 0.25):
        made = [make_clip("talk one.mp4", number, seconds=seconds) for number in range(20)]
        rows = table_from_clips([clip for clip, _ in made])
        sizes = np.array([len(flac) for _, flac in made], np.int64)
        clips = ((asdict(clip), flac) for clip, flac in made)
        shard, _ = write_shard(tmp_path / "one.tar", clips)
        assert abs(int(stored_bytes(rows, sizes).sum()) + 1024 - shard.size_bytes) <= 2 * 512


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[VersionRecord, pa.Table]:
    ws = make_workspace(tmp_path_factory.mktemp("reuse") / "w", sources=2, clips_per_source=8)
    store = open_store("memory://")
    record = publish(ws, store=store).record
    return record, read_version(store, record)


def sizes_of(rows: pa.Table) -> Any:
    return np.array(rows["size_bytes"].to_pylist(), np.int64)


@pytest.mark.parametrize("name", ["pcm_sha256", "num_samples", "clip_id", "size"])
def test_a_clip_that_is_not_the_same_is_not_known(
    published: tuple[VersionRecord, pa.Table], name: str
) -> None:
    record, before = published
    rows, sizes = before, sizes_of(before)
    if name == "size":
        sizes[0] += 1
    else:
        value: dict[str, object] = {"num_samples": 1, "clip_id": "a-1", "pcm_sha256": "0" * 64}
        rows = with_value(rows, 0, name, value[name])
    known = find_known_clips(rows, sizes, record, before.to_batches(), no_folder)
    assert np.flatnonzero(~known.is_known).tolist() == [0]
    assert known.places.slice(1).equals(before.select(PLACE).slice(1).combine_chunks())


def test_other_facts_or_no_file_leave_a_clip_known(
    published: tuple[VersionRecord, pa.Table],
) -> None:
    record, before = published
    rows = with_value(before, 0, "text", "other words")
    sizes = sizes_of(rows)
    sizes[1] = 0
    assert find_known_clips(rows, sizes, record, before.to_batches(), no_folder).is_known.all()


def test_a_place_in_a_shard_that_the_record_does_not_name_is_not_known(
    published: tuple[VersionRecord, pa.Table],
) -> None:
    record, before = published
    without = replace(record, shards=record.shards[1:])
    known = find_known_clips(before, sizes_of(before), without, before.to_batches(), no_folder)
    assert (~known.is_known).sum() == record.shards[0].num_clips
