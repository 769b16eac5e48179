"""The digest: a function of what the rows say, and of nothing else."""

import hashlib
import json
import struct
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audioset.errors import InvalidInputError
from audioset.records.manifest import columns, manifest_schema, table_from_clips
from audioset.storage.tables import decode_manifest, encode_manifest
from audioset.versions.read.digest import table_digest
from tests.workspaces import make_clip

PACKING = {
    "int64": "<q",
    "int32": "<i",
    "int16": "<h",
    "float32": "<f",
    "float64": "<d",
    "bool": "<B",
}
# The samples are made by a generator that another release of numpy may change.
ROW = table_from_clips([make_clip("talk.mp4", 0)[0]]).to_pylist()[0] | {"pcm_sha256": "ab" * 32}

texts = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
scores = st.none() | st.floats(width=32)
rows = st.lists(
    st.fixed_dictionaries(
        {
            "text": texts,
            "speaker": texts,
            "text_score": scores,
            "snr_db": scores,
            "line": st.none() | st.integers(-(2**31), 2**31 - 1),
            "accepted": st.none() | st.booleans(),
            "start_seconds": st.floats(),
            "extra": st.none() | st.dictionaries(st.text(max_size=3), st.text(max_size=3)),
        }
    ),
    min_size=1,
    max_size=30,
)


def make_table(values: list[dict[str, Any]]) -> pa.Table:
    def row(number: int, changes: dict[str, Any]) -> dict[str, Any]:
        extra = changes.get("extra")
        return (
            ROW
            | changes
            | {
                "clip_id": f"x-{number:04d}",
                "extra": None if extra is None else list(extra.items()),
            }
        )

    return pa.Table.from_pylist(
        [row(number, changes) for number, changes in enumerate(values)], schema=manifest_schema()
    )


def plain_digest(table: pa.Table) -> str:
    """The digest as docs/format.md states it, written again in the plainest way."""
    whole = hashlib.sha256(b"audioset digest 1\n")
    for column in sorted(columns(), key=lambda column: column.name):
        if column.metadata["group"] == "storage" or column.name not in table.column_names:
            continue
        arrow = column.metadata["arrow"]
        validity, lengths, values = b"", b"", b""
        for value in table[column.name].to_pylist():
            if arrow.startswith("map"):
                pairs = sorted(list(pair) for pair in value or ())
                value = json.dumps(pairs, ensure_ascii=False, separators=(",", ":"))  # noqa: PLW2901
                value = None if value == "[]" else value  # noqa: PLW2901
            validity += bytes([value is not None])
            if arrow in PACKING:
                is_nan = isinstance(value, float) and value != value
                values += struct.pack(PACKING[arrow], float("nan") if is_nan else (value or 0))
            else:
                data = (value or "").encode()
                lengths += struct.pack("<I", len(data))
                values += data
        if any(validity):
            parts = (hashlib.sha256(part).digest() for part in (validity, lengths, values))
            sha256 = hashlib.sha256(b"".join(parts)).hexdigest()
            whole.update(f"{column.name}\t{arrow}\t{sha256}\n".encode())
    return whole.hexdigest()


@settings(max_examples=60)
@given(rows, st.integers(1, 30))
def test_the_digest_is_what_the_format_says_however_rows_are_divided(
    values: list[dict[str, Any]], size: int
) -> None:
    table = make_table(values)
    digest = plain_digest(table)
    assert table_digest(table.to_batches()) == digest
    assert table_digest(table.to_batches(max_chunksize=size)) == digest
    assert table_digest(decode_manifest(encode_manifest(table), "x").to_batches()) == digest
    # Neither a slice's hidden rows nor other storage columns matter.
    twice = pa.concat_tables([table, table]).combine_chunks()
    assert table_digest(twice.slice(len(values)).to_batches()) == digest


@settings(max_examples=60)
@given(rows, rows)
def test_other_rows_have_another_digest(
    values: list[dict[str, Any]], others: list[dict[str, Any]]
) -> None:
    one, other = make_table(values), make_table(others)
    same = encode_canonical(values) == encode_canonical(others)
    assert (table_digest(one.to_batches()) == table_digest(other.to_batches())) == same


def encode_canonical(values: list[dict[str, Any]]) -> str:
    def canonical(name: str, value: Any) -> Any:
        if name == "extra":
            return sorted((value or {}).items())
        return value + 0.0 if isinstance(value, float) else value

    return repr(
        [[(name, canonical(name, value)) for name, value in sorted(row.items())] for row in values]
    )


def test_the_digest_never_changes() -> None:
    """When this fails, old pins would no longer hold: do not adapt it."""
    table = make_table([{"text": "hello", "extra": {"b": "2", "a": "1"}, "snr_db": 1.5}, {}])
    assert (
        table_digest(table.to_batches())
        == "dcc4e7b9f7c515d5cd91d426a635ed334883ff39bd034513f4e737eef87675d9"
    )


def test_borders_between_texts_count() -> None:
    one = make_table([{"text": "ab"}, {"text": "c"}])
    other = make_table([{"text": "a"}, {"text": "bc"}])
    assert table_digest(one.to_batches()) != table_digest(other.to_batches())


def test_null_is_neither_zero_nor_empty() -> None:
    digests = {
        table_digest(make_table([values, {"text": "x", "line": 7}]).to_batches())
        for values in ({"line": None}, {"line": 0}, {"text": None, "line": 0}, {"text": ""})
    }
    assert len(digests) == 3  # the second and third say the same


def test_a_column_without_values_counts_as_absent() -> None:
    table = make_table([{"text": "hello"}, {}])
    without = table.drop_columns(["snr_db", "flags", "extra"])
    assert table_digest(without.to_batches()) == table_digest(table.to_batches())


def test_where_clips_are_stored_is_not_in_the_digest() -> None:
    table = make_table([{}, {}])
    stored = make_table([{"shard_sha256": "ab", "offset_bytes": 5, "size_bytes": 6}, {}])
    assert table_digest(stored.to_batches()) == table_digest(table.to_batches())


def test_rows_out_of_order_are_refused() -> None:
    table = make_table([{}, {}, {}])
    for wrong in (table.take([1, 0]), table.take([0, 0]), table.take([2])):
        with pytest.raises(InvalidInputError, match="in the order of their clip ids"):
            table_digest([*table.to_batches(), *wrong.to_batches()])
