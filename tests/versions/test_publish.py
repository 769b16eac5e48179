"""Publish: equal data gives equal bytes, small changes upload little, nothing half is seen."""

import signal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from audioset.errors import (
    ConflictError,
    DamagedWarning,
    IntegrityError,
    InvalidInputError,
    MediaError,
    NotFoundError,
    StorageError,
)
from audioset.media.flac import decode_flac_pcm, encode_flac, pcm_sha256
from audioset.records.version import DEFAULT_SHARD_BYTES, VersionRecord
from audioset.settings import user_name
from audioset.storage.local_store import LocalStore
from audioset.storage.store import open_store
from audioset.versions.forget import forget, plan_forget
from audioset.versions.layout import manifest_key, shard_key, version_key
from audioset.versions.publish.publish import Publication, publish_table
from audioset.versions.read.resolve import list_versions, read_version
from audioset.workspace import Workspace
from tests.faulty_proxy import LOST_ANSWER, faulty_proxy
from tests.servers import careless_s3, s3_url, start_s3
from tests.versions.publishing import (
    SHARD_BYTES,
    publish,
    stored_objects,
    with_value,
    working_table,
)
from tests.workspaces import SAMPLING_RATE, add_source, make_workspace

__all__ = ["s3_url"]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path / "work")


def content(objects: dict[str, bytes]) -> dict[str, bytes]:
    return {key: data for key, data in objects.items() if "/versions/" not in key}


def test_the_first_publish_makes_version_one(workspace: Workspace) -> None:
    made = publish(workspace)
    store = open_store(workspace.settings.store)
    assert str(made.ref) == "scots@v1"
    assert not made.unchanged
    record = made.record
    assert (record.num_clips, record.num_speakers, record.parent) == (30, 2, None)
    assert record.length_seconds == 7.5
    assert list_versions(store, "scots") == [record]
    assert made.num_new_shards == len(record.shards) > 2
    assert made.uploaded_bytes == record.size_bytes == sum(s.size_bytes for s in record.shards)
    assert sum(shard.num_clips for shard in record.shards) == 30


def test_the_manifest_tells_where_every_clip_lies(workspace: Workspace) -> None:
    made, store = publish(workspace), open_store(workspace.settings.store)
    for row in read_version(store, made.record).to_pylist():
        key = shard_key("scots", row["shard_sha256"])
        (flac,) = store.get_ranges(key, [(row["offset_bytes"], row["size_bytes"])])
        assert flac == (workspace.clips_dir / f"{row['clip_id']}.flac").read_bytes()


def test_two_workspaces_with_equal_clips_publish_equal_bytes(tmp_path: Path, s3_url: str) -> None:
    """Same digest, shards and manifest on two paths and on S3: only the record differs."""
    first = make_workspace(tmp_path / "a")
    second = make_workspace(tmp_path / "elsewhere" / "b")
    shuffled = working_table(second).take(list(reversed(range(30))))
    made = [publish(first), publish(second, shuffled), publish(first, store=open_store(s3_url))]
    assert len({publication.record.digest for publication in made}) == 1
    stores = [open_store(url) for url in (first.settings.store, second.settings.store, s3_url)]
    one, two, three = (content(stored_objects(store)) for store in stores)
    assert one == two == three


def test_publishing_nothing_new_gives_the_latest_version(workspace: Workspace) -> None:
    first, before = publish(workspace), stored_objects(open_store(workspace.settings.store))
    again = publish(workspace)
    assert again.unchanged
    assert again.record == first.record
    assert (again.num_new_shards, again.uploaded_bytes) == (0, 0)
    assert stored_objects(open_store(workspace.settings.store)) == before


def test_a_changed_text_uploads_no_audio(workspace: Workspace) -> None:
    first = publish(workspace)
    second = publish(workspace, with_value(working_table(workspace), 3, "text", "said otherwise"))
    assert str(second.ref) == "scots@v2"
    assert second.record.parent == 1
    assert second.record.digest != first.record.digest
    assert (second.num_new_shards, second.uploaded_bytes) == (0, 0)
    assert second.reused_bytes == first.record.size_bytes
    assert second.record.shards == first.record.shards


def test_a_changed_text_reads_no_audio(workspace: Workspace) -> None:
    """Files of the right size, but without audio, show that nobody opens them."""
    publish(workspace)
    for path in workspace.clips_dir.iterdir():
        path.write_bytes(bytes(path.stat().st_size))
    made = publish(workspace, with_value(working_table(workspace), 3, "text", "said otherwise"))
    assert made.num_new_shards == 0


def test_a_clip_with_other_audio_under_its_name_is_stored_anew(workspace: Workspace) -> None:
    publish(workspace)
    table = working_table(workspace)
    path = workspace.clips_dir / f"{table['clip_id'][0]}.flac"
    other = -(decode_flac_pcm(path.read_bytes(), bit_depth=16, name="clip") >> 16).astype(np.int16)
    path.write_bytes(encode_flac(other, table["sampling_rate"][0].as_py()))
    table = with_value(table, 0, "pcm_sha256", pcm_sha256(other))
    assert publish(workspace, table).num_new_shards == 1


def test_a_clip_that_a_crash_left_half_written_is_not_published(workspace: Workspace) -> None:
    path = next(workspace.clips_dir.iterdir())
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], whole[:-400] + bytes(400)):
        path.write_bytes(damaged)
        with pytest.raises(MediaError, match="is damaged or was changed"):
            publish(workspace)
    assert list_versions(open_store(workspace.settings.store), "scots") == []


def test_a_shard_that_the_store_lost_is_uploaded_again(workspace: Workspace) -> None:
    first, store = publish(workspace), open_store(workspace.settings.store)
    lost = first.record.shards[1]
    before = stored_objects(store)
    store_path = Path(workspace.settings.store) / shard_key("scots", lost.sha256)
    store_path.unlink()
    made = publish(workspace, with_value(working_table(workspace), 3, "text", "said otherwise"))
    assert made.num_new_shards == 1
    assert store_path.read_bytes() == before[shard_key("scots", lost.sha256)]


def test_a_damaged_older_manifest_does_not_keep_a_new_version_from_appearing(
    workspace: Workspace,
) -> None:
    first, store = publish(workspace), open_store(workspace.settings.store)
    (part,) = (Path(workspace.settings.store) / "scots" / "manifests").iterdir()
    part.write_bytes(b"damaged")
    made = publish(workspace, with_value(working_table(workspace), 3, "text", "said otherwise"))
    assert read_version(store, made.record).num_rows == 30
    with pytest.raises(IntegrityError, match=r"scots@v1 is damaged"):
        read_version(store, first.record)


def test_a_new_source_leaves_all_shards_alone(workspace: Workspace) -> None:
    first = publish(workspace)
    add_source(workspace, "talk 9.mp4", 10, speaker="speaker9")
    second = publish(workspace)
    assert set(first.record.shards) < set(second.record.shards)
    assert second.reused_bytes == first.record.size_bytes
    assert second.record.num_speakers == 3


def test_who_stops_it_behind_its_last_step_is_told_that_the_version_is_there(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_new = LocalStore.put_new

    def put_and_stop(self: LocalStore, key: str, data: bytes) -> None:
        put_new(self, key, data)
        if "/versions/" in key:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(LocalStore, "put_new", put_and_stop)
    with (
        pytest.warns(UserWarning, match=r"^scots@v1 is published, but .* audioset log"),
        pytest.raises(KeyboardInterrupt),
    ):
        publish(workspace)
    (record,) = list_versions(open_store(workspace.settings.store), "scots")
    assert publish(workspace).record == record


def test_nothing_to_publish_says_what_to_do(workspace: Workspace) -> None:
    with pytest.raises(InvalidInputError, match=r"nothing to publish.*audioset cut"):
        publish(workspace, working_table(workspace).slice(0, 0))


def test_a_bad_dataset_name_is_refused(workspace: Workspace) -> None:
    with pytest.raises(InvalidInputError, match="'Scots/x' is not allowed"):
        publish_table(
            working_table(workspace),
            clips_dir=workspace.clips_dir,
            store=open_store("memory://"),
            dataset="Scots/x",
        )


def first_clip(ws: Workspace) -> Path:
    return ws.clips_dir / f"{min(working_table(ws)['clip_id'].to_pylist())}.flac"


def test_missing_audio_is_named_and_counted(workspace: Workspace) -> None:
    first, *_, last = sorted(workspace.clips_dir.iterdir())
    first.unlink()
    last.write_bytes(b"")
    with pytest.raises(MediaError) as caught:
        publish(workspace)
    assert str(caught.value) == (
        f"2 of 30 clips have no audio, the first is {first}; cut the source again: audioset cut"
    )
    assert not Path(workspace.settings.store).exists()


def test_audio_that_is_no_flac_is_named(workspace: Workspace) -> None:
    path = first_clip(workspace)
    path.write_bytes(b"RIFF" + bytes(500))
    with pytest.raises(MediaError, match=f"{path.name} is not a FLAC file"):
        publish(workspace)


def test_audio_of_another_length_or_rate_is_named(workspace: Workspace) -> None:
    path = first_clip(workspace)
    pcm = pa.array([0] * 2001).to_numpy().astype("int16")
    for data, found in (
        (encode_flac(pcm, SAMPLING_RATE), "num_samples is 2001, not 2000"),
        (encode_flac(pcm[:2000], 16000), "sampling_rate is 16000, not 8000"),
        (encode_flac(pcm[:2000].astype("int32"), SAMPLING_RATE), "bit_depth is 24, not 16"),
    ):
        path.write_bytes(data)
        with pytest.raises(MediaError, match=f"does not match its manifest row: {found}"):
            publish(workspace)
    assert list_versions(open_store(workspace.settings.store), "scots") == []


def test_a_taken_version_number_is_a_conflict(workspace: Workspace) -> None:
    """Somebody publishes between our look at the store and our record."""
    other = make_workspace(workspace.folder.parent / "other", sources=1)
    store = open_store(workspace.settings.store)

    def publish_in_between(task: str, done: float, total: float | None, unit: str) -> None:
        if done == 0:
            publish(other, store=store)

    with pytest.raises(ConflictError, match=r"scots@v1 was published by \S+ at the same moment"):
        publish_table(
            working_table(workspace),
            clips_dir=workspace.clips_dir,
            store=store,
            dataset="scots",
            progress=publish_in_between,
        )
    assert [record.num_clips for record in list_versions(store, "scots")] == [10]
    assert str(publish(workspace, store=store).ref) == "scots@v2"


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("lost", ["versions/v0001.json", "shards/", "manifests/", ".probe-"])
def test_a_lost_answer_is_no_conflict(
    workspace: Workspace, s3_url: str, monkeypatch: pytest.MonkeyPatch, lost: str, times: int
) -> None:
    with faulty_proxy(start_s3().port, LOST_ANSWER, f"PUT .*/{lost}", times=times) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{proxy.port}")
        store = open_store(s3_url)
        made = publish(workspace, store=store)
        assert proxy.done == times, "the answer was never lost"
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{start_s3().port}")
    assert list_versions(open_store(s3_url), "scots") == [made.record]


def test_a_store_without_exclusive_creation_takes_no_version(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with careless_s3() as port:
        for name, value in start_s3().environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        with pytest.raises(StorageError, match="cannot hold versions"):
            publish(workspace, store=open_store("s3://bucket"))


def test_the_record_in_the_store_is_the_one_given_back(workspace: Workspace) -> None:
    made, store = publish(workspace), open_store(workspace.settings.store)
    text = store.get(version_key("scots", 1))
    assert VersionRecord.from_json(text, name="x") == made.record
    assert len(made.record.nonce) == 32


def publish_on(ws: Workspace, **options: int) -> VersionRecord:
    """Publish without saying how large shards are, unless an option does."""
    return publish_table(
        working_table(ws),
        clips_dir=ws.clips_dir,
        store=open_store(ws.settings.store),
        dataset="scots",
        **options,
    ).record


def test_the_next_version_keeps_to_the_size_of_shards_and_shares_them(workspace: Workspace) -> None:
    first = publish(workspace).record
    add_source(workspace, "talk 9.mp4", 1)
    second = publish_on(workspace)
    assert first.shard_bytes == second.shard_bytes == SHARD_BYTES
    assert set(first.shards) < set(second.shards)
    add_source(workspace, "talk 10.mp4", 1)
    assert publish_on(workspace, shard_bytes=1).shard_bytes == 1
    add_source(workspace, "talk 11.mp4", 1)
    assert publish_on(workspace, parent=2).shard_bytes == SHARD_BYTES, "that of the parent"


def test_a_lost_shard_comes_back_whatever_size_is_asked_for(workspace: Workspace) -> None:
    made, store = publish(workspace).record, open_store(workspace.settings.store)
    store.delete(shard_key("scots", made.shards[1].sha256))
    assert publish_on(workspace, shard_bytes=1) == made
    assert store.size(shard_key("scots", made.shards[1].sha256)) == made.shards[1].size_bytes


def test_a_record_tells_only_of_a_size_that_somebody_chose(workspace: Workspace) -> None:
    usual = publish_on(workspace)
    assert usual.shard_bytes == DEFAULT_SHARD_BYTES
    assert "shard_bytes" not in usual.to_json()
    assert VersionRecord.from_json(usual.to_json(), name="x") == usual


def test_progress_ends_at_its_total(workspace: Workspace) -> None:
    calls: list[tuple[str, float, float | None, str]] = []
    publish_table(
        working_table(workspace),
        clips_dir=workspace.clips_dir,
        store=open_store("memory://"),
        dataset="scots",
        shard_bytes=1000,
        progress=lambda *call: calls.append(call),
    )
    done = [call[1] for call in calls]
    assert done == sorted(done)
    sizes = sum(path.stat().st_size for path in workspace.clips_dir.iterdir())
    assert done[-1] == calls[-1][2] == sizes
    assert len(set(done)) > 10


def test_two_publishers_of_the_same_data_at_once_both_have_it(workspace: Workspace) -> None:
    store = open_store(workspace.settings.store)
    publish(workspace)
    table = with_value(working_table(workspace), 0, "text", "said otherwise")
    put_new = store.put_new

    def slow_put_new(key: str, data: bytes) -> None:
        publish(workspace, table)  # somebody else is faster
        put_new(key, data)

    store.put_new = slow_put_new  # type: ignore[method-assign]
    made = publish_table(table, clips_dir=workspace.clips_dir, store=store, dataset="scots")
    assert made.unchanged
    assert made.record.version == 2
    assert len(list_versions(open_store(workspace.settings.store), "scots")) == 2


def test_what_a_publish_did_is_told_in_numbers(workspace: Workspace) -> None:
    store = open_store("memory://")
    rows = working_table(workspace)
    told: list[tuple[object, ...]] = []

    def publish_rows(table: pa.Table, **values: int) -> Publication:
        told.clear()
        return publish_table(
            table,
            clips_dir=workspace.clips_dir,
            store=store,
            dataset="scots",
            shard_bytes=SHARD_BYTES,
            message="of mine",
            progress=lambda *call: told.append(call),
            **values,
        )

    first = publish_rows(rows)
    total = sum(path.stat().st_size for path in workspace.clips_dir.glob("*.flac"))
    assert told[0] == ("publishing", 0, total, "B")
    assert told[-1] == ("publishing", total, total, "B")
    assert len(told) == 1 + len(first.record.shards)
    assert (first.num_left_out, first.num_cut_anew, first.num_unjudged) == (0, 0, 0)
    assert (first.num_reused_shards, first.reused_bytes) == (0, 0)
    assert (first.run_id, first.tracking_error) == (None, None)
    record = first.record
    assert (record.message, record.num_withdrawals, record.shard_bytes) == (
        "of mine",
        0,
        SHARD_BYTES,
    )
    assert len(record.nonce) == 32
    assert record.created_by == user_name()
    assert record.created_at.endswith("+00:00")
    assert [part.num_clips for part in record.manifests] == [30]
    (part,) = record.manifests
    assert len(store.get(manifest_key("scots", part.sha256))) == part.size_bytes

    same = publish_rows(rows)
    assert (same.unchanged, same.record) == (True, record)
    assert (same.num_new_shards, same.uploaded_bytes) == (0, 0)
    assert (same.num_reused_shards, same.reused_bytes) == (len(record.shards), record.size_bytes)
    assert told == []

    other = publish_rows(with_value(rows, 0, "text", "new"))
    assert (other.unchanged, other.record.parent, other.record.shards) == (False, 1, record.shards)
    assert (other.num_new_shards, other.uploaded_bytes) == (0, 0)
    assert (other.num_reused_shards, other.reused_bytes) == (len(record.shards), record.size_bytes)
    branch = publish_rows(with_value(rows, 0, "text", "newer"), parent=1)
    assert (branch.record.version, branch.record.parent) == (3, 1)
    with pytest.raises(NotFoundError, match="scots@v9 does not exist; scots has v1 to v3"):
        publish_rows(with_value(rows, 0, "text", "newest"), parent=9)


def test_what_was_withdrawn_is_left_out_and_counted_by_how_it_is_known(
    workspace: Workspace,
) -> None:
    store = open_store("memory://")
    publish(workspace, store=store)
    forget(store, plan_forget(store, "scots", column="speaker", value="speaker1"))
    rows = working_table(workspace)
    again = publish(workspace, with_value(rows, 0, "text", "new"), store)
    assert (again.num_left_out, again.num_cut_anew, again.record.num_clips) == (10, 0, 20)
    assert again.record.num_withdrawals == 1
    anew = add_source(workspace, "talk 1.mp4", 4, seconds=0.4, speaker="speaker1")
    more = publish(workspace, working_table(workspace), store)
    assert (more.num_left_out, more.num_cut_anew) == (len(anew), len(anew))
    only = working_table(workspace)
    gone = only.filter(pc.equal(only["speaker"], "speaker1"))
    with pytest.raises(InvalidInputError, match="nothing to publish: every clip was withdrawn"):
        publish(workspace, gone, store)


def test_what_the_store_lost_of_a_version_is_put_again(workspace: Workspace) -> None:
    store = open_store("memory://")
    made = publish(workspace, store=store)
    key = shard_key("scots", made.record.shards[0].sha256)
    store.delete(key)
    again = publish(workspace, store=store)
    assert (again.unchanged, again.record, again.num_new_shards) == (True, made.record, 1)
    assert again.uploaded_bytes == made.record.shards[0].size_bytes
    assert again.num_reused_shards == len(made.record.shards) - 1
    assert store.size(key) == made.record.shards[0].size_bytes


def test_a_damaged_latest_record_keeps_its_number_and_stops_nothing(workspace: Workspace) -> None:
    store = open_store("memory://")
    rows = working_table(workspace)
    publish(workspace, store=store)
    publish(workspace, with_value(rows, 0, "text", "new"), store)
    key = version_key("scots", 2)
    store.delete(key)
    store.put_new(key, b"{}")
    with pytest.warns(DamagedWarning, match="scots@v2 is left out: .*its number stays taken"):
        made = publish(workspace, with_value(rows, 0, "text", "newer"), store)
    assert (made.record.version, made.record.parent) == (3, 1)
    for number in (1, 3):
        store.delete(version_key("scots", number))
    with (
        pytest.warns(DamagedWarning),
        pytest.raises((IntegrityError, InvalidInputError), match="v0002"),
    ):
        publish(workspace, store=store)
    store.delete(key)
    store.put_new(version_key("scots", 999_999_999), b"{}")
    with pytest.raises(IntegrityError, match="leaves no number for a new version"):
        publish(workspace, store=store)
