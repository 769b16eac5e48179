"""Words of the command line become values."""

import pytest
import typer

from audioset.cli.app import run
from audioset.cli.options.values import parse_facts, parse_length, parse_size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2h", 7200),
        ("90m", 5400),
        ("1h30m", 5400),
        ("3600s", 3600),
        ("3600", 3600),
        ("1.5h", 5400),
        ("1h1m1s", 3661),
        (" 2H ", 7200),
        ("0.5s", 0.5),
        ("1h30", 3630),
    ],
)
def test_lengths_are_read_as_people_write_them(text: str, seconds: float) -> None:
    assert parse_length(text) == seconds


@pytest.mark.parametrize("text", ["", "h", "0", "0h", "-1h", "2 hours", "1m1h", "inf", "nan", "²h"])
def test_other_lengths_are_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="write 2h, 90m, 1h30m or 3600s"):
        parse_length(text)


@pytest.mark.parametrize(
    ("text", "size_bytes"),
    [("1GB", 10**9), ("500 MB", 500_000_000), ("64MiB", 2**26), ("1.5kb", 1500), ("7B", 7)],
)
def test_sizes_are_read_as_people_write_them(text: str, size_bytes: int) -> None:
    assert parse_size(text) == size_bytes


@pytest.mark.parametrize("text", ["", "GB", "0MB", "-1GB", "1", "1 G B", "nanGB", "1GBB", "²GB"])
def test_other_sizes_are_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="write 1GB, 500MB or 64MiB"):
        parse_size(text)


def test_facts_are_read_and_keep_what_follows_the_first_equals_sign() -> None:
    assert parse_facts(["a=1", " b =x=y", "c="], {"speaker": "ada", "text": None}) == {
        "speaker": "ada",
        "a": "1",
        "b": "x=y",
        "c": "",
    }


@pytest.mark.parametrize("words", [["a"], ["=1"], ["a=1", "a=2"], ["speaker=rab"]])
def test_facts_of_another_form_or_set_twice_are_refused(words: list[str]) -> None:
    with pytest.raises(typer.BadParameter):
        parse_facts(words, {"speaker": "ada"})


def test_a_version_that_stands_apart_is_told_how_it_is_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["promote", "digits", "1"]) == 2
    said = capsys.readouterr().err
    assert "(1); the version is named by --version 1" in said
    assert run(["describe", "digits", "1"]) == 2
    assert "--version" not in capsys.readouterr().err
