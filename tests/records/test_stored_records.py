"""The records that a store holds: every byte of them is a promise to the next release."""

import hashlib
import json
from dataclasses import replace

import pyarrow as pa
import pytest

from audioset.errors import IntegrityError, InvalidInputError
from audioset.records.alias import Alias, AliasMove
from audioset.records.identity import VersionRef
from audioset.records.pin import Pin
from audioset.records.version import (
    DEFAULT_SHARD_BYTES,
    VERSION_FORMAT,
    ContentObject,
    VersionRecord,
)
from audioset.records.view import View, both_conditions, view_name, whole
from audioset.records.withdrawal import (
    REACH_COLUMNS,
    Reach,
    RemainingVersion,
    Withdrawal,
    WithdrawnRows,
    is_span_of,
    make_span,
    reach_of,
    read_span,
    runs_of,
)

SHARD = ContentObject(sha256="ab" * 32, size_bytes=2048, num_clips=2)
PART = ContentObject(sha256="cd" * 32, size_bytes=512, num_clips=2)
RECORD = VersionRecord(
    dataset="scots",
    version=3,
    digest="ef" * 32,
    num_clips=2,
    length_seconds=2.5,
    num_speakers=1,
    size_bytes=2048,
    manifests=(PART,),
    shards=(SHARD,),
    parent=2,
    message="für Mary",
    created_at="2026-01-02T03:04:05+00:00",
    created_by="mary",
    nonce="12ab",
)
MOVE = AliasMove(version=2, moved_at="2026-01-02T03:04:05+00:00", moved_by="mary")
ALIAS = Alias(dataset="scots", alias="prod", moves=(MOVE, replace(MOVE, version=3)), nonce="1f")
SOURCE = "0123456789abcdef" * 4
SPAN = f"{SOURCE}-000001500-000002750"
WITHDRAWAL = Withdrawal(
    dataset="scots",
    number=1,
    recordings=("aa" * 32,),
    versions=(
        RemainingVersion(
            version=3,
            num_withdrawn=1,
            num_clips=1,
            length_seconds=1.25,
            num_speakers=1,
            size_bytes=1024,
            manifests=(PART,),
            shards=(SHARD,),
            rows=(WithdrawnRows(position=0, span=0, num_rows=1),),
        ),
    ),
    message="",
    created_at="2026-01-02T03:04:05+00:00",
    created_by="mary",
    nonce="12ab",
    spans=(SPAN,),
    sources=(SOURCE,),
)


def resealed(values: dict[str, object]) -> str:
    """Write an object as `docs/format.md` says: sealed over its own bytes with zeros for a seal."""
    unsealed = {**values, "content_sha256": "0" * 64}
    text = json.dumps(unsealed, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    return text.replace("0" * 64, hashlib.sha256(text.encode()).hexdigest())


def test_a_version_record_is_stored_as_the_format_says() -> None:
    text = RECORD.to_json()
    values = json.loads(text)
    assert values.pop("content_sha256")
    assert text == resealed(values)
    assert "für Mary" in text  # readable by people, not escaped
    assert set(values) == {
        "dataset", "version", "digest", "num_clips", "length_seconds", "num_speakers",
        "size_bytes", "manifests", "shards", "parent", "message", "created_at", "created_by",
        "nonce", "format_version", "num_withdrawals",
    }  # fmt: skip
    assert values["format_version"] == 1
    assert values["num_withdrawals"] == 0
    assert values["shards"] == [{"sha256": "ab" * 32, "size_bytes": 2048, "num_clips": 2}]
    assert VersionRecord.from_json(text, name="it") == RECORD
    assert VersionRecord.from_json(text.encode(), name="it") == RECORD
    assert RECORD.ref == VersionRef("scots", 3)
    held = replace(RECORD, shards=(replace(RECORD.shards[0], num_clips=7),), format_version=2)
    assert VersionRecord.from_json(held.to_json(), name="it").num_dead_clips == 7 - RECORD.num_clips


def test_a_size_of_shards_that_somebody_chose_is_stored_and_what_was_withdrawn_since_is_not() -> (
    None
):
    chosen = replace(RECORD, shard_bytes=DEFAULT_SHARD_BYTES // 4, num_withdrawn=5)
    values = json.loads(chosen.to_json())
    assert values["shard_bytes"] == 16 * 2**20
    assert "num_withdrawn" not in values
    again = VersionRecord.from_json(chosen.to_json(), name="it")
    assert again == replace(chosen, num_withdrawn=0)
    assert DEFAULT_SHARD_BYTES == 64 * 2**20


def test_an_alias_round_trips_and_names_its_last_move() -> None:
    assert Alias.from_json(ALIAS.to_json(), name="it") == ALIAS
    assert ALIAS.version == 3
    assert ALIAS.ref == VersionRef("scots", 3)
    assert MOVE.message == ""
    assert json.loads(ALIAS.to_json())["format_version"] == 1


def test_an_alias_without_a_move_is_none() -> None:
    values = json.loads(ALIAS.to_json())
    del values["content_sha256"]
    with pytest.raises(InvalidInputError, match=r"^it is not an alias: it has no moves"):
        Alias.from_json(resealed({**values, "moves": []}), name="it")


@pytest.mark.parametrize("stored", [RECORD, ALIAS, WITHDRAWAL])
def test_a_flipped_digit_a_newer_format_and_another_object_are_told(
    stored: VersionRecord | Alias | Withdrawal,
) -> None:
    text = stored.to_json()
    kind = type(stored)
    with pytest.raises(IntegrityError, match=r"^v3\.json is damaged"):
        kind.from_json(text.replace("2026-01-02", "2026-01-03"), name="v3.json")
    known = VERSION_FORMAT if isinstance(stored, VersionRecord) else stored.format_version
    newer = json.loads(text) | {"format_version": known + 1}
    with pytest.raises(
        InvalidInputError, match=rf"^v3\.json has store format {known + 1}.*{known}"
    ):
        kind.from_json(json.dumps(newer), name="v3.json")
    for other in ("{}", "[]", "3", "no json", '{"format_version": "one"}'):
        with pytest.raises(
            InvalidInputError, match=r"^v3\.json is not (a version|an alias|a with)"
        ):
            kind.from_json(other, name="v3.json")


@pytest.mark.parametrize("stored", [RECORD, ALIAS, WITHDRAWAL])
def test_an_object_of_the_first_release_has_no_seal_and_is_read(
    stored: VersionRecord | Alias | Withdrawal,
) -> None:
    values = json.loads(stored.to_json())
    del values["content_sha256"]
    assert type(stored).from_json(json.dumps(values), name="it") == stored


def test_a_withdrawal_of_the_first_format_says_less() -> None:
    values = json.loads(WITHDRAWAL.to_json())
    for name in ("content_sha256", "spans", "sources"):
        del values[name]
    del values["versions"][0]["rows"]
    again = Withdrawal.from_json(resealed({**values, "format_version": 1}), name="it")
    assert (again.spans, again.sources, again.versions[0].rows) == ((), (), ())
    assert again.versions[0].shards == (SHARD,)


def test_a_withdrawal_with_a_span_that_is_none_is_refused() -> None:
    values = json.loads(replace(WITHDRAWAL, spans=("nonsense",)).to_json())
    del values["content_sha256"]
    with pytest.raises(InvalidInputError, match="'nonsense' is not the span of a clip"):
        Withdrawal.from_json(resealed(values), name="it")


def test_a_span_names_the_source_by_its_hash_and_no_file() -> None:
    assert make_span(SOURCE, 1.5, 2.75, 1, None) == SPAN
    assert make_span(SOURCE, 1.5, 2.75, None, None) == SPAN
    assert read_span(SPAN) == (SOURCE, 1.5, 2.75)
    other = make_span(SOURCE, 1.5, 2.75, 2, 1)
    assert other == f"{SOURCE}-t2c1-000001500-000002750"
    assert read_span(other) == (SOURCE, 1.5, 2.75)
    assert is_span_of(SPAN, "talk-01234567-000001500-000002750")
    assert is_span_of(other, "talk-01234567-t2c1-000001500-000002750")
    for clip_id in (
        "talk-01234568-000001500-000002750",
        "talk-01234567-000001500-000002751",
        "talk-01234567-c1-000001500-000002750",
        "no-clip",
    ):
        assert not is_span_of(SPAN, clip_id)


def test_withdrawn_rows_that_follow_each_other_with_their_spans_are_one_run() -> None:
    listed = ["a", "b", "c", "d"]
    assert runs_of([3, 4, 5, 9], ["a", "b", "d", "c"], listed) == (
        WithdrawnRows(position=3, span=0, num_rows=2),
        WithdrawnRows(position=5, span=3, num_rows=1),
        WithdrawnRows(position=9, span=2, num_rows=1),
    )
    assert runs_of([0, 2], ["a", "b"], listed) == (
        WithdrawnRows(position=0, span=0, num_rows=1),
        WithdrawnRows(position=2, span=1, num_rows=1),
    )
    assert runs_of([0, 1, 2], ["b", "c", "d"], listed) == (
        WithdrawnRows(position=0, span=1, num_rows=3),
    )
    assert runs_of([], [], listed) == ()
    with pytest.raises(ValueError, match="shorter"):
        runs_of([1, 2], ["a"], listed)


def test_the_reaches_of_two_withdrawals_are_joined_in_every_part() -> None:
    one = Reach(
        recordings=frozenset("a"), spans=frozenset("b"), sources=frozenset("c"),
        source_names=frozenset("d"),
    )  # fmt: skip
    other = Reach(
        recordings=frozenset("e"), spans=frozenset("f"), sources=frozenset("g"),
        source_names=frozenset("h"),
    )  # fmt: skip
    assert one | other == Reach(
        recordings=frozenset("ae"), spans=frozenset("bf"), sources=frozenset("cg"),
        source_names=frozenset("dh"),
    )  # fmt: skip
    assert one | Reach() == one


def test_a_pin_file_is_small_sorted_and_says_of_a_view_what_it_is_of() -> None:
    pin = Pin(dataset="scots", version=3, digest="ef" * 32, store="s3://b/d")
    assert pin.to_json() == (
        '{\n  "dataset": "scots",\n  "digest": "' + "ef" * 32 + '",\n  "store": "s3://b/d",\n'
        '  "version": 3\n}\n'
    )
    assert (pin.name, pin.ref) == ("scots@v3", VersionRef("scots", 3))
    view = replace(pin, filter="snr_db > 20", version_digest="aa" * 32)
    assert view.name == "scots@v3?snr_db > 20"
    for one in (pin, view):
        assert Pin.from_json(one.to_json(), name="it") == one
    for text in ("no json", "[]", '{"dataset": "scots"}', "3"):
        with pytest.raises(InvalidInputError, match=r"^my\.pin is not a pin file: "):
            Pin.from_json(text, name="my.pin")


def test_a_view_is_pinned_with_the_digest_of_its_version() -> None:
    everything = whole(RECORD)
    assert everything == View(
        record=RECORD, filter=None, digest=RECORD.digest, num_clips=2, length_seconds=2.5,
        num_speakers=1, size_bytes=2048,
    )  # fmt: skip
    assert everything.name == "scots@v3"
    assert everything.pin("store") == Pin(
        dataset="scots", version=3, digest=RECORD.digest, store="store"
    )
    part = replace(everything, filter="take = 1", digest="11" * 32)
    assert part.name == view_name(RECORD, "take = 1") == "scots@v3?take = 1"
    assert part.pin("store") == Pin(
        dataset="scots", version=3, digest="11" * 32, store="store", filter="take = 1",
        version_digest=RECORD.digest,
    )  # fmt: skip


def test_two_conditions_hold_both_and_a_comment_ends_with_its_line() -> None:
    assert both_conditions(None, None) is None
    assert both_conditions("a", None) == "a"
    assert both_conditions(None, "b") == "b"
    assert both_conditions("a or c", "b") == "(a or c) and (b)"
    assert both_conditions("a -- why", "b") == "(a -- why\n) and (b)"


def test_what_is_withdrawn_of_clips_and_of_whole_sources() -> None:
    rows = pa.table(
        {
            "pcm_sha256": ["aa", "bb"],
            "source_sha256": [SOURCE, SOURCE],
            "source_name": ["a.mp4", "b.mp4"],
            "start_seconds": [1.5, 3.0],
            "end_seconds": [2.75, 4.0],
            "track": [None, 2],
            "channel": [None, 1],
        }
    )
    reach = reach_of(rows)
    assert reach == Reach(
        recordings=frozenset({"aa", "bb"}),
        spans=frozenset({SPAN, f"{SOURCE}-t2c1-000003000-000004000"}),
        source_names=frozenset({"a.mp4", "b.mp4"}),
    )
    assert reach_of(rows, whole_sources=True) == replace(reach, sources=frozenset({SOURCE}))
    assert set(REACH_COLUMNS) == set(rows.column_names)
