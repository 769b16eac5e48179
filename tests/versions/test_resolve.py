"""From names to records and rows: what is there is found, what is not is named."""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from audioset.errors import DamagedWarning, IntegrityError, InvalidInputError, NotFoundError
from audioset.records.identity import VersionRef
from audioset.records.pin import Pin
from audioset.storage.store import Store, open_store
from audioset.storage.tables import order_manifest
from audioset.versions.aliases import move_alias
from audioset.versions.forget import forget, plan_forget
from audioset.versions.layout import manifest_key, version_key, withdrawal_key
from audioset.versions.read.resolve import (
    list_readable_versions,
    list_version_numbers,
    list_versions,
    read_record,
    read_version,
    resolve,
    resolve_pin,
    resolve_reference,
    scan_version,
)
from audioset.versions.read.withdrawals import (
    list_withdrawals,
    read_withdrawal,
    remaining,
    what_is_left,
    withdrawn_recordings,
)
from audioset.workspace import Workspace
from tests.versions.publishing import publish, with_value, working_table
from tests.workspaces import make_workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path / "work", sources=2)


@pytest.fixture
def store(workspace: Workspace) -> Store:
    """A store with scots@v1 to scots@v3."""
    table = working_table(workspace)
    for text in ("one", "two", "three"):
        publish(workspace, with_value(table, 0, "text", text))
    return open_store(workspace.settings.store)


def test_versions_are_listed_oldest_first(store: Store) -> None:
    assert [str(record.ref) for record in list_versions(store, "scots")] == [
        "scots@v1",
        "scots@v2",
        "scots@v3",
    ]
    assert list_versions(store, "nobody") == []


def test_versions_are_ordered_by_number_beyond_four_digits(store: Store) -> None:
    record = resolve(store, VersionRef("scots", 3))
    for number in (9999, 10000):
        text = replace(record, version=number).to_json()
        store.put_new(version_key("scots", number), text.encode())
    assert [r.version for r in list_versions(store, "scots")] == [1, 2, 3, 9999, 10000]


def test_other_objects_beside_the_records_are_left_alone(store: Store) -> None:
    store.put_new("scots/versions/README.md", b"hello")
    assert len(list_versions(store, "scots")) == 3


def test_a_name_finds_its_record(store: Store) -> None:
    record = resolve(store, VersionRef("scots", 2))
    assert (record.dataset, record.version, record.parent) == ("scots", 2, 1)


def test_a_missing_version_names_those_that_exist(store: Store) -> None:
    with pytest.raises(NotFoundError) as caught:
        resolve(store, VersionRef("scots", 7))
    assert str(caught.value) == "scots@v7 does not exist; scots has v1 to v3"


def test_a_missing_dataset_names_those_that_exist(store: Store) -> None:
    with pytest.raises(NotFoundError, match=r"scotch@v1 does not exist;.*did you mean scots.$"):
        resolve(store, VersionRef("scotch", 1))


def test_an_empty_store_says_to_publish(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="is empty: publish first"):
        resolve(open_store(str(tmp_path / "none")), VersionRef("scots", 1))


def test_rows_come_back_whole_and_as_a_stream(workspace: Workspace, store: Store) -> None:
    record = resolve(store, VersionRef("scots", 3))
    read = read_version(store, record)
    expected = order_manifest(with_value(working_table(workspace), 0, "text", "three"), "x")
    stored = ["audio_sha256", "shard_sha256", "offset_bytes", "size_bytes"]
    assert read.drop_columns(stored).equals(expected.drop_columns(stored))
    assert all(read[name].null_count == 0 for name in stored)
    assert pa.Table.from_batches(scan_version(store, record)).equals(read)
    (batch,) = scan_version(store, record, ["text", "clip_id"])
    assert batch.schema.names == ["text", "clip_id"]


@pytest.mark.parametrize("damage", ["flip", "truncate", "delete"])
def test_a_damaged_manifest_is_never_read(store: Store, damage: str) -> None:
    record = resolve(store, VersionRef("scots", 2))
    path = Path(store.url) / "scots" / "manifests" / f"{record.manifests[0].sha256}.parquet"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.unlink()
    if damage != "delete":
        path.write_bytes(data if damage == "flip" else data[:-1])
    for read in (read_version, lambda store, record: list(scan_version(store, record))):
        with pytest.raises(IntegrityError, match=r"scots@v2 is damaged: its manifest"):
            read(store, record)


def test_a_record_under_another_name_is_refused(store: Store) -> None:
    store.put_new(version_key("scots", 4), store.get(version_key("scots", 3)))
    with pytest.raises(IntegrityError, match=r"v0004\.json is the record of another version"):
        resolve(store, VersionRef("scots", 4))


def test_a_record_that_is_no_record_is_named(store: Store) -> None:
    store.put_new(version_key("scots", 4), b"{}")
    with pytest.raises(InvalidInputError, match=r"v0004\.json is not a version record"):
        list_versions(store, "scots")


def write_pin(path: Path, store: Store, *, version: int = 2, digest: str | None = None) -> Path:
    digest = digest or resolve(store, VersionRef("scots", 2)).digest
    pin = Pin(dataset="scots", version=version, digest=digest, store=store.url)
    path.write_text(pin.to_json())
    return path


def test_a_pin_finds_its_version(tmp_path: Path, store: Store) -> None:
    path = write_pin(tmp_path / "scots.pin.json", store)
    assert resolve_pin(store, path)[0] == resolve(store, VersionRef("scots", 2))


def test_a_pin_of_other_data_is_refused(tmp_path: Path, store: Store) -> None:
    path = write_pin(tmp_path / "scots.pin.json", store, digest="ab" * 32)
    with pytest.raises(IntegrityError, match=r"scots@v2 .* not the same data"):
        resolve_pin(store, path)


def test_a_pin_of_another_store_tells_where_it_came_from(tmp_path: Path, store: Store) -> None:
    path = write_pin(tmp_path / "scots.pin.json", store)
    with pytest.raises(NotFoundError, match=f"pinned by {path} from store {store.url}"):
        resolve_pin(open_store(str(tmp_path / "empty")), path)


def test_a_name_that_is_neither_version_nor_file_is_explained(store: Store) -> None:
    with pytest.raises(NotFoundError, match=r"no pin file scots; a version is written name@v3"):
        resolve_pin(store, Path("scots"))


def test_a_file_that_is_no_pin_is_named(tmp_path: Path, store: Store) -> None:
    (tmp_path / "x").write_bytes(b"\xff\xfe")
    for path in (tmp_path / "x", tmp_path):
        with pytest.raises(InvalidInputError, match="is not a pin file"):
            resolve_pin(store, path)


def test_a_damaged_record_is_left_out_and_told(store: Store) -> None:
    store.put_new(version_key("scots", 4), b"{}")
    with pytest.warns(DamagedWarning, match=r"scots@v4 is left out: .*its number stays taken"):
        assert [r.version for r in list_readable_versions(store, "scots")] == [1, 2, 3]
    assert list_version_numbers(store, "scots") == [1, 2, 3, 4]
    assert list_readable_versions(store, "nobody") == []


def test_a_reference_is_a_version_or_an_alias(store: Store) -> None:
    move_alias(store, "best", VersionRef("scots", 2))
    assert resolve_reference(store, "scots@best") == resolve_reference(store, "scots@v2")
    with pytest.raises(InvalidInputError):
        resolve_reference(store, "scots")


def test_one_version_is_named_alone(tmp_path: Path) -> None:
    store = open_store("memory://")
    publish(make_workspace(tmp_path / "w", sources=1, clips_per_source=1), store=store)
    with pytest.raises(NotFoundError) as caught:
        resolve(store, VersionRef("scots", 7))
    assert str(caught.value) == "scots@v7 does not exist; scots has v1"


def test_a_record_and_its_rows_must_agree(store: Store) -> None:
    record = resolve(store, VersionRef("scots", 1))
    more = replace(record, num_clips=record.num_clips + 1)
    for read in (read_version, lambda store, record: list(scan_version(store, record))):
        with pytest.raises(IntegrityError, match="states 21 clips, and its manifest has 20"):
            read(store, more)
    with pytest.raises(IntegrityError, match="point into no shard"):
        read_version(store, replace(record, shards=record.shards[1:]))
    with pytest.raises(IntegrityError, match="states 20 clips, and its manifest has 0"):
        read_version(store, replace(record, manifests=()))
    empty = replace(record, manifests=(), num_clips=0)
    assert read_version(store, empty).num_rows == 0
    assert read_version(store, empty).schema.equals(read_version(store, record).schema)
    most = record.manifests[0].size_bytes - 1
    longer = replace(record, manifests=(replace(record.manifests[0], size_bytes=most),))
    with pytest.raises(IntegrityError, match=f"it has {most + 1} bytes, and {most} are the most"):
        read_version(store, longer)


def test_records_and_withdrawals_of_others_are_refused(store: Store) -> None:
    store.put_new("welsh/versions/v0001.json", store.get(version_key("scots", 1)))
    with pytest.raises(IntegrityError, match="is the record of another version: scots@v1"):
        read_record(store, "welsh", 1)
    forget(store, plan_forget(store, "scots", column="speaker", value="speaker1"))
    (first,) = list_withdrawals(store, "scots")
    data = store.get(withdrawal_key("scots", 1))
    store.put_new(withdrawal_key("scots", 2), data)
    with pytest.raises(IntegrityError, match=r"w0002\.json is another withdrawal: w0001 of scots"):
        list_withdrawals(store, "scots")
    with pytest.raises(IntegrityError, match=r"w0003\.json vanished while it was read"):
        read_withdrawal(store, "scots", 3)
    store.delete(withdrawal_key("scots", 1))
    with pytest.raises(IntegrityError, match=r"w0001\.json is missing; restore it"):
        list_withdrawals(store, "scots")
    latest = read_record(store, "scots", 4)
    assert latest.num_withdrawals == 1
    assert remaining(store, latest, [first]) == latest
    with pytest.raises(IntegrityError, match=r"w0001\.json is missing"):
        remaining(store, latest, [])
    oldest = read_record(store, "scots", 1)
    left = what_is_left(oldest, [first])
    assert (left.num_clips, left.num_withdrawn, left.num_speakers) == (10, 10, 1)
    assert (left.length_seconds, left.digest, left.version) == (2.5, oldest.digest, 1)
    assert left.size_bytes == sum(shard.size_bytes for shard in left.shards)
    assert withdrawn_recordings([first]) == set(first.recordings)
    again = replace(first.versions[0], num_clips=3)
    second = replace(first, versions=(again,), recordings=("f" * 64,))
    assert what_is_left(oldest, [first, second]).num_clips == 3, "the last that touched it"
    assert len(withdrawn_recordings([first, second])) == 11


def test_a_large_part_is_read_where_it_lies_and_held_against_its_hash(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = read_record(store, "scots", 1)
    held = list(scan_version(store, record))
    monkeypatch.setattr("audioset.versions.read.resolve._MOST_HELD_BYTES", 0)
    assert list(scan_version(store, record)) == held
    [part] = record.manifests
    path = Path(store.url) / manifest_key("scots", part.sha256)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(IntegrityError, match="does not match its hash"):
        next(scan_version(store, record))
    path.unlink()
    with pytest.raises(IntegrityError, match="its manifest is missing"):
        next(scan_version(store, record))
