"""The command line's reference is what the commands say, and every command shows how it is used."""

import re
import subprocess
import sys
from itertools import takewhile
from pathlib import Path

import pytest

from audioset.cli.app import COMMANDS, GROUPS, make_command, run
from tests.sounds import write_speech
from tests.workspaces import make_workspace

PROJECT = Path(__file__).parents[1]
NAMES = list(COMMANDS)


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
        for inner in (
            *getattr(command, "commands", [""]),
            # Without a further word `import` is a command that has a name with one, too.
            *([""] if name in GROUPS and GROUPS[name][-1] == name else []),
        )
    }
    assert registered == set(NAMES)


def test_the_reference_is_current() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/make_cli_docs.py", "--check"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def blocks_of(page: str, language: str) -> list[str]:
    text = (PROJECT / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [code for found, code in blocks if found == language]


def command_lines(page: str) -> list[list[str]]:
    return [
        line.partition("#")[0].split()
        for block in blocks_of(page, "")
        for line in block.replace("\\\n", " ").splitlines()
        if line.startswith("audioset ")
    ]


@pytest.mark.parametrize(
    ("page", "fewest"), [("README.md", 8), ("docs/tour.md", 30), ("docs/everyday.md", 1)]
)
def test_pages_name_only_commands_and_options_that_exist(
    page: str, fewest: int, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = command_lines(page)
    assert len(lines) >= fewest
    for _, *words in lines:
        name = max((n for n in NAMES if n.split() == words[: len(n.split())]), key=len)
        known = help_of(name, capsys)
        # What follows a script belongs to the script.
        for word in takewhile(lambda word: not word.endswith(".py"), words):
            if word.startswith("-"):
                assert re.search(rf"(?<!\S){re.escape(word)}\b", known), f"{name} has no {word}"


def test_the_python_code_of_the_pages_runs(tmp_path: Path) -> None:
    ws = make_workspace(tmp_path / "scots", sources=2, clips_per_source=3)
    ws.publish(track=False)
    [training] = blocks_of("docs/tour.md", "python")
    [workspace] = blocks_of("docs/python.md", "python")
    subprocess.run([sys.executable, "-c", training], cwd=ws.folder, check=True, timeout=100)
    assert len(ws.lineage("scots@v1").runs) == 1
    write_speech(ws.folder / "talk.mp4", codec="aac")
    subprocess.run([sys.executable, "-c", workspace], cwd=ws.folder, check=True, timeout=100)
    assert ws.diff("scots@v1", "scots@v2").added


def pages() -> list[Path]:
    return [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *(PROJECT / "docs").rglob("*.md")]


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_the_readme_is_a_screen_and_a_half() -> None:
    assert len((PROJECT / "README.md").read_text(encoding="utf-8").splitlines()) <= 120
