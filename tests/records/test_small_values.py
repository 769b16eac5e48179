"""Small values with borders of their own: strict JSON, cells, units of time, moved cues, clocks."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audioset.errors import InvalidInputError
from audioset.records.cue import Cue
from audioset.records.player_clock import Joint, PlayerClock
from audioset.records.strict import build, read_hashes, read_list, read_object, require_hash
from audioset.records.table_cell import from_book_cell, from_cell, to_book_cell, to_cell
from audioset.records.time_unit import is_timecode, parse_time_unit

HASH = "0123456789abcdef" * 4


@dataclass(frozen=True, kw_only=True)
class Thing:
    """A record with a field of each kind."""

    version: int
    parent: int | None
    seed: int
    num_clips: int
    length_seconds: float
    digest: str
    name: str
    complete: bool
    note: str | None = None


GOOD = {
    "version": 1, "parent": None, "seed": -3, "num_clips": 0, "length_seconds": 0,
    "digest": HASH, "name": "für", "complete": False,
}  # fmt: skip


def test_a_record_is_built_of_values_that_it_can_have() -> None:
    built = build(Thing, GOOD)
    assert built == Thing(
        version=1, parent=None, seed=-3, num_clips=0, length_seconds=0.0, digest=HASH, name="für",
        complete=False,
    )  # fmt: skip
    assert type(built.length_seconds) is float
    assert build(Thing, {key: GOOD[key] for key in GOOD if key != "name"}, name="a").name == "a"
    most = 2**63 - 1
    assert build(Thing, GOOD | {"num_clips": most, "seed": -most}).num_clips == most


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("version", 0), ("version", True), ("version", "1"), ("version", 1.0), ("version", None),
        ("parent", 0), ("parent", -1), ("seed", -(2**63)), ("num_clips", -1),
        ("num_clips", 2**63), ("length_seconds", -0.5), ("length_seconds", float("inf")),
        ("length_seconds", float("nan")), ("length_seconds", False), ("digest", HASH[1:]),
        ("digest", HASH.upper()), ("digest", 3), ("name", 3), ("name", None), ("name", [1]),
        ("complete", 1), ("complete", None), ("note", 3),
    ],
)  # fmt: skip
def test_a_value_that_it_cannot_have_is_named(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=repr(name)):
        build(Thing, GOOD | {name: value})


def test_a_field_that_lacks_or_that_nobody_knows_is_named() -> None:
    with pytest.raises(ValueError, match=r"^it lacks 'seed'$"):
        build(Thing, {key: GOOD[key] for key in GOOD if key != "seed"})
    with pytest.raises(ValueError, match=r"^it has a field 'more' that nobody knows$"):
        build(Thing, GOOD | {"more": 1, "other": 2})
    with pytest.raises(ValueError, match="stands where an object should"):
        build(Thing, [1])
    with pytest.raises(ValueError, match="surrogates not allowed"):
        build(Thing, GOOD | {"name": "\ud800"})
    with pytest.raises(ValueError, match=rf"^'seed' cannot be '{'x' * 78}…$"):
        build(Thing, GOOD | {"seed": "x" * 200})
    with pytest.raises(ValueError, match=rf"^'seed' cannot be '{'x' * 78}'$"):
        build(Thing, GOOD | {"seed": "x" * 78})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"a": 1, "b": 2, "a": 3}', "'a' stands in it twice"),
        ('{"a": NaN}', "NaN is no number"),
        ('{"a": -Infinity}', "-Infinity is no number"),
        ("[]", "no JSON object"),
        ("[" * 100_000, "nested too deep"),
        (b"\xff", "utf-8"),
        ("", "Expecting value"),
    ],
)
def test_json_is_read_strictly(text: str | bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_object(text)
    assert read_object(b'{"a": [1, {"b": null}]}') == {"a": [1, {"b": None}]}


def test_lists_and_hashes_are_what_they_should_be() -> None:
    assert read_list({"a": [1]}, "a") == [1]
    assert read_list({}, "a") == []
    with pytest.raises(ValueError, match="'a' is an object, not a list"):
        read_list({"a": {}}, "a")
    assert read_hashes({"a": [HASH, HASH]}, "a") == (HASH, HASH)
    assert require_hash(HASH, "a") == HASH
    for wrong in (HASH + "0", HASH[:-1] + "g", None):
        with pytest.raises(ValueError, match=r"^'a' is .*, not a hash of 64 hex digits$"):
            require_hash(wrong, "a")


@given(st.text(st.sampled_from("=+-@'\t\r\n＝＠a1.e "), max_size=8))
def test_no_cell_begins_a_formula_and_every_text_comes_back(text: str) -> None:
    cell = to_cell(text)
    assert from_cell(cell) == text
    is_number = cell[:1] == "-" and cell[1:2].isdigit()
    assert cell[:1] not in {*"=+-@\t\r\n＝＠"} or is_number


@pytest.mark.parametrize("text", ["-1", "-1.5", "-2e-3", "a=b", "'quoted'", ""])
def test_numbers_and_plain_texts_stay_as_they_are(text: str) -> None:
    assert to_cell(text) == text


def test_codes_of_workbooks_are_read_and_written() -> None:
    assert from_book_cell("a_x000D_b_x0041_") == "a\rbA"
    assert to_book_cell("a_x000D_") == "a_x005F_x000D_"
    assert from_book_cell(to_book_cell("a_x000D_")) == "a_x000D_"
    assert from_book_cell("_x00_ _xZZZZ_") == "_x00_ _xZZZZ_"


@pytest.mark.parametrize(
    ("unit", "number", "seconds"),
    [
        ("seconds", "1.5", "1.5"), (" S ", "2", "2"), ("ms", "1500", "1.5"),
        ("us", "1", "0.000001"),
        ("ticks", "10000000", "1"), ("min", "1.5", "90"), ("hours", "0.5", "1800"),
        ("days", "0.5", "43200"), ("hhmmss", "10203", "3723"), ("hhmmss", "-130", "-90"),
        ("frames@25", "50", "2"), ("samples@8000", "4000", "0.5"), ("frames@12.5", "25", "2"),
    ],
)  # fmt: skip
def test_numbers_count_what_their_unit_says(unit: str, number: str, seconds: str) -> None:
    assert parse_time_unit(unit).seconds(Decimal(number)) == Decimal(seconds)


def test_rates_of_television_are_exact() -> None:
    assert parse_time_unit("frames@29.97").per_second == Fraction(30_000, 1001)
    assert parse_time_unit("frames@23.976").per_second == Fraction(24_000, 1001)
    assert parse_time_unit("milliseconds").name == "milliseconds"
    for wrong in ("furlongs", "frames", "frames@0", "frames@x", "samples@", ""):
        with pytest.raises(InvalidInputError, match=r"time_unit must be one of seconds, .* got"):
            parse_time_unit(wrong)


def test_timecodes_count_frames() -> None:
    unit = parse_time_unit("frames@25")
    assert unit.of_timecode(" 00:00:01:05 ") == Decimal("1.2")
    assert unit.of_timecode("01:00:00:24") == Decimal("3600.96")
    for wrong in ("00:00:00:25", "00:60:00:00", "00:00:01", "1", "00:00:01.05"):
        assert unit.of_timecode(wrong) is None
    assert parse_time_unit("seconds").of_timecode("00:00:01:05") is None
    dropped = parse_time_unit("frames@29.97")
    assert dropped.of_timecode("00:01:00;02") == dropped.seconds(Decimal(1800))
    assert dropped.of_timecode("00:10:00;00") == dropped.seconds(Decimal(17_982))
    assert is_timecode(" 00:00:01;05")
    assert not is_timecode("00:00:01")


def test_a_cue_is_stretched_and_then_moved() -> None:
    cue = Cue(start_seconds=1.0, end_seconds=2.5, text="a", speaker="b")
    assert cue.moved() is cue
    assert cue.moved(stretch=2.0, shift_seconds=-0.5) == Cue(
        start_seconds=1.5, end_seconds=4.5, text="a", speaker="b"
    )
    assert cue.moved(shift_seconds=1.0).end_seconds == 3.5
    assert cue.moved(stretch=0.5).start_seconds == 0.5
    assert cue.moved(shift_seconds=1e-7).start_seconds == 1.0


def test_a_player_and_the_samples_part_at_a_gap_and_stay_apart() -> None:
    clock = PlayerClock((Joint(10.0, 15.0), Joint(20.0, 26.0)))
    for shown, heard in ((0, 0), (9.5, 9.5), (10, 10), (12, 10), (15, 10), (17, 12), (25, 20),
                         (25.5, 20), (26, 20), (30, 24)):  # fmt: skip
        assert clock.heard(shown) == heard, shown
    for heard, shown in ((0, 0), (9.5, 9.5), (10, 15), (12, 17), (20, 26), (24, 30)):
        assert clock.shown(heard) == shown, heard
    assert PlayerClock().heard(3.5) == PlayerClock().shown(3.5) == 3.5
