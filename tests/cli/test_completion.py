"""Completion: in a real bash by its real script, and what other shells are told."""

import json
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer._click.shell_completion import CompletionItem
from typer._completion_classes import BashComplete, FishComplete, ZshComplete

from audioset.cli.app import make_command
from audioset.cli.completion.values import find_values
from audioset.cli.completion.words import expect, read_list
from tests.faulty_proxy import FOR_EVER, STALL, faulty_proxy
from tests.servers import s3_url, start_s3
from tests.workspaces import add_source, make_workspace

__all__ = ["s3_url"]
ODD = """The  "one": $HOME, `x`\\y (d) [e] 100% {f} *~"""  # what shells read otherwise
PROGRAM = Path(sys.executable).with_name("audioset")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    ws = make_workspace(tmp_path_factory.mktemp("completion") / "scots", clips_per_source=2)
    add_source(ws, "song.mp4", 2, speaker="Anna Maria O'Hara")
    add_source(ws, "tale.mp4", 1, speaker=ODD)
    ws.publish(track=False)
    ws.publish(message="the same", track=False)
    ws.alias("prod", "scots@v1")
    return ws.folder


def asked(folder: Path, shell: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("COMP_", "_TYPER"))}
    return subprocess.run(
        [sys.executable, "-m", "audioset"],
        env={**environment, "_AUDIOSET_COMPLETE": f"complete_{shell}", **variables},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def script(kind: "type[BashComplete | ZshComplete | FishComplete]") -> BashComplete:
    """Give Typer's own answers for the program."""
    return kind(make_command(), {}, "audioset", "_AUDIOSET_COMPLETE")


class Terminal:
    """A real shell in a terminal of its own."""

    def __init__(self, command: list[str], folder: Path, **variables: str) -> None:
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            os.chdir(folder)
            os.environ.update(TERM="dumb", COLUMNS="500", **variables)
            os.execv(command[0], command)
        self._read_until("> ")

    def press(self, words: str) -> str:
        """Give what stands in the line after words are typed and TAB is pressed."""
        # Then go to the beginning of the line, and let it be printed instead of run.
        line = f"{words}\t\x01printf '<%s>' LINE; printf '<%s>' \x05; echo\r"
        os.write(self._terminal, line.encode())
        return self._read_until("\n<LINE>", "\n").removeprefix("<audioset>")

    def _read_until(self, *marks: str) -> str:
        """Give what is written between the first mark and the last one."""
        seen, rest = "", list(marks)
        while True:
            while rest and rest[0] in seen:
                found, _, seen = seen.partition(rest.pop(0))
                if not rest:
                    return found
            told = os.read(self._terminal, 65536).decode().replace("\r", "")
            seen += told.replace("\x1b[?2004l", "")

    def close(self) -> None:
        os.write(self._terminal, b"exit\r")
        os.close(self._terminal)
        os.waitpid(self._pid, 0)


@pytest.fixture(scope="module")
def bash(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    program = shutil.which("bash")
    if program is None:
        pytest.skip("this machine has no bash")
    begin = tmp_path_factory.mktemp("bash") / "begin.sh"
    words = [f"PATH={PROGRAM.parent}:$PATH", "PS1='> '", "bind 'set enable-bracketed-paste off'"]
    begin.write_text("\n".join([*words, script(BashComplete).source(), ""]))
    terminal = Terminal([program, "--noprofile", "--rcfile", str(begin), "-i"], folder)
    yield terminal
    terminal.close()


@pytest.fixture(scope="module", params=["zsh", "fish"])
def installed(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Terminal]:
    """Give a shell of somebody who typed `audioset --install-completion` in it, and began anew."""
    program = shutil.which(request.param)
    if program is None:
        pytest.skip(f"this machine has no {request.param}")
    home = tmp_path_factory.mktemp(request.param)
    places = {"ZDOTDIR": str(home), "XDG_CONFIG_HOME": str(home / ".config"), "HOME": str(home)}
    places["PATH"] = f"{PROGRAM.parent}:{os.environ['PATH']}"
    # A shell that has nothing else to do would become the command, which then finds no shell.
    words = [program, "-c", "audioset --install-completion; true"]
    subprocess.run(words, env={**os.environ, **places}, capture_output=True, check=True)
    if request.param == "zsh":
        begin, more = home / ".zshrc", "PS1='> '; unset zle_bracketed_paste; setopt no_prompt_sp"
    else:
        begin, more = (
            home / ".config" / "fish" / "config.fish",
            "function fish_prompt; echo '> '; end",
        )
    with begin.open("a") as file:
        file.write(f"{more}\n")
    terminal = Terminal([program, "-i"], folder, **places)
    yield terminal
    terminal.close()


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("audioset publ", "<publish>"),
        ("audioset import cor", "<import><corpus>"),
        ("audioset cut --second", "<cut><--second-opinion>"),
        ("audioset cut --by wi", "<cut><--by><windows>"),
        ("audioset diff scots@v1 scots@pr", "<diff><scots@v1><scots@prod>"),
        ("audioset diff scots@p", "<diff><scots@prod>"),
        ("audioset diff scots@v2 sco", "<diff><scots@v2><scots@>"),
        ("audioset alias pr", "<alias><prod>"),
        ("audioset decide --speaker Anna", "<decide><--speaker><Anna Maria O'Hara>"),
        ("audioset decide --speaker=Anna", "<decide><--speaker=Anna Maria O'Hara>"),
        ("audioset remove so", "<remove><song-"),
        ("audioset cut --aligner struct", "<cut><--aligner><structural>"),
        ("audioset export kal", "<export><kaldi>"),
        ("audioset describe --by gend", "<describe><--by><gender>"),
        ("audioset check --rule low_", "<check><--rule><low_snr>"),
        ("audioset cut aud", "<cut><audioset.toml>"),  # a file, by bash itself
    ],
)
def test_a_real_bash_completes(bash: Terminal, words: str, line: str) -> None:
    assert bash.press(words).startswith(line)


def test_a_real_zsh_and_a_real_fish_complete_from_the_first_press_on(installed: Terminal) -> None:
    for words, line in (
        ("audioset publ", "<publish>"),
        ("audioset cut --second", "<cut><--second-opinion>"),
        ("audioset diff scots@p", "<diff><scots@prod>"),
        ("audioset decide --speaker=Anna", "<decide><--speaker=Anna Maria O'Hara>"),
        ("audioset decide --speaker The", f"<decide><--speaker><{ODD}>"),
        ("audioset cut aud", "<cut><audioset.toml>"),  # a file, by the shell itself
    ):
        assert installed.press(words) == line


def test_clips_come_source_by_source(folder: Path) -> None:
    sources = sorted(path.stem for path in (folder / "manifests").glob("*.parquet"))
    said = {"--workspace": str(folder)}
    assert find_values("clip", "", said) == [f"{source}-" for source in sources]
    (song,) = [source for source in sources if source.startswith("song")]
    found = find_values("clip", "so", said)
    assert len(found) == 2
    assert all(clip.startswith(f"{song}-0") for clip in found)
    assert find_values("clip", found[0][:-1], said) == found[:1]


def test_flags_that_were_given_say_where_to_look(folder: Path, tmp_path: Path) -> None:
    other = make_workspace(tmp_path / "gaels", name="gaels", sources=1, clips_per_source=1)
    other.publish(track=False)
    line = f"audioset diff --workspace {other.folder} "
    told = asked(folder, "fish", _TYPER_COMPLETE_ARGS=line, _TYPER_COMPLETE_FISH_ACTION="get-args")
    assert told.stdout == "gaels@v1\n"


@pytest.mark.parametrize("kind", [ZshComplete, FishComplete])
@pytest.mark.parametrize("line", ["audioset pub", "audioset publish --ad", "audioset import c"])
def test_other_shells_are_told_in_the_form_of_typers_scripts(
    kind: "type[ZshComplete | FishComplete]", line: str, folder: Path
) -> None:
    shell = script(kind)
    words = {"audioset pub": "publish", "audioset publish --ad": "--add"}
    word = words.get(line, "corpus")
    action = {"_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    told = asked(folder, shell.name, _TYPER_COMPLETE_ARGS=line, **action)
    *before, begun = line.split()[1:]
    text = expect(read_list()["commands"], before, begun).words[word]
    assert shell.format_completion(CompletionItem(word, help=text)) in told.stdout
    assert (told.returncode, told.stderr) == (0, "")


def test_where_a_file_is_meant_shells_complete_files(folder: Path) -> None:
    line = {"_TYPER_COMPLETE_ARGS": "audioset cut --labels "}
    assert asked(folder, "zsh", **line).stdout == "_files\n"
    assert asked(folder, "fish", **line, _TYPER_COMPLETE_FISH_ACTION="is-args").returncode == 1
    line = {"_TYPER_COMPLETE_ARGS": "audioset cut --by "}
    assert asked(folder, "fish", **line, _TYPER_COMPLETE_FISH_ACTION="is-args").returncode == 0


@pytest.mark.parametrize("words", ["diff ", "decide --speaker ", "decide so", "alias ", "remove "])
@pytest.mark.parametrize("broken", ["settings", "files", "nowhere"])
def test_a_broken_workspace_completes_nothing_and_says_nothing(
    words: str, broken: str, tmp_path: Path
) -> None:
    (tmp_path / "manifests").mkdir()
    if broken == "settings":
        (tmp_path / "audioset.toml").write_text("stroe = [")
    elif broken == "files":
        (tmp_path / "audioset.toml").write_text('name = "scots"\n')
        (tmp_path / "store").write_text("no folder")
        (tmp_path / "manifests" / "song-0123abcd.parquet").write_text("no Parquet")
    told = asked(tmp_path, "zsh", _TYPER_COMPLETE_ARGS=f"audioset {words}")
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout == "_files\n" or (broken == "files" and "song-" in told.stdout)


def test_a_store_that_is_silent_keeps_nobody_waiting(folder: Path, s3_url: str) -> None:
    with faulty_proxy(start_s3().port, STALL, times=FOR_EVER) as proxy:
        address = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{proxy.port}"}
        line = f"audioset diff --store {s3_url} "
        told = asked(folder, "zsh", _TYPER_COMPLETE_ARGS=line, **address)
    assert (told.returncode, told.stdout, told.stderr) == (0, "_files\n", "")


def test_nothing_large_is_loaded_for_a_press_of_the_key(folder: Path) -> None:
    never = {"typer", "pyarrow", "numpy", "duckdb", "pandas", "pydantic", "rich", "sqlalchemy"}
    code = (
        "import json, sys; from audioset.cli.start import main; main(); "
        "print(json.dumps([*sys.modules]))"
    )
    for words in ("pub", "diff ", "decide --speaker ", "cut --aligner "):
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={
                **os.environ,
                "_AUDIOSET_COMPLETE": "complete_zsh",
                "_TYPER_COMPLETE_ARGS": f"audioset {words}",
            },
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        )
        loaded = {name.partition(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}
        assert loaded & never == set(), words
