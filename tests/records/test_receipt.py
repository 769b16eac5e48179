"""A receipt holds exactly the clips that were consumed, in one bit each."""

import json
import os
import zlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audioset.errors import InvalidInputError
from audioset.records.identity import VersionRef
from audioset.records.receipt import (
    Reading,
    Receipt,
    decode_receipts,
    encode_receipts,
    merge_receipts,
    num_bytes,
)

POSITIONS = st.sets(st.integers(0, 99))


def receipt_of(positions: set[int], num_clips: int = 100, **values: object) -> Receipt:
    bits = sum(1 << position for position in positions)
    made = Receipt(
        dataset="scots",
        version=3,
        digest="ab" * 32,
        filter=None,
        num_clips=num_clips,
        bits=bits.to_bytes(num_bytes(num_clips), "little"),
        readings=(Reading(split="train", seed=1, epoch=0, num_clips=len(positions)),),
    )
    return replace(made, **values)  # type: ignore[arg-type]


@given(POSITIONS, POSITIONS)
def test_what_was_consumed_is_read_back(first: set[int], second: set[int]) -> None:
    receipts = (receipt_of(first, complete=True), receipt_of(second, filter="snr_db > 20"))
    again = decode_receipts(encode_receipts(receipts), name="it")
    assert again == receipts
    assert [set(one.positions()) for one in again] == [first, second]
    assert [one.num_consumed for one in again] == [len(first), len(second)]
    assert all(again[0].consumed(position) == (position in first) for position in range(100))


@given(POSITIONS, POSITIONS)
def test_processes_are_joined_by_version(first: set[int], second: set[int]) -> None:
    other = receipt_of({1}, digest="cd" * 32)
    parts = [receipt_of(first, complete=True), other, receipt_of(second, complete=True)]
    joined, alone = merge_receipts(parts)
    assert alone == other
    assert set(joined.positions()) == first | second
    assert joined.readings == (
        Reading(split="train", seed=1, epoch=0, num_clips=len(first) + len(second)),
    )
    assert joined.complete


def test_one_part_that_is_not_complete_leaves_the_whole_so() -> None:
    parts = [receipt_of({1}, complete=True), receipt_of({2})]
    assert not merge_receipts(parts)[0].complete


def test_a_million_clips_take_at_most_a_bit_each_and_a_header() -> None:
    noise = receipt_of(set(), num_clips=1_000_000, bits=os.urandom(num_bytes(1_000_000)))
    assert len(encode_receipts([noise])) < 1_000_000 / 8 + 1000
    all_of_it = replace(noise, bits=b"\xff" * num_bytes(1_000_000))
    assert len(encode_receipts([all_of_it])) < 1000


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: b"nonsense", "it is not a receipt"),
        (lambda data: data[:-3], "it is not a receipt"),
        (lambda data: data.replace(b'"num_clips": 100,', b'"num_clips": 900,'), "too few bits"),
        (lambda data: data.replace(b'"format_version": 1', b'"format_version": 3'), "newer"),
        (lambda data: data.replace(b"audioset receipt", b"something"), "but 'something'"),
    ],
)
def test_what_is_no_receipt_is_said_so(change: object, message: str) -> None:
    data = encode_receipts([receipt_of({1, 2})])
    with pytest.raises(InvalidInputError, match=message):
        decode_receipts(change(data), name="it")  # type: ignore[operator]


def test_readings_are_joined_by_what_chose_their_order_and_sorted() -> None:
    def reading(split: str | None, seed: int | None, epoch: int | None, num_clips: int) -> Reading:
        return Reading(split=split, seed=seed, epoch=epoch, num_clips=num_clips)

    first = receipt_of({1}, readings=(reading("train", 1, 1, 5), reading(None, None, None, 2)))
    second = receipt_of({2}, readings=(reading("train", 1, 0, 4), reading("train", 1, 1, 3)))
    third = receipt_of({3}, readings=(reading("train", None, 1, 1), reading("test", 9, 9, 1)))
    (joined,) = merge_receipts([first, second, third])
    assert joined.readings == (
        reading(None, None, None, 2),
        reading("test", 9, 9, 1),
        reading("train", None, 1, 1),
        reading("train", 1, 0, 4),
        reading("train", 1, 1, 8),
    )
    assert joined.ref == VersionRef("scots", 3)


@pytest.mark.parametrize(
    "other",
    [
        {"dataset": "welsh"},
        {"version": 4},
        {"digest": "cd" * 32},
        {"filter": "take = 1"},
        {"num_clips": 99},
    ],
)
def test_receipts_of_other_rows_are_not_joined(other: dict[str, object]) -> None:
    assert len(merge_receipts([receipt_of({1}), receipt_of({1}, **other)])) == 2


def test_a_clip_is_one_bit_and_a_byte_holds_eight() -> None:
    assert [num_bytes(number) for number in (0, 1, 8, 9, 16, 17)] == [0, 1, 1, 2, 2, 3]
    assert receipt_of({0, 9}, num_clips=10).bits == bytes([1, 2])
    assert not receipt_of(set()).complete


def test_what_is_wrong_with_a_receipt_is_told_by_its_name() -> None:
    line, _, packed = encode_receipts([receipt_of({1})]).partition(b"\n")
    values = json.loads(line)
    assert values["kind"] == "audioset receipt"
    assert values["format_version"] == 1
    for change, told in (
        ({"kind": "song"}, "^my is not a receipt but 'song'"),
        ({"format_version": 3}, r"^my is a receipt of a newer release \(format 3\)"),
        ({"receipts": [{}]}, "^my is not a receipt: "),
    ):
        with pytest.raises(InvalidInputError, match=told):
            decode_receipts(json.dumps(values | change).encode() + b"\n" + packed, name="my")
    short = line + b"\n" + zlib.compress(b"")
    with pytest.raises(InvalidInputError, match=r"^my is not a receipt: it has too few bits"):
        decode_receipts(short, name="my")
    for data in (b"", b"{}", line, line + b"\nnot packed"):
        with pytest.raises(InvalidInputError, match=r"^my is not a receipt"):
            decode_receipts(data, name="my")
