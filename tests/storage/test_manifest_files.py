"""Borders of manifests as files: order, nulls, lengths, damage, metadata, groups."""

import io
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from audioset.errors import InvalidInputError, NotFoundError, StorageError
from audioset.records.manifest import (
    SCHEMA_VERSION_KEY,
    SOURCE_KEY,
    manifest_schema,
    stored_schema,
    table_from_clips,
)
from audioset.storage import tables
from audioset.storage.tables import (
    ROW_GROUP_ROWS,
    decode_manifest,
    encode_manifest,
    list_manifests,
    order_manifest,
    read_manifest,
    read_manifest_metadata,
    replace_rows,
    scan_encoded,
    scan_manifests,
    write_manifest,
)
from tests.workspaces import make_clip

TABLE = table_from_clips(make_clip("talk.mp4", n, seconds=0.01)[0] for n in range(3))
IDS = TABLE["clip_id"].to_pylist()


def with_column(name: str, values: list[object], table: pa.Table = TABLE) -> pa.Table:
    field = manifest_schema().field(name)
    place = table.schema.get_field_index(name)
    return table.set_column(place, field.with_nullable(True), pa.array(values, field.type))


def parquet(table: pa.Table, **options: object) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, **options)
    return sink.getvalue()


def test_metadata_is_kept_sorted_beside_the_version(tmp_path: Path) -> None:
    for name, given in (("a", [(b"audioset.z", b"1"), (SOURCE_KEY, b"2")]), ("b", [])):
        path = tmp_path / f"{name}.parquet"
        write_manifest(path, TABLE, metadata=dict(given))
        assert read_manifest_metadata(path) == {SCHEMA_VERSION_KEY: b"2", **dict(given)}
    write_manifest(tmp_path / "c.parquet", TABLE, metadata={SOURCE_KEY: b"2", b"audioset.z": b"1"})
    assert (tmp_path / "c.parquet").read_bytes() == (tmp_path / "a.parquet").read_bytes()


def test_other_rows_keep_what_is_said_of_the_source(tmp_path: Path) -> None:
    path = tmp_path / "m.parquet"
    write_manifest(path, TABLE, metadata={SOURCE_KEY: b"{}", b"of.another": b"x"})
    replace_rows(path, TABLE.slice(1))
    assert read_manifest(path)["clip_id"].to_pylist() == IDS[1:]
    assert read_manifest_metadata(path) == {SCHEMA_VERSION_KEY: b"2", SOURCE_KEY: b"{}"}
    with pytest.raises(NotFoundError, match=r"^no manifest .*none\.parquet$"):
        replace_rows(tmp_path / "none.parquet", TABLE)


def test_order_is_that_of_the_ids() -> None:
    assert order_manifest(TABLE, "m") == TABLE
    assert order_manifest(TABLE.take([2, 0, 1]), "m").equals(TABLE)
    assert order_manifest(TABLE.slice(0, 1), "m").num_rows == 1
    assert order_manifest(TABLE.slice(0, 0), "m").num_rows == 0
    few = order_manifest(TABLE.select(manifest_schema().names[:15]).take([1, 0]), "m")
    assert few.schema.equals(manifest_schema(), check_metadata=True)
    assert few.num_rows == few["text"].null_count == 2
    for twice in ([0, 1, 1, 2], [1, 1], [1, 2, 0, 1]):
        with pytest.raises(InvalidInputError) as told:
            order_manifest(TABLE.take(twice), "m")
        assert str(told.value) == f"m: clip {IDS[1]} occurs twice; clip ids are unique"


def test_a_manifest_of_another_order_is_not_encoded() -> None:
    for wrong in ([1, 0, 2], [0, 2, 1], [0, 0, 1], [0, 1, 1]):
        with pytest.raises(InvalidInputError, match=r"^the manifest is not in the order of its cl"):
            encode_manifest(TABLE.take(wrong))
    with pytest.raises(
        InvalidInputError, match=r"^the manifest: .*'mood'; further facts go to 'ex"
    ):
        encode_manifest(TABLE.append_column("mood", pa.array(["x"] * 3)))
    with pytest.raises(InvalidInputError, match=r"^the manifest .*'pcm_sha256'"):
        encode_manifest(TABLE.drop_columns(["pcm_sha256"]))


@pytest.mark.parametrize(
    ("name", "values", "told"),
    [
        ("source_id", ["a", None, None], "column 'source_id' holds null in 2 rows; every clip"),
        ("num_samples", [1, 2, None], "column 'num_samples' holds null in 1 rows; every clip"),
        ("length_seconds", [1.0, -0.5, 1.0], "a clip has no finite length; it is damaged"),
        ("length_seconds", [1.0, 1.0, float("nan")], "a clip has no finite length; it is damaged"),
        ("length_seconds", [float("inf"), 0, 0], "a clip has no finite length; it is damaged"),
    ],
)  # fmt: skip
def test_what_every_row_must_have_is_looked_at_on_both_ways(
    tmp_path: Path, name: str, values: list[object], told: str
) -> None:
    wrong = with_column(name, values)
    path, data = tmp_path / "m.parquet", parquet(wrong)
    path.write_bytes(data)
    for use, named in (
        (lambda: order_manifest(wrong, "m"), "m"),
        (lambda: write_manifest(tmp_path / "new.parquet", wrong), f"{tmp_path}/new.parquet"),
        (lambda: encode_manifest(wrong), "the manifest"),
        (lambda: decode_manifest(data, "d"), "d"),
        (lambda: list(scan_encoded(data, "e")), "e"),
        (lambda: list(scan_encoded(data, "f", [name])), "f"),
        (lambda: read_manifest(path), str(path)),
        (lambda: list(scan_manifests([path])), str(path)),
    ):
        with pytest.raises(InvalidInputError) as raised:
            use()
        assert str(raised.value).startswith(f"{named}: {told}")
    (batch,) = scan_encoded(data, "g", ["clip_id"])
    assert batch["clip_id"].to_pylist() == IDS


def test_no_length_at_all_is_one() -> None:
    table = with_column("length_seconds", [0.0, 0.5, 0.0])
    assert decode_manifest(parquet(table), "x")["length_seconds"].to_pylist() == [0.0, 0.5, 0.0]


def test_a_scan_gives_the_columns_in_the_order_asked_for() -> None:
    data = parquet(TABLE.select([*manifest_schema().names[:15], "text"]))
    for columns in (["text", "clip_id"], ["snr_db", "clip_id"], ["snr_db"], ["extra", "accepted"]):
        (batch,) = scan_encoded(data, "x", columns)
        schema = manifest_schema()
        assert batch.schema.equals(
            pa.schema([schema.field(name) for name in columns], schema.metadata),
            check_metadata=True,
        )
        assert batch.num_rows == 3
        assert batch.column(columns.index("clip_id") if "clip_id" in columns else 0).null_count in (
            0,
            3,
        )
    (batch,) = scan_encoded(data, "x")
    assert batch.schema.equals(manifest_schema(), check_metadata=True)
    for columns in (["duration"], ["clip_id", "duration", "zzz"]):
        told = (
            r"^a manifest has no column 'duration'; columns are clip_id, source_id, source_name, "
        )
        with pytest.raises(InvalidInputError, match=told):
            list(scan_encoded(data, "x", columns))


def test_files_are_read_one_after_the_other_and_only_when_asked_for(tmp_path: Path) -> None:
    for name, part in (("b", TABLE.slice(0, 1)), ("a", TABLE.slice(1))):
        write_manifest(tmp_path / f"{name}.parquet", part)
    paths = [tmp_path / "b.parquet", tmp_path / "a.parquet", tmp_path / "none.parquet"]
    scan = scan_manifests(paths, ["clip_id"])
    assert [next(scan)["clip_id"].to_pylist() for _ in range(2)] == [IDS[:1], IDS[1:]]
    with pytest.raises(NotFoundError, match=f"^no manifest {tmp_path}/none.parquet$"):
        next(scan)


def test_groups_of_others_are_put_together_and_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ROW_GROUP_ROWS == 2**16
    data = parquet(TABLE, row_group_size=1)
    assert decode_manifest(data, "x").equals(TABLE)
    assert [batch.num_rows for batch in scan_encoded(data, "x")] == [1, 1, 1]
    monkeypatch.setattr(tables, "ROW_GROUP_ROWS", 2)
    assert [batch.num_rows for batch in scan_encoded(parquet(TABLE), "x")] == [2, 1]
    own = pq.ParquetFile(pa.BufferReader(encode_manifest(TABLE))).metadata
    assert [own.row_group(number).num_rows for number in range(2)] == [2, 1]


def test_the_form_of_the_file_is_part_of_the_format() -> None:
    data = encode_manifest(TABLE)
    metadata = pq.ParquetFile(pa.BufferReader(data)).metadata
    column = metadata.row_group(0).column(0)
    assert (metadata.format_version, column.compression, column.is_stats_set) == (
        "2.6",
        "ZSTD",
        True,
    )
    same = {"compression": "zstd", "compression_level": 3, "version": "2.6"}
    stored = TABLE.combine_chunks().cast(stored_schema())
    assert data == parquet(stored, **same, data_page_version="1.0")


FACTS = [None, [], [("room", "hall"), ("mood", None)]]


@pytest.mark.parametrize("start", [0, 1, 2])
def test_facts_come_back_as_maps_from_either_form(start: int) -> None:
    table = with_column("extra", FACTS).slice(start)
    kept = table["extra"].to_pylist()
    for data in (encode_manifest(table), parquet(table)):
        assert decode_manifest(data, "x")["extra"].to_pylist() == kept == FACTS[start:]
        batches = list(scan_encoded(data, "x", ["extra"]))
        assert [dict(row or ()) for batch in batches for row in batch["extra"].to_pylist()] == [
            dict(row or ()) for row in kept
        ]


@pytest.mark.parametrize("row", [[None], [{"key": None, "value": "glad"}]])
def test_a_fact_without_a_name_is_damage(row: list[object]) -> None:
    stored = TABLE.cast(stored_schema())
    place = stored.schema.get_field_index("extra")
    facts = pa.array([None, None, row], stored.schema.field("extra").type)
    with pytest.raises(InvalidInputError, match=r"^m: a fact has no name; it is damaged$"):
        decode_manifest(parquet(stored.set_column(place, "extra", facts)), "m")


@pytest.mark.parametrize("kind", [pa.list_(pa.string()), pa.list_(pa.struct({"key": "string"}))])
def test_facts_of_another_form_are_refused(kind: pa.DataType) -> None:
    stored = TABLE.cast(stored_schema())
    place = stored.schema.get_field_index("extra")
    wrong = stored.set_column(place, "extra", pa.nulls(3, kind))
    with pytest.raises(InvalidInputError, match=r"^m: column 'extra' is list<"):
        decode_manifest(parquet(wrong), "m")


@pytest.mark.parametrize("count", [0, 1, 3])
def test_manifests_of_few_rows_come_back(count: int) -> None:
    part = TABLE.slice(0, count)
    made = decode_manifest(encode_manifest(part), "x")
    assert made.equals(part)
    assert made.schema.equals(manifest_schema(), check_metadata=True)
    assert sum(batch.num_rows for batch in scan_encoded(encode_manifest(part), "x")) == count


def test_a_file_without_a_group_is_an_empty_manifest() -> None:
    sink = io.BytesIO()
    with pq.ParquetWriter(sink, manifest_schema()):
        pass
    assert decode_manifest(sink.getvalue(), "x").equals(manifest_schema().empty_table())


def test_damage_and_what_the_system_says_are_two_things(tmp_path: Path) -> None:
    path = tmp_path / "m.parquet"
    path.mkdir()
    reads = (read_manifest, read_manifest_metadata, lambda path: list(scan_manifests([path])))
    for read in reads:
        with pytest.raises((StorageError, InvalidInputError), match=str(path)) as told:
            read(path)
        assert "\n" not in str(told.value)
    data = bytearray(encode_manifest(TABLE))
    data[10:60] = os.urandom(50)
    with pytest.raises(
        InvalidInputError, match=r"^x is not a Parquet file, or is damaged: "
    ) as bad:
        decode_manifest(bytes(data), "x")
    for wrong in (b"no manifest", b"PAR1" + bytes(20)):
        with pytest.raises(InvalidInputError, match=r"^y is not a Parquet file"):
            list(scan_encoded(wrong, "y"))
    assert "\n" not in str(bad.value)
    assert len(str(bad.value)) > len("x is not a Parquet file, or is damaged: ")


def test_what_the_system_refuses_is_no_damage(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    path = tmp_path / "file" / "m.parquet"
    for read in (read_manifest, read_manifest_metadata, lambda path: list(scan_manifests([path]))):
        with pytest.raises(StorageError, match=f"^cannot read {path}: .*Not a directory"):
            read(path)


def test_a_listing_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=f"^no manifest at {tmp_path}/none; cut a source first"):
        list_manifests(tmp_path / "none")
    with pytest.raises(NotFoundError, match=f"^{tmp_path} holds no manifest; cut a source first"):
        list_manifests(tmp_path)
