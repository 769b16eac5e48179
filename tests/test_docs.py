"""The command line's reference is what the commands say, and every command shows how it is used."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from audioset.cli.app import COMMANDS, make_command, run

PROJECT = Path(__file__).parents[1]
NAMES = [name for _, name, _, _ in COMMANDS]


def help_of(name: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert run([*name.split(), "--help"]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_help_and_an_example_of_itself(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = help_of(name, capsys)
    examples = text.partition("Examples:\n")[2].splitlines()
    assert examples
    for line in examples:
        assert line.startswith(f"  audioset {name}")
        assert len(line) <= 80, "an example is not wrapped, so it must fit"


@pytest.mark.parametrize("name", NAMES)
def test_every_option_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    options = re.findall(r"^  (--?\S.*)$", help_of(name, capsys), re.MULTILINE)
    assert options
    text = help_of(name, capsys)
    for option in options:
        # Help stands beside the option, or below it when the option is long.
        described = re.search(rf"^  {re.escape(option)}\n? {{6,}}\S", text, re.MULTILINE)
        assert "  " in option.strip() or described, option


@pytest.mark.parametrize("name", NAMES)
def test_every_command_is_in_the_reference(name: str) -> None:
    page = (PROJECT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert f"\n## audioset {name}\n" in page


def test_the_table_of_commands_is_complete() -> None:
    root = make_command()
    registered = {
        f"{name} {inner}" if inner else name
        for name, command in root.commands.items()
        for inner in getattr(command, "commands", {"": None})
    }
    assert registered == set(NAMES)


def test_the_reference_is_current() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/make_cli_docs.py", "--check"],
        cwd=PROJECT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
