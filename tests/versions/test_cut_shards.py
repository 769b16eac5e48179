"""Clips put straight into a store of each kind, and published from there."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from audioset.errors import ConflictError
from audioset.records.cut_shards import PutClips
from audioset.records.manifest import table_from_clips
from audioset.storage.store import Store
from audioset.versions import cut_shards
from audioset.versions.cut_shards import put_cut
from audioset.versions.forget import forget, plan_forget
from audioset.versions.publish import publish_table
from audioset.versions.verify import verify
from tests.contracts.test_store_promises import s3_url, store
from tests.workspaces import make_clip

__all__ = ["s3_url", "store"]


class Source:
    """Clips of a source as a cut has them, in no order."""

    def __init__(self, name: str, num_clips: int = 4) -> None:
        made = [make_clip(name, number, speaker="ada") for number in reversed(range(num_clips))]
        self.audio = {clip.clip_id: flac for clip, flac in made}
        sizes = pa.array([len(flac) for _, flac in made], pa.int64())
        rows = table_from_clips([clip for clip, _ in made])
        at = rows.schema.get_field_index("size_bytes")
        self.rows = rows.set_column(at, rows.schema.field(at), sizes)

    def put(self, store: Store) -> PutClips:
        return put_cut(store, "scots", self.rows, self.audio.__getitem__)


def publish_cut(store: Store, tmp_path: Path, *cuts: PutClips) -> Any:
    found = {shard.sha256: shard for cut in cuts for shard in cut.shards}
    return publish_table(
        pa.concat_tables([cut.rows for cut in cuts]),
        clips_dir=tmp_path,
        store=store,
        dataset="scots",
        find_cut_shards=lambda: found,
    )


def shards(store: Store) -> list[str]:
    return sorted(store.list_keys("scots/shards"))


def test_a_cut_is_one_shard_and_a_publish_names_it(store: Store, tmp_path: Path) -> None:
    one, other = Source("one.mp4"), Source("other.mp4")
    cuts = [one.put(store), other.put(store)]
    assert [len(cut.shards) for cut in cuts] == [1, 1]
    before = shards(store)
    assert one.put(store) == cuts[0], "equal clips are an equal shard, and it is there"
    assert shards(store) == before
    made = publish_cut(store, tmp_path, *cuts)
    assert (made.uploaded_bytes, made.num_reused_shards) == (0, 2)
    assert shards(store) == before
    assert verify(store, "scots", decode=True).problems == ()


def test_a_long_source_is_several_shards(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    long = Source("long.mp4", 12)
    least = 2 * max(map(len, long.audio.values()))
    monkeypatch.setattr(cut_shards, "DEFAULT_SHARD_BYTES", least // 4)
    monkeypatch.setattr(cut_shards, "_LEAST_BYTES", least)
    cut = long.put(store)
    assert len(cut.shards) > 2
    assert sum(shard.num_clips for shard in cut.shards) == 12
    assert cut.rows["clip_id"].to_pylist() == sorted(long.audio)


def test_nothing_that_is_withdrawn_meanwhile_is_left_there(store: Store, tmp_path: Path) -> None:
    publish_cut(store, tmp_path, Source("one.mp4").put(store))
    before, source = shards(store), Source("other.mp4")

    def read(clip_id: str) -> bytes:
        if clip_id == min(source.audio):
            forget(store, plan_forget(store, "scots", column="speaker", value="ada"))
        return source.audio[clip_id]

    with pytest.raises(ConflictError, match="were withdrawn meanwhile; cut the source again"):
        put_cut(store, "scots", source.rows, read)
    assert not set(shards(store)) - set(before)
    again = Source("one.mp4").put(store)
    assert (again.num_withdrawn, again.rows.num_rows, again.shards) == (4, 0, ())
