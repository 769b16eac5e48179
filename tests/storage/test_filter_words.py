"""Which rows stay, exactly, and in which words a condition is refused."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audioset.errors import InvalidInputError
from audioset.storage import filters
from audioset.storage.filters import MOST_BYTES, MOST_SECONDS, filter_rows

ROWS = pa.table({"clip_id": ["c", "a", "b", "a"], "count": [3, None, 1, 7], "word": [*"qwer"]})
NO_FUNCTION = (
    "No function matches the given name and argument types 'length(BIGINT)'. You might need to add "
    "explicit type casts."
)


@settings(max_examples=8)
@given(st.lists(st.none() | st.integers(-5, 5), max_size=12), st.integers(-6, 6))
def test_rows_stay_as_and_where_they_are(numbers: list[int | None], border: int) -> None:
    ids = [f"x{place * 7 % 13}" for place in range(len(numbers))]
    rows = pa.table({"clip_id": ids, "n": pa.array(numbers, pa.int64())})
    kept = filter_rows(rows, f"n >= {border}")
    assert kept.schema == rows.schema
    assert kept.to_pylist() == [
        row for row in rows.to_pylist() if row["n"] is not None and row["n"] >= border
    ]


def test_no_rows_are_kept_of_none() -> None:
    none = ROWS.slice(0, 0)
    assert filter_rows(none, "count > 1") == none
    assert filter_rows(ROWS, "count > 100") == none
    assert filter_rows(pa.concat_tables([ROWS.slice(2), ROWS.slice(0, 2)]), "count > 1").equals(
        ROWS.take([3, 0])
    )


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ("word = ", 'syntax error at or near ")"'),
        ("word; count", 'syntax error at or near ";"'),
        ("count = 'much'", "Could not convert string 'much' to INT64"),
        (
            "word = 'a' and From in ('Leith')",
            "syntax error at or near \"From\"; 'From' is a word of SQL, a fact is extra['From']",
        ),
        ("length(count) = 1", NO_FUNCTION),
        ("word ~ '('", "missing ): ("),
        ("words = 'q'", "unknown column 'words'; did you mean word?"),
        ("  ", "there is nothing in it; write one such as snr_db > 20"),
        ("nosuch(word) = 1", "the function 'nosuch' cannot stand in it; docs/format.md lists those "
                             "that can"),
    ],
)  # fmt: skip
def test_a_refusal_is_the_first_line_of_what_is_wrong(condition: str, reason: str) -> None:
    with pytest.raises(InvalidInputError) as told:
        filter_rows(ROWS, condition)
    assert str(told.value) == f"the condition {condition!r} cannot be used: {reason}"


def test_what_is_quoted_has_an_end() -> None:
    with pytest.raises(InvalidInputError) as told:
        filter_rows(ROWS, f"count = '{'9' * 50}{'x' * 5000}'")
    reason = str(told.value).partition("cannot be used: ")[2]
    assert reason.startswith("Could not convert string '9999")
    assert len(reason) == 300


def test_the_numbers_of_the_rows_cannot_be_asked_for() -> None:
    with pytest.raises(InvalidInputError, match="unknown column 'position of the row'"):
        filter_rows(ROWS, '"position of the row" = 1')


def test_a_condition_has_a_minute_and_two_gb(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (MOST_SECONDS, MOST_BYTES) == (60, 2 * 2**30)
    assert "set memory_limit = '2048 MiB';" in filters._SETTINGS
    little = filters._SETTINGS.replace("2048 MiB", "1 MiB")
    monkeypatch.setattr(filters, "_SETTINGS", little)
    many = pa.table({"clip_id": [str(number) for number in range(100_000)]})
    with pytest.raises(InvalidInputError, match=r"it takes more than 2 GB of memory$"):
        filter_rows(many, "md5(clip_id) <> 'a'")


def test_nothing_outside_can_be_changed_or_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even what got past the words that are allowed would find its settings locked."""
    monkeypatch.setattr(filters, "require_same_rows_always", lambda *_: None)
    secrets = pa.table({"clip_id": ["s"]})
    assert secrets.num_rows == 1
    for condition, told in (
        ("clip_id in (select content from read_text('/etc/passwd'))", "file system|disabled"),
        ("clip_id in (select clip_id from secrets)", "secrets"),
        ("current_setting('lock_configuration') = false", None),
        ("current_setting('enable_external_access') = true", None),
        ("current_setting('threads') > 1", None),
        ("current_setting('max_expression_depth') <> 100", None),
    ):
        if told is None:
            assert filter_rows(ROWS, condition).num_rows == 0, condition
        else:
            with pytest.raises(InvalidInputError, match=told):
                filter_rows(ROWS, condition)
