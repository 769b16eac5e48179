"""Parquet that states more than it holds is refused before anything of it is made."""

import io
import re
import struct

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from audioset.errors import InvalidInputError
from audioset.records.manifest import manifest_schema, stored_schema
from audioset.storage import bounded
from audioset.storage.bounded import limit_bytes, open_bounded, read_groups

NAME = "m.parquet"
NO_FOOTER = "is not a Parquet file, or is damaged: it has no footer"
ROWS = 300
TABLE = pa.table(
    {
        "text": ["abcd"] * (ROWS - 1) + [None],
        "length_seconds": [1.5] * ROWS,
        "extra": pa.array([{"k": "val"}] * ROWS, pa.map_(pa.string(), pa.string())),
        "mood": ["glad"] * ROWS,
    },
    schema=pa.schema(
        [
            pa.field("text", pa.string()),
            pa.field("length_seconds", pa.float64(), nullable=False),
            pa.field("extra", pa.map_(pa.string(), pa.string())),
            pa.field("mood", pa.string()),
        ]
    ),
)


def parquet(table: pa.Table = TABLE, **options: object) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, **options)
    return sink.getvalue()


def footed(footer: bytes, *, length: int | None = None, magic: bytes = b"PAR1") -> bytes:
    stated = len(footer) if length is None else length
    return b"PAR1" + footer + struct.pack("<I", stated) + magic


def opened(data: bytes) -> pq.ParquetFile:
    return open_bounded(pa.BufferReader(data), NAME)


def read(data: bytes, columns: list[str]) -> pa.Table:
    return pa.concat_tables(read_groups(opened(data), pa.BufferReader(data), columns, NAME))


def limited(monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    monkeypatch.setattr(bounded, "LEAST_LIMIT_BYTES", limit)
    monkeypatch.setattr(bounded, "MOST_FACTOR", 0)


def stated_rows(number: int, width: int) -> bytes:
    """A number of rows as the footer has it, in so many bytes."""
    left, made = 2 * number if number >= 0 else -2 * number - 1, []
    for _ in range(width):
        made.append(left & 0x7F | 0x80)
        left >>= 7
    return b"\x16" + bytes([*made[:-1], made[-1] & 0x7F])


def test_a_manifest_may_become_a_thousand_times_its_bytes_and_never_too_little() -> None:
    assert limit_bytes(0) == 64 * 2**20
    assert limit_bytes(12_345) == 64 * 2**20 + 12_345_000


def test_groups_come_back_as_plain_tables_of_the_columns_asked_for() -> None:
    data = parquet(row_group_size=200)
    assert opened(data).metadata.num_rows == ROWS
    parts = list(read_groups(opened(data), pa.BufferReader(data), ["text", "extra"], NAME))
    assert [part.num_rows for part in parts] == [200, 100]
    whole = pa.concat_tables(parts)
    assert whole.equals(TABLE.select(["text", "extra"]))
    assert whole.schema.field("text").type == pa.string()
    assert read(data, ["length_seconds", "mood"]).equals(TABLE.select(["length_seconds", "mood"]))


@pytest.mark.parametrize(
    ("columns", "held"),
    [
        (["text"], 4 * (ROWS - 1)),
        (["extra"], 4 * ROWS),
        (["length_seconds"], 8 * ROWS),
        (["text", "extra", "length_seconds"], 16 * ROWS - 4),
    ],
)
def test_every_row_counts_with_its_own_text(
    monkeypatch: pytest.MonkeyPatch, columns: list[str], held: int
) -> None:
    data = parquet(row_group_size=200)
    file, source = opened(data), pa.BufferReader(data)
    limited(monkeypatch, held)
    assert sum(part.num_rows for part in read_groups(file, source, columns, NAME)) == ROWS
    limited(monkeypatch, held - 1)
    told = f"^m.parquet states {held} bytes of texts in {len(data)} bytes; it is damaged, restore"
    with pytest.raises(InvalidInputError, match=told):
        list(read_groups(file, source, columns, NAME))


def test_a_column_without_a_single_text_has_no_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    table = pa.table({"text": pa.array([None, None], pa.string())})
    data = parquet(table)
    file = opened(data)
    limited(monkeypatch, 0)
    assert list(read_groups(file, pa.BufferReader(data), ["text"], NAME)) == [table]


def test_facts_of_very_many_texts_are_read_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than a dictionary of Parquet holds: Arrow does not give equal ones once then."""
    facts = [[("key", f"{number:0500d}")] for number in range(3000)]
    table = pa.table(
        {
            "extra": pa.array(facts, pa.map_(pa.string(), pa.string())),
            "length_seconds": pa.array([0.5] * 3000),
        }
    )
    data = parquet(table)
    assert read(data, ["extra"]).equals(table.select(["extra"]))
    file = opened(data)
    limited(monkeypatch, 1_500_000)
    with pytest.raises(InvalidInputError, match="bytes of texts"):
        list(read_groups(file, pa.BufferReader(data), ["extra"], NAME))


def test_columns_may_state_what_the_file_can_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    data = parquet(row_group_size=200)
    metadata = pq.ParquetFile(pa.BufferReader(data)).metadata
    stated = sum(metadata.row_group(number).total_byte_size for number in range(2))
    limited(monkeypatch, stated)
    opened(data)
    limited(monkeypatch, stated - 1)
    told = f"^m.parquet states {stated} bytes of columns in {len(data)} bytes; it is damaged"
    with pytest.raises(InvalidInputError, match=told):
        opened(data)


def test_a_row_takes_a_byte_at_least() -> None:
    data = parquet(pa.table({"channels": pa.array([1] * 100_000, pa.int8())}))
    told = f"^m.parquet states 100000 rows in {len(data)} bytes; it is damaged, restore it from"
    with pytest.raises(InvalidInputError, match=told):
        opened(data)


def test_the_file_and_its_groups_are_both_asked_for_their_rows() -> None:
    data = parquet(TABLE.select(["length_seconds"]))
    size, given = len(data), stated_rows(ROWS, 2)
    assert [found.start() for found in re.finditer(re.escape(given), data)] != []
    first, last = data.find(given), data.rfind(given)
    assert first < last, "one of the file, one of its only group"

    def stating(of_file: int, of_group: int) -> bytes:
        made = bytearray(data)
        made[first : first + 3] = stated_rows(of_file, 2)
        made[last : last + 3] = stated_rows(of_group, 2)
        return bytes(made)

    assert ROWS < size < 5000
    for of_file, of_group in ((size, 1), (1, size), (1, 0), (ROWS, 0)):
        assert opened(stating(of_file, of_group)).metadata.num_rows == of_file
    for of_file, of_group in ((size + 1, 1), (1, size + 1)):
        with pytest.raises(InvalidInputError, match=f"states {size + 1} rows in {size} bytes"):
            opened(stating(of_file, of_group))
    with pytest.raises(InvalidInputError, match=f"states {ROWS} rows in"):
        opened(stating(ROWS, -1))


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "is not a Parquet file: it has 0 bytes"),
        (bytes(11), "is not a Parquet file: it has 11 bytes"),
        (bytes(12), NO_FOOTER),
        (footed(b"\x15", length=1, magic=b"PAR2"), NO_FOOTER),
        (footed(b"\x15", length=2), NO_FOOTER),
        (footed(b"\x15", length=2**32 - 1), NO_FOOTER),
    ],
)
def test_what_has_no_footer_is_no_parquet(data: bytes, told: str) -> None:
    with pytest.raises(InvalidInputError, match=f"^m.parquet {told}"):
        opened(data)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\x15\x02",
        b"\x15\x02\x19",
        b"\x15\x02\x19\xfc\xe9\x07",  # 1001
        b"\x15\x02\x19\xfc\xff\x07",  # 1023
        b"\x15\x02\x19\xfc\x80\x08",  # 1024
        b"\x15\x02\x19\xfc\x80\x80\x01",  # 16384
        b"\x15\x02\x19\xfc" + b"\x80" * 40,  # without an end
        b"\x15\x02\x19\xfc" + b"\x80" * 28 + b"\x00",  # ends behind what is looked at
        b"\x15\x02\x19\x1b\x01",  # not a list of structs
        b"\x15\x02\x19\xfb\x01",
        b"\x15\x19\x1c",  # no version
        b"\x15\x02\x02\x19\x1c",
        b"\x16\x02\x19\x1c",
    ],
)
def test_a_footer_of_more_columns_than_a_thousand_or_of_another_form_is_not_followed(
    head: bytes,
) -> None:
    with pytest.raises(InvalidInputError, match=r"^m\.parquet is not a manifest: it has far too"):
        opened(footed(head))


@pytest.mark.parametrize(
    "head",
    [
        b"\x15\x02\x19\x1c",
        b"\x15\x02\x19\xec",
        b"\x15\x02\x19\xfc\x7f",
        b"\x15\x02\x19\xfc\xe8\x07",  # 1000
        b"\x15\x02\x19\xfc" + b"\x80" * 27 + b"\x00",
    ],
)
def test_a_footer_of_a_thousand_columns_is_left_to_arrow(head: bytes) -> None:
    with pytest.raises((pa.ArrowException, OSError)):
        opened(footed(head))


def opens_of(
    monkeypatch: pytest.MonkeyPatch, table: pa.Table, means: pa.Table | None = None
) -> int:
    """Read a file and count how often Arrow was asked to open it."""
    data, opens, open_file = parquet(table), [], pq.ParquetFile

    def counted(*arguments: object, **options: object) -> pq.ParquetFile:
        opens.append(arguments)
        return open_file(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(pq, "ParquetFile", counted)
        assert read(data, table.schema.names).equals(table if means is None else means)
    return len(opens)


def test_a_manifest_of_this_release_is_opened_once(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = stored_schema().empty_table()
    assert opens_of(monkeypatch, stored, manifest_schema().empty_table()) == 1
    assert opens_of(monkeypatch, manifest_schema().empty_table()) == 2, "one of schema 1"
    assert opens_of(monkeypatch, TABLE) == 4, "without the usual texts it is asked for its own"


def test_a_text_under_a_name_of_no_text_is_counted_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """All the usual texts are there and one more, which is not read once where nobody looks."""
    rows = {"clip_id": ["c"] * ROWS, "peak_dbfs": ["abcd"] * ROWS}
    table = pa.Table.from_arrays(
        [
            pa.array(rows[field.name], pa.string())
            if field.name in rows
            else pa.nulls(ROWS, field.type)
            for field in manifest_schema()
        ],
        names=manifest_schema().names,
    )
    data = parquet(table)
    file, source = opened(data), pa.BufferReader(data)
    (found,) = read_groups(file, source, ["peak_dbfs"], NAME)
    assert found.equals(table.select(["peak_dbfs"]))
    limited(monkeypatch, 4 * ROWS - 1)
    with pytest.raises(InvalidInputError, match=f"states {4 * ROWS} bytes of texts"):
        list(read_groups(file, source, ["peak_dbfs"], NAME))


def test_what_is_guessed_of_one_group_does_not_count_against_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of many different texts the guess is the square of what there is."""
    texts = [f"{number:064d}" for number in range(ROWS)]
    data = parquet(pa.table({"text": texts}), row_group_size=100)
    file, source = opened(data), pa.BufferReader(data)
    limited(monkeypatch, 690_000)  # one group is guessed to have 680,400 bytes, and has 6,400
    assert pa.concat_tables(read_groups(file, source, ["text"], NAME))["text"].to_pylist() == texts
