"""Rows by position: where clips lie, how long they are, and what their rows say."""

import numpy as np
import pyarrow as pa
import pytest

from audioset.records.manifest import Clip, clips_from_table, table_from_clips
from audioset.training.rows import Rows
from tests.workspaces import make_clip


def made() -> list[Clip]:
    """Five clips of two shards; every third of another length."""
    clips = []
    for number in range(5):
        clip, _ = make_clip("talk.mp4", number, seconds=0.25 + 0.5 * (number % 3 == 0))
        shard = "b" if number in (1, 4) else "a"
        place = {
            "shard_sha256": shard * 64,
            "audio_sha256": f"{number}" * 64,
            "offset_bytes": 512 * (number + 1),
            "size_bytes": 100 + number,
        }
        clips.append(Clip(**{**{n: getattr(clip, n) for n in clip.__slots__}, **place}))
    return clips


def chunked(clips: list[Clip]) -> pa.Table:
    return pa.concat_tables([table_from_clips(clips[:2]), table_from_clips(clips[2:])])


def test_places_are_given_in_the_order_that_is_asked_for() -> None:
    clips = made()
    places = Rows(chunked(clips)).places([4, 0, 3])
    assert places.clip_ids == [clips[place].clip_id for place in (4, 0, 3)]
    assert places.shards == ["b" * 64, "a" * 64, "a" * 64]
    assert places.hashes == ["4" * 64, "0" * 64, "3" * 64]
    assert places.ranges == [(2560, 104), (512, 100), (2048, 103)]


def test_lengths_and_samples_are_those_of_the_rows() -> None:
    rows = Rows(chunked(made()))
    np.testing.assert_array_equal(rows.lengths_seconds, [0.75, 0.25, 0.25, 0.75, 0.25])
    assert rows.num_samples([3, 2]) == [(6000, 1), (2000, 1)]
    assert rows.num_samples([]) == []


def test_clips_are_counted_by_shard_and_one_without_any_counts_zero() -> None:
    rows = Rows(chunked(made()))
    assert rows.count_by_shard(np.array([0, 1, 2])) == {"a" * 64: 2, "b" * 64: 1}
    assert rows.count_by_shard(np.array([2, 3])) == {"a" * 64: 2, "b" * 64: 0}


def test_how_clips_are_stored_is_told_shard_by_shard() -> None:
    rows = Rows(chunked(made()))
    order, sizes = rows.stored(np.arange(5))
    assert order.tolist() == [0, 2, 3, 1, 4]
    assert sizes.tolist() == [100, 102, 103, 101, 104]
    order, sizes = rows.stored(np.array([1, 3, 4]))
    assert order.tolist() == [1, 0, 2], "places among those that were asked for"
    assert sizes.tolist() == [103, 101, 104]
    assert rows.sizes_bytes([4, 0, 4]).tolist() == [104, 100, 104]


@pytest.mark.parametrize("chosen", [range(5), [0, 2, 3]])
def test_how_all_clips_are_stored_is_told_without_a_copy_of_sizes(chosen: list[int]) -> None:
    rows = Rows(chunked(made()).take(list(chosen)))
    every = np.arange(len(chosen))
    one, other = rows.stored(every), rows.stored(every)
    assert one.order.tolist() == other.order.tolist()
    assert one.order.itemsize == 4
    some = rows.stored(every[:-1]).sizes_bytes
    assert not np.shares_memory(some, one.sizes_bytes)
    is_in_order = one.order.tolist() == every.tolist()
    assert np.shares_memory(one.sizes_bytes, other.sizes_bytes) == is_in_order


def test_clips_that_are_stored_in_the_order_of_their_ids_are_told_so() -> None:
    rows = Rows(chunked(made()).take([0, 2, 3]))
    assert rows.stored(np.array([0, 2])).order.tolist() == [0, 1]
    assert rows.stored(np.array([0, 2])).sizes_bytes.tolist() == [100, 103]
    assert rows.stored(np.array([], np.int64)).order.tolist() == []


def test_rows_are_made_for_each_clip_and_once() -> None:
    clips = made()
    table = chunked(clips)
    makers = Rows(table).clips([2, 0])
    assert [make() for make in makers] == [clips[2], clips[0]]
    assert makers[0]() is makers[0]()
    assert [make() for make in Rows(table).clips(range(5))] == list(clips_from_table(table))


def test_of_a_view_without_clips_nothing_is_told() -> None:
    rows = Rows(table_from_clips(made()).slice(0, 0))
    assert rows.clips([]) == []
    assert rows.lengths_seconds.tolist() == []
    places = rows.places([])
    assert (places.clip_ids, places.shards, places.hashes, places.ranges) == ([], [], [], [])


def test_a_column_of_which_one_clip_has_a_value_is_kept() -> None:
    clips = made()
    table = table_from_clips(clips)
    index = table.schema.get_field_index("text")
    some = pa.array([None, None, "words", None, None], pa.string())
    rows = Rows(table.set_column(index, table.schema.field(index), some))
    assert [make().text for make in rows.clips(range(5))] == [None, None, "words", None, None]


def test_a_missing_hash_is_told_as_missing() -> None:
    table = table_from_clips(made())
    index = table.schema.get_field_index("audio_sha256")
    without = table.set_column(index, table.schema.field(index), pa.nulls(5, pa.string()))
    assert Rows(without).places([1]).hashes == [None]
    with pytest.raises(IndexError):
        Rows(without).num_samples([5])
