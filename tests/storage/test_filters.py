"""Conditions in SQL over the rows of a manifest: they see the rows and nothing else."""

import hashlib
from pathlib import Path

import pyarrow as pa
import pytest

from audioset.errors import InvalidInputError
from audioset.records.manifest import table_from_clips
from audioset.storage import filters
from audioset.storage.filters import filter_rows
from tests.workspaces import make_clip


@pytest.fixture(scope="module")
def rows() -> pa.Table:
    facts = [("ada", 10.0, {"room": "hall"}), ("ben", 25.0, {}), ("ada", None, {"room": "lab"})]
    return table_from_clips(
        make_clip("talk.mp4", number, speaker=speaker, snr_db=snr_db, extra=extra)[0]
        for number, (speaker, snr_db, extra) in enumerate(facts)
    )


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        ("speaker = 'ada'", [0, 2]),
        ("snr_db > 5 and speaker = 'ada'", [0]),
        ("snr_db > 5", [0, 1]),  # null is not true
        ("snr_db is null -- the quiet ones", [2]),
        ("extra['room'] = 'hall'", [0]),
        ("clip_id in ('no', 'such')", []),
        ("true", [0, 1, 2]),
    ],
)
def test_rows_for_which_it_holds_stay_in_their_order(
    rows: pa.Table, condition: str, kept: list[int]
) -> None:
    assert filter_rows(rows, condition).to_pylist() == [
        rows.to_pylist()[position] for position in kept
    ]


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ("snr > 20", "unknown column 'snr'; did you mean snr_db?"),
        ("speaker = 'ada' and SNR_bd > 20", "unknown column 'SNR_bd'; did you mean snr_db?"),
        ("clips.speeker = 'ada'", "unknown column 'speeker'; did you mean speaker?"),
        (
            "text > 40",
            "Cannot compare values of type VARCHAR and type INTEGER_LITERAL - an explicit cast is "
            "required; facts are texts, to be made numbers so: cast(age as integer) > 40",
        ),
        ("start > 3", "unknown column 'start'; did you mean start_sample or start_seconds?"),
        (
            'speaker = "ada"',
            "unknown column 'ada'; docs/format.md lists the columns, a fact of your own is "
            "extra['ada'], and a text stands in single quotes: 'ada'",
        ),
    ],
)
def test_an_unknown_column_is_told_with_those_that_may_be_meant(
    rows: pa.Table, condition: str, reason: str
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        filter_rows(rows, condition)
    assert str(caught.value) == f"the condition {condition!r} cannot be used: {reason}"


@pytest.mark.parametrize(
    "condition",
    [
        "speeker = 'ada'",
        "speaker = ",
        "true); drop table clips; select (true",
        "true) or (select count(*) from read_csv('/etc/passwd')) > (0",
        "clip_id in (select content from read_text('/etc/passwd'))",
        "speaker = 'ada' union select 1",
    ],
)
def test_what_is_no_condition_on_the_rows_is_refused(rows: pa.Table, condition: str) -> None:
    with pytest.raises(InvalidInputError, match=r"condition") as caught:
        filter_rows(rows, condition)
    assert "\n" not in str(caught.value)
    assert Path("/etc/passwd").read_text()[:20] not in str(caught.value)


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ("random() > 0.5", "random() may give other rows next time; take a share of the clips by"),
        ("main.random() > 0.5", "random() may give"),
        ("uuid() > 'a'", "uuid() may give"),
        ("hash(clip_id) % 10 = 0", "hash() may give"),  # of one release of DuckDB
        ("rowid < 10", "rowid may give"),
        ("current_date > '2026-01-01'", "current_date may give other rows next time: the clock"),
        ("text::timestamptz > '2026-01-01'", "a cast to timestamptz cannot stand in it"),
        ("version() = 'v1'", "version() may give other rows next time: it looks outside"),
        ("getenv('HOME') = '/root'", "getenv() may give other rows next time: it looks outside"),
        ("row_number() over () < 10", "over (…) looks at more than one clip"),
        ("snr_db > (select avg(snr_db) from clips)", "a select looks at more than one clip"),
        ("sum(snr_db) > 3", "sum() looks at more than one clip"),
        ("true using sample 10%", "syntax error"),
        ("list_filter([1], lambda x: random() > 0) = [1]", "the function 'list_filter'"),
        ("'position of the row' < 3 and \"position of the row\" < 3", "unknown column"),
        ("extra.room = 'hall'", "a fact without a column is written extra['room']"),
        ("snr_db > $1", "parameter cannot stand in it"),
    ],
)
def test_what_may_give_other_rows_next_time_is_refused(
    rows: pa.Table, condition: str, reason: str
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        filter_rows(rows, condition)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ("length(repeat('x', 1000000000000)) > 1", "the function 'repeat'"),
        ("len(range(1000000000000000000)) > 1", "the function 'range'"),
        ("(select count(*) from clips a, clips b, clips c) > 1", "a select"),
        (
            "(with recursive r(x) as (select 1 union all select x + 1 from r) from r) > 1",
            "a select",
        ),
        ("text ~ '(((a{1000}){1000}){1000})'", "invalid repetition size"),
        ("(" * 10_000 + "true" + ")" * 10_000, "nested more than 100 deep"),
        ("(" * 10_000, "nested more than 100 deep"),  # the parser would take hours
        ("- " * 10_000 + "1 = 1", "nested more than 100 deep"),
        ("not " * 10_000 + "true", "nested more than 100 deep"),
        ("[" * 90 + "1" + "]" * 90 + "[1]" * 90 + " = 1", "nested more than 100 deep"),
        (" or ".join(["text = 'a'"] * 1_001), "more than 2,000 parts; many values go into a list"),
        ("text = '" + "a" * 300_000 + "'", "300,009 characters"),
        (f"list_value({','.join(['text'] * 500)}) = text", "a list holds values only"),
    ],
)
def test_what_would_take_hours_or_all_memory_is_refused(
    rows: pa.Table, condition: str, reason: str
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        filter_rows(rows, condition)
    assert reason in str(caught.value)
    assert len(str(caught.value)) < 500


def test_a_condition_that_takes_too_long_is_ended(
    rows: pa.Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filters, "MOST_SECONDS", 0.01)
    many = pa.concat_tables([rows] * 10_000)
    slow = " or ".join(f"md5(md5(clip_id)) = '{number}'" for number in range(50))
    with pytest.raises(InvalidInputError, match=r"it takes longer than 0\.01 s"):
        filter_rows(many, slow)


def test_reading_rows_does_not_count_and_more_rows_may_take_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [0.0]
    monkeypatch.setattr(filters, "monotonic", lambda: clock[0])
    watch = filters._Watch()
    for _ in range(3):
        clock[0] += 1000.0  # to read
        assert not watch.is_over()
        with watch.running(1_000_000):
            clock[0] += 59.0
            assert not watch.is_over()
    with watch.running(1):
        clock[0] += 4.0
        assert watch.is_over()


@pytest.mark.parametrize(
    "condition",
    [
        "true) or (true",
        "true] or [true",
        "true)] or [(true",
        "true /* ) */ ; --",
        "true /*",
        "speaker = 'a''",
        "speaker = 'a\0b'",
        "speaker = '\udc80'",
        "true order by snr_db limit 1",
        "true group by all",
        "",
        "*",
    ],
)
def test_brackets_cannot_be_left(rows: pa.Table, condition: str) -> None:
    with pytest.raises(InvalidInputError, match="cannot be used"):
        filter_rows(rows, condition)


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        ("speaker in (" + ",".join(f"'s{n}'" for n in range(5_000)) + ", 'ben')", [1]),
        ("speaker in ['ben', 'eve'] or speaker.starts_with('b')", [1]),
        ("lower(speaker) like 'a%' and snr_db / 2 between 4 and 6", [0]),
        ("case when snr_db is null then true else snr_db > 20 end", [1, 2]),
        ("map_contains(extra, 'room') and len(map_keys(extra)) = 1", [0, 2]),
        ("element_at(extra, 'room')[1] = 'lab'", [2]),
        ("not list_contains(string_split(coalesce(flags, ''), ','), 'clipped')", [0, 1, 2]),
        ("try_cast(speaker as integer) is null and 'sample(' <> 'random()'", [0, 1, 2]),
        ("speaker = 'Žluťoučký' or speaker ~ '^(a+)+da$'", [0, 2]),
    ],
)
def test_what_people_ask_for_works(rows: pa.Table, condition: str, kept: list[int]) -> None:
    assert filter_rows(rows, condition)["clip_id"].to_pylist() == [
        rows["clip_id"][position].as_py() for position in kept
    ]


def test_a_sample_is_by_the_hash_of_seed_and_clip_id() -> None:
    rows = table_from_clips(make_clip("talk.mp4", number)[0] for number in range(200))

    def of(condition: str) -> set[str]:
        return set(filter_rows(rows, condition)["clip_id"].to_pylist())

    ids = rows["clip_id"].to_pylist()
    limit = int(0.3 * 2**52)
    assert of("sample(0.3, 7)") == {
        clip_id
        for clip_id in ids
        if int(hashlib.sha256(f"7:{clip_id}".encode()).hexdigest()[:13], 16) < limit
    }
    assert of("SAMPLE (0.1, 7)") < of("sample(0.3, 7)") != of("sample(0.3, 8)")
    assert (of("sample(0, 7)"), of("sample(1, 7)")) == (set(), set(ids))
    assert of("sample(0.6, 7) and not sample(0.3, 7)") == of("sample(0.6, 7)") - of(
        "sample(0.3, 7)"
    )
    for bad in ("sample(10, 7)", "sample(0.1)", "sample(0.1, 7.5)", "sample(-1, 7)"):
        with pytest.raises(InvalidInputError, match="sample takes a share between 0 and 1"):
            filter_rows(rows, bad)
