"""Where bytes of clips come from: whole shards in the cache, or ranges; damaged ones never pass."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from audioset.errors import IntegrityError
from audioset.storage.cache import Cache
from audioset.storage.store import open_store
from audioset.training.reader import Dataset
from audioset.versions.layout import shard_key
from audioset.workspace import Workspace
from tests.servers import s3_url
from tests.training.test_reader import publish
from tests.workspaces import make_workspace

__all__ = ["s3_url"]


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path / "workspace", sources=3, clips_per_source=10)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache", 10_000_000)


@pytest.fixture(params=["memory", "s3"])
def remote(ws: Workspace, request: pytest.FixtureRequest, cache: Cache) -> Dataset:
    url = request.getfixturevalue("s3_url") if request.param == "s3" else "memory://"
    made = publish(ws, open_store(url))
    return Dataset(made.store, made.record, cache=cache)


class Requests:
    """Counts what a store is asked for, and lets it answer."""

    def __init__(self, dataset: Dataset) -> None:
        self.ranges: list[str] = []
        self.whole: list[str] = []
        store, blocks, ranges = dataset.store, dataset.store.get_blocks, dataset.store.get_ranges
        store.get_blocks = lambda key: (self.whole.append(key), blocks(key))[1]  # type: ignore[method-assign, func-returns-value]
        store.get_ranges = lambda key, r, **join: (self.ranges.append(key), ranges(key, r, **join))[
            1
        ]  # type: ignore[method-assign, func-returns-value]


def one_clip(dataset: Dataset) -> Dataset:
    """View of a single clip, of the shard that holds most."""
    shard = max(dataset.record.shards, key=lambda shard: shard.num_clips)
    assert shard.num_clips > 2
    held = dataset.where(f"shard_sha256 = '{shard.sha256}'")
    return held.where(f"clip_id = '{held.table['clip_id'][0].as_py()}'")


def read(dataset: Dataset) -> dict[str, bytes]:
    batches = dataset.batches(clips=4, shuffle="block")
    return {clip.row.clip_id: clip.samples.tobytes() for batch in batches for clip in batch}


def test_shards_that_are_wanted_whole_are_fetched_once_and_kept(
    remote: Dataset, cache: Cache
) -> None:
    asked = Requests(remote)
    first = read(remote)
    assert len(first) == 30
    assert len(asked.whole) > 1
    assert len(set(asked.whole)) == len(asked.whole)
    kept = {shard_key("scots", path.name) for path in cache.folder.glob("[!.]*")}
    assert kept == set(asked.whole)
    assert read(remote) == first
    assert len(set(asked.whole)) == len(asked.whole), "no shard was fetched again"


def test_the_first_batch_waits_for_no_more_than_its_clips(remote: Dataset) -> None:
    asked = Requests(remote)
    batch = next(remote.batches(clips=4, shuffle="block"))
    hashes = {clip.row.shard_sha256 for clip in batch}
    assert set(asked.ranges) == {shard_key("scots", str(sha256)) for sha256 in hashes}
    alone = Dataset(remote.store, remote.record)
    asked.ranges.clear()
    assert sum(len(b) for b in alone.batches(clips=30, shuffle="block")) == 30
    assert len(asked.ranges) == len(remote.record.shards), "one batch is one request per shard"


def test_a_pass_reads_each_stretch_once_unless_a_full_shuffle_is_asked_for(remote: Dataset) -> None:
    asked = Requests(remote)
    numbers = []
    for ways in ({}, {"shuffle": "full"}):
        asked.ranges.clear()
        alone = Dataset(remote.store, remote.record)
        assert sum(len(batch) for batch in alone.batches(clips=2, **ways)) == 30  # type: ignore[arg-type]
        numbers.append(len(asked.ranges))
    by_itself, full = numbers
    assert by_itself <= 2 + len(remote.record.shards)  # its first batch is fetched by itself
    assert full > 2 * by_itself


def test_of_shards_of_which_little_is_wanted_only_that_is_read(
    remote: Dataset, cache: Cache
) -> None:
    asked = Requests(remote)
    assert len(read(one_clip(remote))) == 1
    assert asked.whole == []
    assert asked.ranges
    assert not cache.folder.exists()


def test_a_few_clips_come_from_a_shard_that_is_kept_anyway(remote: Dataset) -> None:
    read(remote)
    asked = Requests(remote)
    assert len(read(one_clip(remote))) == 1
    assert (asked.whole, asked.ranges) == ([], [])


def test_a_damaged_file_of_the_cache_is_thrown_away_and_read_from_the_store(
    remote: Dataset, cache: Cache
) -> None:
    good = read(remote)
    for path in cache.folder.glob("[!.]*"):
        data = bytearray(path.read_bytes())
        data[1000] ^= 1
        path.write_bytes(data)
    assert read(remote) == good


def test_a_damaged_shard_of_the_store_is_not_kept(remote: Dataset, cache: Cache) -> None:
    shard = remote.record.shards[0]
    key = shard_key("scots", shard.sha256)
    data = bytearray(remote.store.get(key))
    data[700] ^= 1
    remote.store.delete(key)
    remote.store.put_content(key, bytes(data))
    with pytest.raises(IntegrityError, match=shard.sha256[:12]):
        read(remote)
    assert not (cache.folder / shard.sha256).exists()


def test_a_local_store_needs_no_cache(ws: Workspace, cache: Cache) -> None:
    made = publish(ws, open_store(ws.settings.store))
    assert len(read(Dataset(made.store, made.record, cache=cache))) == 30
    assert not cache.folder.exists()


def test_a_missing_shard_of_a_remote_store_says_that_the_version_is_damaged(
    remote: Dataset,
) -> None:
    remote.store.delete(shard_key("scots", remote.record.shards[0].sha256))
    with pytest.raises(IntegrityError, match="scots@v1 is damaged"):
        read(remote)


def test_half_of_a_shard_is_wanted_whole_and_less_is_not(remote: Dataset) -> None:
    shard = max(remote.record.shards, key=lambda shard: shard.num_clips)
    held = remote.where(f"shard_sha256 = '{shard.sha256}'").table["clip_id"].to_pylist()
    half = -(-len(held) // 2)
    for number, whole in ((half - 1, []), (half, [shard_key("scots", shard.sha256)])):
        chosen = ", ".join(f"'{clip_id}'" for clip_id in held[:number])
        asked = Requests(remote)
        view = remote.where(f"clip_id in ({chosen})")
        assert len(list(view.batches(clips=1))) == number  # the first is never fetched whole
        assert asked.whole == whole


@pytest.mark.parametrize(("chosen", "join_bytes"), [(range(8), 2**20), ((0, 7), 65536)])
def test_gaps_are_read_in_vain_where_most_of_a_stretch_is_wanted(
    ws: Workspace, chosen: Sequence[int], join_bytes: int
) -> None:
    dataset = publish(ws, open_store("memory://"), shard_bytes=10**6)
    joins: list[object] = []
    ranges = dataset.store.get_ranges
    dataset.store.get_ranges = lambda key, r, **join: (joins.append(join), ranges(key, r, **join))[
        1
    ]  # type: ignore[method-assign, func-returns-value]
    dataset._source.fetch(chosen)
    assert joins == [{"join_bytes": join_bytes}]
