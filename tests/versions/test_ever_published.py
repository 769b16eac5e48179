"""All clips that versions ever held, and the stream that leaves withdrawn ones out."""

from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from audioset.errors import IntegrityError
from audioset.records.manifest import table_from_clips
from audioset.records.pin import Pin
from audioset.storage.store import Store, open_store
from audioset.versions.read.ever_published import published_clips
from audioset.versions.read.resolve import list_versions, read_version
from audioset.versions.read.sieve import Sieve, Withdrawn
from audioset.versions.read.views import (
    describe_view,
    digest_of_rows,
    read_rows,
    require_pinned_rows,
    scan_rows,
)
from tests.versions.publishing import publish, with_value, working_table
from tests.workspaces import add_source, make_clip, make_workspace


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Three versions of talk 1: all of it; with talk 2 and without its first; two of talk 2."""
    made = open_store("memory://")
    ws = make_workspace(tmp_path_factory.mktemp("ever") / "w", sources=0)
    add_source(ws, "talk 1.mp4", 3, speaker="ada", split="test")
    publish(ws, store=made)
    add_source(ws, "talk 2.mp4", 3, speaker="ben")
    rows = working_table(ws)
    publish(ws, with_value(rows.slice(1), 0, "split", "train"), made)
    publish(ws, with_value(rows.slice(4), 0, "text", "new"), made)
    return made


def test_every_clip_is_there_once_as_its_latest_version_has_it(store: Store) -> None:
    records = list_versions(store, "scots")
    nothing = pa.chunked_array([], pa.string())
    columns = ["clip_id", "split", "text"]
    found = published_clips(store, records, columns, working_ids=nothing).gone
    assert found.column_names == ["clip_id", "split", "text", "first_version"]
    rows = {row["clip_id"]: row for row in found.to_pylist()}
    first, second = (read_version(store, r)["clip_id"].to_pylist() for r in records[:2])
    assert len(found) == len(rows) == 6
    assert [rows[clip_id]["first_version"] for clip_id in first] == [1, 1, 1]
    assert [rows[clip_id]["split"] for clip_id in first] == ["test", "train", "test"]
    others = [clip_id for clip_id in second if clip_id not in first]
    assert [rows[clip_id]["first_version"] for clip_id in others] == [2, 2, 2]
    assert [rows[clip_id]["text"] for clip_id in others] == [None, "new", None]
    assert [rows[clip_id]["split"] for clip_id in others] == [None] * 3
    again = published_clips(store, reversed(records), columns, working_ids=nothing).gone
    assert again.equals(found), "whatever order the records come in"
    none = published_clips(store, [], ["clip_id", "split"], working_ids=nothing).gone
    assert (none.num_rows, none.column_names) == (0, ["clip_id", "split", "first_version"])


def test_of_working_clips_is_told_what_versions_say(store: Store) -> None:
    records, columns = list_versions(store, "scots"), ["clip_id", "split", "text"]
    nothing = pa.chunked_array([], pa.string())
    every = published_clips(store, records, columns, working_ids=nothing).gone
    here = [*every["clip_id"].to_pylist()[1::2], "zzz"]
    halves = pa.chunked_array([here[:2], here[2:]])
    found = published_clips(store, records, columns, working_ids=halves)
    said = every.filter(pc.is_in(every["clip_id"], pa.array(here)))
    assert found.first_versions.tolist() == [*said["first_version"].to_pylist(), -1]
    assert found.splits.to_pylist() == [*said["split"].to_pylist(), None]
    others = every.filter(pc.invert(pc.is_in(every["clip_id"], pa.array(here))))
    assert found.gone.to_pylist() == others.to_pylist()


def test_a_sieve_counts_what_it_leaves_out() -> None:
    clips = [make_clip("talk.mp4", number)[0] for number in range(4)]
    gone = frozenset(str(clip.pcm_sha256) for clip in clips[1:3])
    sieve = Sieve(Withdrawn(gone, frozenset(), {}))
    batches = table_from_clips(clips).to_batches(2)
    kept = pa.Table.from_batches(sieve.sift([*batches, *batches]))
    assert kept["clip_id"].to_pylist() == [clips[0].clip_id, clips[3].clip_id] * 2
    assert sieve.num_left_out == 4
    nobody = Withdrawn.of([])
    assert not nobody
    assert nobody.holds(batches[0]).tolist() == [False, False]
    assert Withdrawn(gone, frozenset(), {})
    assert Withdrawn(frozenset(), frozenset({"a"}), {})
    assert nobody.same_samples(batches[0]).tolist() == [False, False]


def test_a_view_is_described_by_its_rows(store: Store) -> None:
    record = list_versions(store, "scots")[1]
    rows = read_rows(store, record, "speaker = 'ada'")
    assert rows.num_rows == 2
    assert read_rows(store, record, None).num_rows == 5
    view = describe_view(record, "speaker = 'ada'", rows)
    assert (view.record, view.filter, view.num_clips) == (record, "speaker = 'ada'", 2)
    assert (view.length_seconds, view.num_speakers) == (0.5, 1)
    assert view.size_bytes == pc.sum(rows["size_bytes"]).as_py()
    assert view.digest == digest_of_rows(record, rows) != record.digest
    assert digest_of_rows(record, read_rows(store, record, "true")) == record.digest
    whole = describe_view(record, None, None)
    assert (whole.digest, whole.num_clips, whole.filter) == (record.digest, 5, None)
    assert whole.size_bytes == record.size_bytes
    none = describe_view(record, "false", read_rows(store, record, "false"))
    assert (none.num_clips, none.size_bytes, none.length_seconds) == (0, 0, 0.0)
    columns = ["speaker", "clip_id"]
    scanned = pa.Table.from_batches(scan_rows(store, record, "speaker = 'ada'", columns))
    assert scanned.to_pylist() == rows.select(columns).to_pylist()


def test_a_pinned_view_is_held_against_its_digest(store: Store) -> None:
    record = list_versions(store, "scots")[1]
    view = describe_view(record, "true", read_rows(store, record, "speaker = 'ada'"))
    pin = Pin(
        dataset="scots",
        version=2,
        digest=view.digest,
        store="memory://",
        filter="true",
        version_digest=record.digest,
    )
    require_pinned_rows(pin, view)
    with pytest.raises(IntegrityError, match="is pinned: the condition chooses other clips"):
        require_pinned_rows(replace(pin, digest="0" * 64), view)
    fewer = replace(view, record=replace(record, num_withdrawn=1))
    require_pinned_rows(replace(pin, digest="0" * 64), fewer)
