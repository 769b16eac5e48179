"""Words become the values that Typer's own reader gives, for every flag of every command."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperArgument, TyperOption
from typer.main import Typer, get_command

from audioset.cli.app import COMMANDS, find_verb, run
from audioset.cli.help import Command
from audioset.cli.read_words import QuickArgument, QuickOption

WORDS = (
    "x", "", "0", "1", "-3", "70000",
    "0.2", "2h", "max", "speaker", "mix", "MIX", "../a b.wav", "nan", "1e3", "²",
)  # fmt: skip
# Numbers are refused alike, but in words of ours.
REFUSED = "refused"


def both(name: str) -> Iterator[tuple[Any, Any, Any]]:
    """Give each flag of a command as Typer makes it, and as ours; with a context."""
    app = Typer(add_completion=False)
    app.command(cls=Command)(find_verb(name).call)
    command = get_command(app)
    context = typer.Context(command)
    for theirs, ours in zip(command.params, command.get_params(context), strict=False):
        yield context, theirs, ours


def read(context: Any, param: Any, words: object) -> object:
    try:
        return param.process_value(context, words)
    except typer.BadParameter:
        return REFUSED


@pytest.mark.parametrize("name", COMMANDS)
def test_words_are_read_as_typer_reads_them(name: str) -> None:
    for context, theirs, ours in both(name):
        assert type(theirs) in (TyperOption, TyperArgument)
        assert type(ours) in (QuickOption, QuickArgument)
        assert theirs.name == ours.name
        is_flag = theirs.type_descriptor.annotation is bool
        is_many = theirs.type_descriptor.is_list
        for word in (True, False) if is_flag else WORDS:
            words = [word, "more"] if is_many else word
            found, wanted = read(context, ours, words), read(context, theirs, words)
            assert repr(found) == repr(wanted), (name, theirs.name, word)
            assert type(found) is type(wanted)
        assert read(context, ours, theirs.default) == read(context, theirs, theirs.default)


def test_numbers_out_of_bounds_are_refused_with_the_bounds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for words, told in (
        ("cut x.wav --workers 0", "'--workers': 0 is not allowed; give at least 1"),
        ("cut x.wav --workers two", "'--workers': 'two' is no whole number"),
        ("cut x.wav --pause long", "'--pause': 'long' is no number"),
        ("dedupe --near-limit 1", "'--near-limit': 1 is not allowed; give at least 0 and at most"),
    ):
        assert run(words.split()) == 2
        assert told in capsys.readouterr().err


def test_a_flag_of_another_kind_is_left_to_typer() -> None:
    def call(
        when: datetime = datetime(2026, 1, 1, tzinfo=UTC),
    ) -> None: ...

    app = Typer(add_completion=False)
    app.command(cls=Command)(call)
    command = get_command(app)
    context = typer.Context(command)
    when = command.get_params(context)[0]
    assert type(when) is TyperOption
    assert read(context, when, "2026-11-30") == datetime(2026, 11, 30)


def test_a_path_is_a_path_and_several_words_are_a_list() -> None:
    found = {ours.name: read(context, ours, "a/b") for context, _, ours in both("check")}
    assert found["report"] == Path("a/b")
