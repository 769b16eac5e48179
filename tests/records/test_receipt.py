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


def test_what_perhaps_was_consumed_is_kept_beside_what_was() -> None:
    one = receipt_of({0, 9}, num_clips=10, perhaps=bytes([0b111, 2]), unknown=("a", "b"))
    assert one.num_perhaps == 2  # 9 is sure, and 0 is
    assert one.perhaps_positions() == [1, 2]
    assert [one.perhaps_consumed(position) for position in (0, 1, 2, 3, 9)] == [
        False, True, True, False, False,
    ]  # fmt: skip
    last = receipt_of({0}, num_clips=10, perhaps=bytes([0, 2]))
    assert (last.perhaps_positions(), last.num_perhaps) == ([9], 1)
    none = receipt_of({0}, num_clips=10)
    assert (none.perhaps_positions(), none.num_perhaps) == ([], 0)
    assert none.perhaps_consumed(1) is False
    data = encode_receipts([one, none, last])
    assert decode_receipts(data, name="it") == (one, none, last)
    assert decode_receipts(encode_receipts([none]), name="it") == (none,)


def test_receipts_without_doubt_are_written_as_older_releases_read_them() -> None:
    def header(*receipts: Receipt) -> dict[str, object]:
        values: dict[str, object] = json.loads(encode_receipts(receipts).partition(b"\n")[0])
        return values

    reading = {"split": "train", "seed": 1, "epoch": 0, "num_clips": 1}
    plain = {
        "dataset": "scots", "version": 3, "digest": "ab" * 32, "filter": None, "num_clips": 100,
        "readings": [reading], "complete": False,
    }  # fmt: skip
    assert header(receipt_of({1})) == {
        "kind": "audioset receipt",
        "format_version": 1,
        "receipts": [plain],
    }
    because = receipt_of({1}, unknown=("why",))
    assert header(because)["format_version"] == 2
    assert header(because)["receipts"] == [{**plain, "unknown": ["why"], "has_perhaps": False}]
    perhaps = receipt_of({1}, perhaps=bytes(13))
    assert header(receipt_of({1}), perhaps)["format_version"] == 2
    assert header(receipt_of({1}), perhaps)["receipts"] == [
        plain,
        {**plain, "unknown": [], "has_perhaps": True},
    ]
    line, _, packed = encode_receipts([receipt_of({0, 9}, num_clips=10)]).partition(b"\n")
    assert list(json.loads(line)) == ["format_version", "kind", "receipts"]  # in a fixed order
    assert zlib.decompress(packed) == bytes([1, 2])


def test_doubts_of_processes_are_joined() -> None:
    first = receipt_of({0}, num_clips=10, perhaps=bytes([2, 0]), unknown=("b", "a"))
    second = receipt_of({1}, num_clips=10, unknown=("a", "c"))
    third = receipt_of({2}, num_clips=10, perhaps=bytes([0, 1]))
    (joined,) = merge_receipts([second, first, third])
    assert joined.perhaps == bytes([2, 1])
    assert joined.unknown == ("a", "c", "b")
    assert (joined.positions(), joined.perhaps_positions()) == ([0, 1, 2], [8])
    (none,) = merge_receipts([receipt_of({1}), receipt_of({2})])
    assert (none.perhaps, none.unknown) == (b"", ())


@pytest.mark.parametrize(
    "change",
    [
        {"has_perhaps": 1},
        {"unknown": [1]},
        {"unknown": "because"},
        {"readings": [{"split": None}]},
        {"num_clips": "10"},
        {"more": 1},
    ],
)
def test_a_receipt_whose_values_are_not_as_they_should_be_is_none(
    change: dict[str, object],
) -> None:
    line, _, packed = encode_receipts([receipt_of({1}, unknown=("why",))]).partition(b"\n")
    values = json.loads(line)
    values["receipts"][0] |= change
    with pytest.raises(InvalidInputError, match=r"^my is not a receipt: "):
        decode_receipts(json.dumps(values).encode() + b"\n" + packed, name="my")
    values["receipts"] = [1]
    with pytest.raises(InvalidInputError, match=r"^my is not a receipt: it holds no receipts"):
        decode_receipts(json.dumps(values).encode() + b"\n" + packed, name="my")


def test_the_newest_format_is_read_and_the_one_after_it_is_not() -> None:
    line, _, packed = encode_receipts([receipt_of({1})]).partition(b"\n")
    for number in (1, 2):
        values = json.loads(line) | {"format_version": number}
        (again,) = decode_receipts(json.dumps(values).encode() + b"\n" + packed, name="it")
        assert again.positions() == [1]


def test_a_file_that_states_more_or_fewer_bits_than_it_has_is_refused_before_they_are_made() -> (
    None
):
    line = encode_receipts([receipt_of(set(), num_clips=8)]).partition(b"\n")[0] + b"\n"
    assert decode_receipts(line + zlib.compress(b"\x01"), name="my")[0].positions() == [0]
    for bits, told in ((b"\x01\x02", "too many bits"), (b"", "too few bits")):
        with pytest.raises(InvalidInputError, match=f"^my is not a receipt: it has {told}"):
            decode_receipts(line + zlib.compress(bits), name="my")
    huge = line.replace(b'"num_clips": 8', b'"num_clips": 800000000000')
    with pytest.raises(InvalidInputError, match=r"^my is not a receipt: it has too few bits"):
        decode_receipts(huge + zlib.compress(b"\x01"), name="my")
    # All zeros are packed best: none of it is refused for that.
    tight = receipt_of(set(), num_clips=8_000_000)
    assert decode_receipts(encode_receipts([tight]), name="it") == (tight,)
    assert decode_receipts(encode_receipts([]), name="it") == ()
    cut = zlib.compress(os.urandom(1))[:-4]  # all bits, and not the sum of their check
    with pytest.raises(InvalidInputError, match=r"^my is not a receipt: it has too few bits"):
        decode_receipts(line + cut, name="my")
