"""From names to records and rows: what is there is found, what is not is named."""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from audioset.errors import IntegrityError, InvalidInputError, NotFoundError
from audioset.records.identity import VersionRef
from audioset.records.pin import Pin
from audioset.storage.store import Store, open_store
from audioset.storage.tables import order_manifest
from audioset.versions.layout import version_key
from audioset.versions.read.resolve import (
    list_versions,
    read_version,
    resolve,
    resolve_pin,
    scan_version,
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
    with pytest.raises(NotFoundError, match=r"scotch@v1 does not exist;.*only scots$"):
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
