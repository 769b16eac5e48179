"""How the command ends: exit codes, streams, one line per error, Ctrl-C, a closed pipe."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from audioset.cli.app import run
from tests.sounds import write_speech
from tests.workspaces import make_workspace

AUDIOSET = [sys.executable, "-m", "audioset"]


def start(
    *arguments: str | bytes, cwd: Path, debug: bool = False
) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "COLUMNS": "80"}
    environment |= {"AUDIOSET_DEBUG": "1"} if debug else {}
    return subprocess.run(
        [*AUDIOSET, *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        errors="backslashreplace",
        check=False,
    )


def test_results_go_to_stdout_and_words_to_stderr(tmp_path: Path) -> None:
    done = start("init", "scots", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout == f"{tmp_path / 'scots'}\n"
    assert "next: audioset cut" in done.stderr


def test_a_named_error_is_one_line_and_exit_1(tmp_path: Path) -> None:
    start("init", ".", cwd=tmp_path)
    done = start("init", ".", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("audioset: ")
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_with_json_an_error_is_json_too(tmp_path: Path) -> None:
    done = start("describe", "scots@v1", "--json", cwd=tmp_path)
    assert done.returncode == 1
    error = json.loads(done.stdout)["error"]
    assert error["kind"] == "not_found"
    assert done.stderr == f"audioset: {error['message']}\n"


def test_with_json_an_error_of_the_system_is_json_too(tmp_path: Path) -> None:
    (tmp_path / "audioset.toml").mkdir()
    done = start("describe", "--json", cwd=tmp_path)
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["kind"] == "system"


def test_debug_adds_the_traceback(tmp_path: Path) -> None:
    done = start("describe", "scots@v1", cwd=tmp_path, debug=True)
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("audioset: ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["describe", "--nonsense"],
        ["cut"],
        ["cut", "x.wav", "--workers", "0"],
        ["cut", "x.wav", "--pause", "long"],
        ["cut", "x.wav", "--set", "accent"],
        ["cut", "x.wav", "--speaker", "ada", "--set", "speaker=rab"],
        ["describe", "--goal", "soon"],
        ["decide"],
        ["decide", "clip"],
        ["decide", "clip", "--speaker", "ada", "--accept"],
        ["decide", "--from", "t.csv", "--accept"],
        ["import", "folder"],
        ["confirm"],
        ["lineage", "talk-1a2b3c4d-000001200-000003400"],
    ],
)
def test_a_wrong_command_line_is_exit_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    first, second = err.splitlines()
    assert first.startswith("audioset: ")
    assert second.startswith("Try: audioset")
    assert second.endswith("--help")


@pytest.mark.parametrize(
    "arguments", [["nonsense", "--json"], ["describe", "--goal", "soon", "--json"]]
)
def test_with_json_a_wrong_command_line_is_json_too(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    error = json.loads(out)["error"]
    assert error["kind"] == "usage"
    assert err.splitlines()[0] == f"audioset: {error['message']}"


def test_a_misspelled_command_is_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["pubish"]) == 2
    assert "Did you mean 'publish'" in capsys.readouterr().err


def test_no_command_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 0
    out, err = capsys.readouterr()
    assert "First steps" in out
    assert err == ""
    assert run(["import"]) == 0
    assert "folder" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("audioset 0.")


def test_an_unexpected_error_is_one_line_with_a_hint(tmp_path: Path) -> None:
    code = (
        "import sys, audioset.workspace, audioset.cli.app as app\n"
        "def boom(**_: object) -> None:\n"
        "    raise ZeroDivisionError('a\\nb')\n"
        "audioset.workspace.open_workspace = boom\n"
        "sys.exit(app.run(['describe']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == (
        "audioset: unexpected ZeroDivisionError: a b; set AUDIOSET_DEBUG=1 to see where\n"
    )


@pytest.mark.parametrize("utf8", ["", "0"])
def test_names_beyond_ascii_work_in_every_locale(tmp_path: Path, utf8: str) -> None:
    (folder := tmp_path / "řeč").mkdir()
    locale = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": utf8, "PYTHONCOERCECLOCALE": "0"}
    for words, code, out, err in (
        (["describe", "kůň.json"], 1, "", "no manifest at kůň.json"),
        (["init", "scots"], 0, f"{folder / 'scots'}", "workspace of dataset 'scots'"),
        (["decide", "speaker=Jiří", "gender=žena"], 2, "", ""),
    ):
        done = subprocess.run(
            [*AUDIOSET, *words],
            cwd=folder,
            env={**os.environ, **locale},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == code, done.stderr
        assert out in done.stdout
        assert err in done.stderr
        assert "unexpected" not in done.stderr


def test_an_error_of_the_system_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "audioset.toml").mkdir()
    done = start("describe", "--workspace", ".", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == f"audioset: Is a directory: {tmp_path / 'audioset.toml'}\n"


def test_ctrl_c_is_exit_130_and_says_that_a_rerun_continues(tmp_path: Path) -> None:
    make_workspace(tmp_path / "work", sources=1, clips_per_source=1)
    # Reading from a pipe that nobody fills: the command waits inside its work.
    os.mkfifo(tmp_path / "table.csv")
    process = subprocess.Popen(
        [*AUDIOSET, "decide", "--from", "table.csv", "--workspace", "work"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while True:
        try:
            writer = os.open(tmp_path / "table.csv", os.O_WRONLY | os.O_NONBLOCK)
            break
        except OSError:  # the command does not read yet
            assert process.poll() is None, process.communicate()
            time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    os.close(writer)
    assert (process.returncode, out) == (130, "")
    assert err == "\naudioset: stopped; run the same command again to continue where it was\n"


@pytest.mark.parametrize("arguments", [["--help"], ["describe"], ["describe", "--json"]])
def test_a_closed_pipe_ends_quietly(tmp_path: Path, arguments: list[str]) -> None:
    ws = make_workspace(tmp_path / "scots")
    read_end, write_end = os.pipe()
    os.close(read_end)
    done = subprocess.run(
        [*AUDIOSET, *arguments],
        cwd=ws.folder,
        stdout=write_end,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write_end)
    assert (done.returncode, done.stderr) == (1, "")


def test_a_file_whose_name_starts_with_a_dash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in").mkdir()
    name = "-video-with-dash-.wav"
    write_speech(tmp_path / "in" / name)
    monkeypatch.chdir(tmp_path / "in")
    assert run(["cut", name]) == 2
    assert f"is written ./{name}, or after --" in capsys.readouterr().err
    for words in (["--", name], [f"./{name}"], ["."], ["*.wav"]):
        assert run(["cut", "--json", "--workspace", "..", *words]) == 0
        assert json.loads(capsys.readouterr().out)["num_clips"] > 0


def test_file_names_cannot_steer_the_terminal_and_stay_whole_in_json(tmp_path: Path) -> None:
    write_speech(tmp_path / "good\x1b[31m.wav")
    not_utf8 = os.fsencode(tmp_path) + b"/bad-\xff\x1b[31m.wav"
    Path(os.fsdecode(not_utf8)).write_bytes(b"no audio")
    done = start("cut", ".", cwd=tmp_path)
    assert done.returncode == 1
    assert "\x1b" not in done.stdout + done.stderr
    assert "good\N{REPLACEMENT CHARACTER}[31m.wav" in done.stdout
    as_json = start("cut", "--json", ".", cwd=tmp_path)
    paths = {source["path"] for source in json.loads(as_json.stdout)["sources"]}
    assert {os.path.basename(os.fsencode(path)) for path in paths} == {  # noqa: PTH119  bytes
        b"good\x1b[31m.wav",
        b"bad-\xff\x1b[31m.wav",
    }


def test_bars_are_drawn_on_a_terminal_only(tmp_path: Path) -> None:
    write_speech(tmp_path / "talk.wav")
    terminal, stderr = pty.openpty()
    done = subprocess.run(
        [*AUDIOSET, "cut", "talk.wav"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=stderr,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
        text=True,
        check=False,
    )
    os.close(stderr)
    drawn = _read_all(terminal)
    assert done.returncode == 0
    assert "cutting" in drawn
    assert "kB of" in drawn
    assert "\x1b" not in done.stdout
    quiet = start("cut", "talk.wav", cwd=tmp_path)
    assert "cutting" not in quiet.stderr


def _read_all(terminal: int) -> str:
    chunks = []
    while True:
        try:
            chunk = os.read(terminal, 65536)
        except OSError:  # Linux says so when the other end is closed
            break
        if not chunk:
            break
        chunks.append(chunk)
    os.close(terminal)
    return b"".join(chunks).decode()


@pytest.mark.parametrize(
    ("ending", "code"), [("leaving.code = 3", 3), ("pass", 0), ("raise OSError('full')", 1)]
)
def test_a_process_ends_when_what_was_registered_is_done(ending: str, code: int) -> None:
    text = f"""
import atexit
from audioset.cli.leave import Leaving

class Kept:
    def __del__(self):
        print("taken apart")

leaving = Leaving()
atexit.register(print, "done")
kept = Kept()
print("said")
{ending}
"""
    done = subprocess.run([sys.executable, "-c", text], check=False, capture_output=True, text=True)
    assert done.returncode == code
    assert done.stdout.split("\n") == ["said", "done", *(["taken apart"] if code != 3 else []), ""]
    assert ("OSError: full" in done.stderr) == (code == 1)
