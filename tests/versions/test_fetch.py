"""Clips fetched from their shards: few requests, in order, each against its hash."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from audioset.engine import no_progress
from audioset.errors import IntegrityError
from audioset.records.version import VersionRecord
from audioset.storage.store import Store, open_store
from audioset.versions.layout import shard_key
from audioset.versions.read import fetch
from audioset.versions.read.believed import require_count, require_places
from audioset.versions.read.fetch import (
    fetch_clips,
    plan_requests,
    require_clip_names,
    stream_clips,
)
from audioset.versions.read.local_clips import bring_clips
from audioset.versions.read.resolve import read_version
from audioset.versions.read.totals import totals_of
from tests.versions.publishing import publish, stored_objects, with_value
from tests.workspaces import make_workspace


def rows_at(*places: tuple[str, int, int]) -> pa.Table:
    names = ("shard_sha256", "offset_bytes", "size_bytes")
    return pa.table(dict(zip(names, zip(*places, strict=True), strict=True)))


@pytest.mark.parametrize(
    ("places", "parts"),
    [
        ([("a", 0, 10)], [[0]]),
        ([("a", 0, 10), ("a", 20, 10), ("a", 90, 10)], [[0, 1, 2]]),
        ([("a", 0, 10), ("a", 20, 10), ("a", 90, 11)], [[0, 1], [2]]),
        ([("a", 0, 10), ("b", 20, 10), ("b", 30, 1)], [[0], [1, 2]]),
        ([("b", 0, 10), ("a", 20, 10), ("b", 30, 1)], [[0, 2], [1]]),
        ([("a", 50, 10), ("a", 20, 10), ("a", 119, 1)], [[1, 0, 2]]),
        ([("a", 50, 10), ("a", 20, 10), ("a", 119, 2)], [[1, 0], [2]]),
        ([("a", 5, 10), ("a", 5, 10)], [[0, 1]]),
        ([("a", 0, 500), ("a", 500, 500)], [[0], [1]]),
        ([("a", 7, 93), ("a", 100, 7), ("a", 107, 1)], [[0, 1], [2]]),
    ],
)
def test_requests_are_ranges_of_one_shard_that_span_no_more_than_asked(
    places: list[tuple[str, int, int]], parts: list[list[int]]
) -> None:
    found = plan_requests(rows_at(*places), request_bytes=100)
    assert [part.tolist() for part in found] == parts


def test_no_rows_are_no_requests_and_eight_mib_go_in_one() -> None:
    assert plan_requests(rows_at(("a", 0, 1)).slice(0, 0)) == []
    most = 8 * 2**20
    assert len(plan_requests(rows_at(("a", 0, 1), ("a", 1, most - 1)))) == 1
    assert len(plan_requests(rows_at(("a", 0, 1), ("a", 1, most)))) == 2


@pytest.mark.parametrize("name", ["../x", "", "a/b", "a\n", "A B"])
def test_an_id_that_can_name_no_file_is_refused(name: str) -> None:
    with pytest.raises(IntegrityError, match=r"scots@v1 is damaged: .* cannot be a clip id"):
        require_clip_names(pa.table({"clip_id": ["talk-1", name]}), "scots@v1")
    require_clip_names(pa.table({"clip_id": ["talk-1"]}), "scots@v1")


@pytest.fixture(scope="module")
def published(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[VersionRecord, dict[str, bytes], dict[str, bytes]]:
    ws = make_workspace(tmp_path_factory.mktemp("fetch") / "w", sources=3, clips_per_source=5)
    store = open_store("memory://")
    record = publish(ws, store=store).record
    files = {path.stem: path.read_bytes() for path in Path(ws.clips_dir).glob("*.flac")}
    return record, stored_objects(store), files


@pytest.fixture
def store(published: tuple[VersionRecord, dict[str, bytes], dict[str, bytes]]) -> Store:
    made = open_store("memory://")
    for key, data in published[1].items():
        made.put_new(key, data)
    return made


@pytest.fixture
def record(published: tuple[VersionRecord, dict[str, bytes], dict[str, bytes]]) -> VersionRecord:
    return published[0]


def test_all_clips_come_in_order_with_their_rows(
    store: Store,
    record: VersionRecord,
    published: tuple[VersionRecord, dict[str, bytes], dict[str, bytes]],
) -> None:
    rows = read_version(store, record)
    found = list(stream_clips(store, record, rows))
    assert [row for row, _ in found] == rows.to_pylist()
    assert {row["clip_id"]: flac for row, flac in found} == published[2]
    stopped = stream_clips(store, record, rows)
    assert next(stopped)[0] == rows.to_pylist()[0]
    stopped.close()  # type: ignore[attr-defined]
    assert list(stream_clips(store, record, rows.slice(0, 0))) == []
    assert fetch_clips(store, record, []) == []


def test_rows_of_several_shards_that_interleave_take_few_requests(
    store: Store, record: VersionRecord, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As after some publishes: neighbours in the order of ids lie in different shards."""
    ordered = read_version(store, record)
    by_offset = ordered.sort_by([("offset_bytes", "ascending"), ("shard_sha256", "ascending")])
    num_shards = len(record.shards)
    assert num_shards > 1
    asked: list[str] = []
    real = type(store).get_ranges

    def counted(self: Store, key: str, *arguments: Any) -> Any:
        asked.append(key)
        return real(self, key, *arguments)

    monkeypatch.setattr(type(store), "get_ranges", counted)
    found = list(stream_clips(store, record, by_offset))
    assert [row for row, _ in found] == by_offset.to_pylist()
    for row, flac in found:
        assert hashlib.sha256(flac).hexdigest() == row["audio_sha256"]
    assert len(asked) == num_shards
    asked.clear()
    bring_clips(store, record, by_offset, tmp_path, doing="pulling", progress=no_progress)
    assert len(asked) == num_shards
    asked.clear()
    monkeypatch.setattr(fetch, "WINDOW_BYTES", sum(by_offset["size_bytes"].to_pylist()) // 2)
    assert [row for row, _ in stream_clips(store, record, by_offset)] == by_offset.to_pylist()
    assert num_shards < len(asked) <= 3 * num_shards, "a window holds no more than it may"


def test_a_damaged_clip_and_a_missing_shard_are_named(store: Store, record: VersionRecord) -> None:
    wanted = read_version(store, record).to_pylist()[:2]
    key = shard_key("scots", wanted[0]["shard_sha256"])
    data = bytearray(store.get(key))
    data[wanted[1]["offset_bytes"] + 50] ^= 1
    store.delete(key)
    with pytest.raises(IntegrityError, match=f"scots@v1 is damaged: its shard .*{key} is missing"):
        fetch_clips(store, record, wanted)
    store.put_content(key, bytes(data))
    with pytest.raises(
        IntegrityError, match=f"clip {wanted[1]['clip_id']} of scots@v1 is damaged.*{key}"
    ):
        fetch_clips(store, record, wanted)
    assert len(fetch_clips(store, record, wanted[:1])) == 1


def test_rows_and_record_must_agree_on_numbers(record: VersionRecord) -> None:
    require_count(record, 15)
    for number in (14, 16):
        with pytest.raises(IntegrityError, match=f"states 15 clips, and its manifest has {number}"):
            require_count(record, number)


def test_rows_point_into_shards_of_their_record_and_no_further(
    store: Store, record: VersionRecord
) -> None:
    rows = read_version(store, record)
    require_places(record, rows)
    require_places(record, rows.slice(0, 0))
    first = rows.slice(2, 1).to_pylist()[0]
    size = next(s.size_bytes for s in record.shards if s.sha256 == first["shard_sha256"])
    last = size - first["size_bytes"]
    require_places(record, with_value(rows, 2, "offset_bytes", last))
    require_places(record, with_value(rows, 2, "offset_bytes", 0))
    wrong: list[tuple[str, object]] = [
        ("offset_bytes", last + 1),
        ("offset_bytes", -1),
        ("offset_bytes", None),
        ("offset_bytes", 2**62),
        ("size_bytes", size - first["offset_bytes"] + 1),
        ("size_bytes", -1),
        ("size_bytes", None),
        ("size_bytes", 2**63 - 1),
        ("shard_sha256", "0" * 64),
        ("shard_sha256", None),
    ]
    for name, value in wrong:
        with pytest.raises(
            IntegrityError, match=f"1 rows point into no shard.*the first is {first['clip_id']}"
        ):
            require_places(record, with_value(rows, 2, name, value))
    with pytest.raises(IntegrityError, match="15 rows point into no shard"):
        require_places(replace(record, shards=()), rows)


def test_totals_are_exact_and_nobody_is_no_speaker() -> None:
    rows = pa.table(
        {
            "length_seconds": [1e16, 1.0, -1e16],
            "speaker": pa.array(["ada", None, "ada"], pa.string()),
        }
    )
    assert totals_of(rows) == {"num_clips": 3, "length_seconds": 1.0, "num_speakers": 1}
