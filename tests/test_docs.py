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
# Pages that may quote commands, and how many at least. One is made from them, one tells of bytes.
COMMAND_PAGES = {
    path.relative_to(PROJECT).as_posix(): {"README.md": 8, "tour.md": 30}.get(path.name, 0)
    for path in (PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md")))
    if path.name not in ("cli.md", "format.md") and path.parent.name != "decisions"
}


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
    """Give the words of each command of a page, in its blocks and in its running text."""
    blocks = [block for language in ("", "bash") for block in blocks_of(page, language)]
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    text = (PROJECT / page).read_text(encoding="utf-8")
    lines += re.findall(r"`(audioset [a-z][^`]*)`", re.sub(r"(?ms)^```.*?^```$", "", text))
    return [
        command.split()
        for line in lines
        for command in re.split(r"&& |; |\| |\(", re.split(r"(?:^|\s)#", line)[0])
        if command.startswith("audioset ")
    ]


@pytest.mark.parametrize("page", COMMAND_PAGES)
def test_pages_name_only_commands_and_options_that_exist(
    page: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = command_lines(page)
    assert len(lines) >= COMMAND_PAGES[page]
    for _, *words in lines:
        meant = GROUPS[words[0]][-1] if words[0] in GROUPS else ""  # where no such word follows
        named = [name for name in NAMES if name.split() == words[: len(name.split())]]
        name = max(named, key=len, default=meant)
        assert name or words[0].startswith("-"), f"no command {words[0]}"
        known = help_of(name, capsys)
        # What follows a script belongs to the script.
        for said in takewhile(lambda word: not word.endswith(".py"), words):
            if said.startswith("-"):
                word = said.rstrip("…").partition("=")[0]
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
