"""The space of a search: forms of values, and their places in a command."""

from pathlib import Path

import pytest

from audioset.errors import InvalidInputError, NotFoundError
from audioset.experiments.search.space import Param, TrialCommand, parse_param, read_space, runnable
from audioset.records.search_report import SearchOptions


@pytest.mark.parametrize(
    ("text", "param"),
    [
        ("0..30", Param("p", "real", 0, 30)),
        ("-1.5..1e3", Param("p", "real", -1.5, 1000)),
        (".5...75", Param("p", "real", 0.5, 0.75)),
        ("log:1e-4..0.1", Param("p", "real", 1e-4, 0.1, log=True)),
        ("int:1..4", Param("p", "integer", 1, 4)),
        ("int:log:1..1024", Param("p", "integer", 1, 1024, log=True)),
        ("log:int:1..1024", Param("p", "integer", 1, 1024, log=True)),
        ("rbf, linear", Param("p", "choice", choices=("rbf", "linear"))),
        ("0.1,0.2", Param("p", "choice", choices=("0.1", "0.2"))),
        ("rbf", Param("p", "choice", choices=("rbf",))),
    ],
)
def test_values_are_ranges_or_choices(text: str, param: Param) -> None:
    assert parse_param("p", text) == param
    assert parse_param("p", str(param)) == param, "they are shown as they are written"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "p= names no values; write them like log:0.1..100"),
        ("1..", r"p=1\.\. names no values"),
        ("log:0.1-100", "p=log:0.1-100 names no values"),
        ("a,,b", "p=a,,b names no values"),
        ("a,a", "names a value twice"),
        ("5..5", "is an empty range"),
        ("log:0..1", "has no logarithm; begin above 0"),
        ("int:1..2.5", "has no whole numbers as its ends"),
    ],
)
def test_other_forms_are_refused(text: str, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        parse_param("p", text)


def test_a_name_is_a_word() -> None:
    with pytest.raises(InvalidInputError, match="'2x' cannot name a parameter"):
        parse_param("2x", "0..1")


def test_a_real_value_has_six_digits_and_stays_inside() -> None:
    assert parse_param("p", "0..30").text(12.3456789) == "12.3457"
    assert parse_param("p", "log:1e-7..1").text(1.23456789e-7) == "1.23457e-07"
    narrow = parse_param("p", "0.12345678..0.5")
    assert float(narrow.text(0.12345679)) >= 0.12345678


def fill(words: list[str], **values: str) -> list[str]:
    command = TrialCommand(tuple(words), tuple(parse_param(name, "a,b") for name in values))
    return command.fill(values)


def test_values_go_to_their_places_and_the_rest_to_the_end() -> None:
    words = ["train.py", "digits@v1?snr_db > {snr}", "--C={C}", "--again", "{C}"]
    assert fill(words, C="0.5", snr="12", kernel="rbf") == [
        "train.py",
        "digits@v1?snr_db > 12",
        "--C=0.5",
        "--again",
        "0.5",
        "--kernel",
        "rbf",
    ]


def test_braces_that_are_no_placeholder_stay() -> None:
    assert fill(["t", '{"a": {"b": 1}}', "{}", "{{lr}}", "{lr}"], lr="2") == [
        "t",
        '{"a": {"b": 1}}',
        "{}",
        "{lr}",
        "2",
    ]


def test_a_value_with_braces_is_not_read_again() -> None:
    assert fill(["t", "{a}"], a="{b}", b="x") == ["t", "{b}", "--b", "x"]


def test_a_placeholder_without_values_is_told() -> None:
    with pytest.raises(InvalidInputError, match=r"the command has \{snr\}, .* parameters are lr"):
        fill(["train.py", "{snr}"], lr="1")


def test_a_file_may_hold_the_space(tmp_path: Path) -> None:
    path = tmp_path / "search.toml"
    path.write_text('[params]\nC = "log:0.1..100"\nkernel = ["rbf", "linear"]\nlayers = 3\n')
    assert read_space(path) == {"C": "log:0.1..100", "kernel": "rbf,linear", "layers": "3"}
    path.write_text("C = 1\n")
    with pytest.raises(InvalidInputError, match=r"needs one table, \[params\]"):
        read_space(path)
    path.write_text("[params\n")
    with pytest.raises(InvalidInputError, match="is not valid TOML"):
        read_space(path)
    with pytest.raises(NotFoundError, match="cannot read"):
        read_space(tmp_path / "none.toml")


def test_a_program_that_is_not_there_is_told() -> None:
    with pytest.raises(NotFoundError, match="there is no program no-such-trainer"):
        runnable(["no-such-trainer", "x"])


@pytest.mark.parametrize(
    ("metric", "goal"),
    [
        ("loss", "min"),
        ("val_loss", "min"),
        ("WER", "min"),
        ("eval/cer", "min"),
        ("test_error", "min"),
        ("cv_accuracy", "max"),
        ("f1", "max"),
        ("glossary_hits", "max"),
    ],
)
def test_the_direction_is_guessed_from_the_name(metric: str, goal: str) -> None:
    assert SearchOptions(metric=metric).goal == goal
    assert SearchOptions(metric=metric, direction="max").goal == "max"


@pytest.mark.parametrize(
    "wrong", [{"trials": 0}, {"jobs": 0}, {"direction": "up"}, {"study": "../x"}, {"seed": -1}]
)
def test_options_out_of_range_are_told(wrong: dict[str, object]) -> None:
    (name,) = wrong
    with pytest.raises(InvalidInputError, match=f"^{name} is "):
        SearchOptions(metric="wer", **wrong)  # type: ignore[arg-type]
