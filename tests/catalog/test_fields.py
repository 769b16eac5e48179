"""Which fields people decide, and which values each can have."""

import pytest

from audioset.catalog.decisions import Decision
from audioset.catalog.fields import DECIDABLE_COLUMNS, parse_value, require_decision
from audioset.errors import InvalidInputError
from audioset.records.manifest import column_names

GOOD = [
    ("text", "Aye"), ("accepted", True), ("accepted", False), ("split", "train"), ("line", 1),
    ("take", 3), ("flags", "noisy"), ("gender", "f"), ("licence", "CC-BY-4.0"),
    ("shoe size", "42"), ("text", None), ("accepted", None), ("speaker", "ada"),
]  # fmt: skip
BAD = [
    ("accepted", 1), ("accepted", "yes"), ("split", "dev"), ("line", 0), ("line", True),
    ("line", "1"), ("take", -1), ("take", 2**31), ("text", 5), ("gender", True), ("shoe", 42),
    ("", "x"), ("  ", "x"), ("a\nb", "x"), ("x" * 101, "x"),
    ("text", "half of \ud83d"), ("note", "\udc4d"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value"), GOOD)
def test_values_of_the_fields_type_are_taken(field: str, value: str | bool | int | None) -> None:
    require_decision(Decision("clip", "a", field, value))


@pytest.mark.parametrize(("field", "value"), BAD)
def test_other_values_are_refused(field: str, value: str | bool | int | None) -> None:
    with pytest.raises(InvalidInputError):
        require_decision(Decision("clip", "a", field, value))


@pytest.mark.parametrize("field", sorted(set(column_names()) - set(DECIDABLE_COLUMNS)))
def test_what_is_measured_cannot_be_decided(field: str) -> None:
    with pytest.raises(InvalidInputError, match="measured or managed"):
        require_decision(Decision("clip", "a", field, "1"))
    with pytest.raises(InvalidInputError, match="measured or managed"):
        parse_value(field, "1")


@pytest.mark.parametrize("field", ["text", "line", "take", "speaker"])
def test_a_speaker_has_no_text_line_take_or_other_name(field: str) -> None:
    with pytest.raises(InvalidInputError, match="not for a whole speaker"):
        require_decision(Decision("speaker", "ada", field, None))


def test_other_subjects_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="'source'"):
        require_decision(Decision("source", "a", "text", "x"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("field", "word", "value"),
    [
        ("accepted", "Yes", True),
        ("accepted", "false", False),
        ("accepted", " reject ", False),
        ("line", " 12 ", 12),
        ("text", " as is ", " as is "),
        ("text", "  ", None),
        ("line", "", None),
        ("gender", "f", "f"),
        ("shoe", "42", "42"),
        ("accepted", "unsure", "unsure"),
        ("accepted", " ? ", "unsure"),
        ("note", "what is this?", "what is this?"),
        ("note", " ", None),
        ("tag:loud", "yes", True),
        ("tag:loud", "no", None),
        ("tag:loud", "", None),
    ],
)
def test_words_are_read_as_the_fields_type(field: str, word: str, value: object) -> None:
    assert parse_value(field, word) == value


@pytest.mark.parametrize(
    ("field", "word"),
    [
        ("accepted", "maybe"),
        ("line", "x"),
        ("take", "1.5"),
        ("line", "²"),
        ("tag:loud", "maybe"),
        ("tag:loud", "unsure"),
        ("tag:", "yes"),
        ("tag: loud", "yes"),
        (f"tag:{'x' * 51}", "yes"),
    ],
)
def test_words_of_another_type_are_refused(field: str, word: str) -> None:
    with pytest.raises(InvalidInputError, match=field.partition(":")[0]):
        parse_value(field, word)


@pytest.mark.parametrize("field", ["edges", "replaced_by", "made_of"])
def test_which_clips_there_are_is_no_fact(field: str) -> None:
    with pytest.raises(InvalidInputError, match="audioset move-edges"):
        parse_value(field, "1 2")
    with pytest.raises(InvalidInputError, match="audioset move-edges"):
        require_decision(Decision("clip", "a", field, "1 2"))
