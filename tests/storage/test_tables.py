"""Manifests as Parquet: schema held, order held, whole or not there."""

from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audioset.errors import InvalidInputError, NotFoundError
from audioset.records.manifest import (
    SCHEMA_VERSION_KEY,
    SOURCE_KEY,
    manifest_schema,
    table_from_clips,
)
from audioset.storage.tables import (
    decode_manifest,
    encode_manifest,
    list_manifests,
    order_manifest,
    read_manifest,
    read_manifest_metadata,
    scan_encoded,
    scan_manifests,
    write_manifest,
)
from tests.workspaces import make_clip


def make_table(count: int = 5, **values: object) -> pa.Table:
    return table_from_clips(
        make_clip("talk.mp4", n, seconds=0.01, **values)[0] for n in range(count)
    )


def renamed(table: pa.Table, ids: list[str]) -> pa.Table:
    return table.set_column(0, table.schema.field(0), pa.array(ids, pa.string()))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    table = make_table(text="hello", extra={"b": "2", "a": "1"}, snr_db=12.5, accepted=False)
    write_manifest(tmp_path / "new" / "m.parquet", table)
    read = read_manifest(tmp_path / "new" / "m.parquet")
    assert read.equals(table)
    assert read.schema.equals(manifest_schema(), check_metadata=True)
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["m.parquet"]


def test_rows_are_written_in_the_order_of_their_ids(tmp_path: Path) -> None:
    table = make_table(4)
    write_manifest(tmp_path / "m.parquet", table.take([2, 0, 3, 1]))
    assert read_manifest(tmp_path / "m.parquet").equals(table)


def test_a_clip_id_that_occurs_twice_is_refused(tmp_path: Path) -> None:
    table = pa.concat_tables([make_table(3), make_table(2)])
    with pytest.raises(InvalidInputError, match=r"clip talk-\S+ occurs twice"):
        write_manifest(tmp_path / "m.parquet", table)
    assert list(tmp_path.iterdir()) == []


def test_metadata_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "m.parquet"
    write_manifest(path, make_table(), metadata={SOURCE_KEY: b"{}"})
    assert read_manifest_metadata(path)[SOURCE_KEY] == b"{}"
    assert read_manifest_metadata(path)[SCHEMA_VERSION_KEY] == b"2"
    assert SOURCE_KEY not in read_manifest(path).schema.metadata


def test_an_empty_manifest_can_be_written(tmp_path: Path) -> None:
    write_manifest(tmp_path / "m.parquet", make_table(0))
    assert read_manifest(tmp_path / "m.parquet").num_rows == 0
    assert sum(b.num_rows for b in scan_manifests([tmp_path / "m.parquet"])) == 0


def test_columns_that_an_older_file_lacks_are_null(tmp_path: Path) -> None:
    old = make_table(text="hello").drop_columns(["snr_db", "flags", "extra"])
    write_older(tmp_path / "old.parquet", old)
    read = read_manifest(tmp_path / "old.parquet")
    assert read.schema.equals(manifest_schema())
    assert read["snr_db"].null_count == read["extra"].null_count == 5
    (batch,) = scan_manifests([tmp_path / "old.parquet"], ["snr_db", "text"])
    assert batch.to_pydict() == {"snr_db": [None] * 5, "text": ["hello"] * 5}
    (batch,) = scan_manifests([tmp_path / "old.parquet"], ["flags"])
    assert batch.to_pydict() == {"flags": [None] * 5}


def test_a_column_of_a_file_that_we_do_not_know_is_left_out(tmp_path: Path) -> None:
    write_older(tmp_path / "m.parquet", make_table().append_column("mood", pa.array(["x"] * 5)))
    assert read_manifest(tmp_path / "m.parquet").schema.equals(manifest_schema())


def write_older(path: Path, table: pa.Table) -> None:
    """Write as another program or release would, without our checks."""
    pq.write_table(table, path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.replace_schema_metadata({}), "not an audioset manifest"),
        (lambda t: t.replace_schema_metadata({SCHEMA_VERSION_KEY: b"99"}), "upgrade audioset"),
        (lambda t: t.drop_columns(["pcm_sha256"]), "lacks the column 'pcm_sha256'"),
        (
            lambda t: t.set_column(10, "num_samples", t["num_samples"].cast(pa.int32())),
            "column 'num_samples' is int32, not int64",
        ),
        (
            lambda t: t.set_column(2, "source_name", pa.array([None] * 5, pa.string())),
            "column 'source_name' holds null in 5 rows",
        ),
    ],
)
def test_a_table_that_is_no_manifest_is_refused(
    tmp_path: Path, change: object, message: str
) -> None:
    wrong = change(make_table())  # type: ignore[operator]
    with pytest.raises(InvalidInputError, match=message):
        write_manifest(tmp_path / "m.parquet", wrong)
    write_older(tmp_path / "m.parquet", wrong)
    for read in (read_manifest, lambda path: list(scan_manifests([path]))):
        with pytest.raises(InvalidInputError, match=message):
            read(tmp_path / "m.parquet")


def test_a_column_of_nobody_is_not_written(tmp_path: Path) -> None:
    table = make_table().append_column("mood", pa.array(["x"] * 5))
    with pytest.raises(InvalidInputError, match=r"no column 'mood'; further facts go to 'extra'"):
        write_manifest(tmp_path / "m.parquet", table)


def test_other_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "text.parquet").write_text("hello")
    whole = encode_manifest(make_table())
    (tmp_path / "half.parquet").write_bytes(whole[: len(whole) // 2])
    for read in (read_manifest, read_manifest_metadata, lambda path: list(scan_manifests([path]))):
        for name in ("text", "half"):
            with pytest.raises(InvalidInputError, match=f"{name}.parquet is not a Parquet file"):
                read(tmp_path / f"{name}.parquet")
        with pytest.raises(NotFoundError, match=r"no manifest .*none\.parquet"):
            read(tmp_path / "none.parquet")


def test_damage_inside_a_file_is_one_named_error(tmp_path: Path) -> None:
    data = bytearray(encode_manifest(make_table(200)))
    data[20:400] = bytes(380)
    (tmp_path / "m.parquet").write_bytes(data)
    with pytest.raises(InvalidInputError, match="is damaged") as caught:
        read_manifest(tmp_path / "m.parquet")
    assert "\n" not in str(caught.value)


def test_a_listing_gives_manifests_in_order_and_nothing_else(tmp_path: Path) -> None:
    for name in ("b.parquet", "a.parquet", ".hidden.parquet", "notes.txt", ".a1b2.tmp"):
        (tmp_path / name).write_bytes(b"")
    assert [p.name for p in list_manifests(tmp_path)] == ["a.parquet", "b.parquet"]
    assert list_manifests(tmp_path / "a.parquet") == [tmp_path / "a.parquet"]


def test_an_empty_folder_says_to_cut_first(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(NotFoundError, match="audioset cut"):
            list_manifests(path)


def test_an_unknown_column_is_named(tmp_path: Path) -> None:
    write_manifest(tmp_path / "m.parquet", make_table())
    with pytest.raises(InvalidInputError, match="no column 'duration'"):
        list(scan_manifests([tmp_path / "m.parquet"], ["duration"]))


def test_a_scan_is_cut_into_bounded_batches(tmp_path: Path) -> None:
    count = 150_000
    table = make_table(1).take(pa.array([0] * count))
    table = renamed(table, [f"x-{number:09d}" for number in range(count)])
    write_manifest(tmp_path / "m.parquet", table)
    batches = list(scan_manifests([tmp_path / "m.parquet"], ["length_seconds", "clip_id"]))
    assert max(batch.num_rows for batch in batches) <= 65_536
    assert pa.Table.from_batches(batches).equals(table.select(["length_seconds", "clip_id"]))


def test_encoded_manifests_come_back(tmp_path: Path) -> None:
    table = make_table(text="ä", extra={"k": "v"})
    data = encode_manifest(table)
    assert decode_manifest(data, "x").equals(table)
    assert pa.Table.from_batches(scan_encoded(data, "x")).equals(table)
    with pytest.raises(InvalidInputError, match="x is not a Parquet file"):
        decode_manifest(b"hello", "x")


def test_a_manifest_out_of_order_is_not_encoded() -> None:
    with pytest.raises(InvalidInputError, match="order"):
        encode_manifest(make_table(3).take([1, 0, 2]))


@settings(max_examples=25)
@given(st.integers(1, 300), st.integers(1, 40), st.randoms(use_true_random=False))
def test_equal_tables_give_equal_bytes_however_they_were_put_together(
    count: int, pieces: int, random: object
) -> None:
    ids = [f"x-{number:09d}" for number in range(count)]
    table = renamed(make_table(1, text="t").take(pa.array([0] * count)), ids)
    borders = sorted({0, count, *(random.randrange(count) for _ in range(pieces))})  # type: ignore[attr-defined]
    parts = [table.slice(a, b - a) for a, b in pairwise(borders)]
    assert encode_manifest(pa.concat_tables(parts)) == encode_manifest(table.combine_chunks())
    random.shuffle(parts)  # type: ignore[attr-defined]
    assert order_manifest(pa.concat_tables(parts), "x").equals(table)
