"""What a run keeps of its code: the command without secrets, the commit, and what differs."""

import subprocess
import sys
from pathlib import Path

import pytest

from audioset.tracking.run.code_state import Code, this_code

PYTHON = sys.executable


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=me", "-c", "user.email=me@example.org")
    done = subprocess.run(
        ["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """One commit with `train.py` and a binary file; `.venv` is ignored."""
    top = tmp_path / "code"
    top.mkdir()
    git(top, "init", "--quiet")
    (top / "train.py").write_text("print(1)\n")
    (top / "table.bin").write_bytes(bytes(range(256)))
    (top / ".gitignore").write_text(".venv\n")
    git(top, "add", ".")
    git(top, "commit", "--quiet", "-m", "begin")
    return top


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> "Started":
    return Started(monkeypatch)


class Started:
    """A process as if it was started in a folder, with a command."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def __call__(self, folder: Path, *words: str, main: Path | None = None) -> Code:
        self._monkeypatch.chdir(folder)
        self._monkeypatch.setattr(sys, "orig_argv", [PYTHON, *words])
        self._monkeypatch.setattr(
            sys.modules["__main__"], "__file__", str(main) if main else None, raising=False
        )
        return this_code()


def test_a_clean_repository_is_its_commit(repository: Path, started: Started) -> None:
    inner = repository / "inner"
    inner.mkdir()
    main = repository / "train.py"
    code = started(inner, "-X", "dev", "-u", "../train.py", "--lr", "1", main=main)
    assert code.state.commit == git(repository, "rev-parse", "HEAD").strip()
    assert code.state.words == ("python", "-X", "dev", "-u", "../train.py", "--lr", "1")
    assert (code.state.script, code.state.folder) == (4, "inner")
    assert (code.state.script_path, code.state.changed) == ("train.py", False)
    assert (code.patch, code.script, code.state.left_out) == (None, None, None)


def test_the_patch_holds_changes_and_new_python_files(
    repository: Path, started: Started, tmp_path: Path
) -> None:
    (repository / "train.py").write_text("print(2)\n")
    (repository / "table.bin").write_bytes(bytes(reversed(range(256))))
    (repository / "new file.py").write_text("x = 1\n")
    (repository / "notes.txt").write_text("of no use to a training\n")
    git(repository, "config", "diff.noprefix", "true")
    before = git(repository, "status", "--porcelain")
    code = started(repository, "train.py", main=repository / "train.py")
    assert git(repository, "status", "--porcelain") == before
    assert code.state.changed
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(repository), str(clone))
    (tmp_path / "patch").write_bytes(code.patch or b"")
    git(clone, "apply", str(tmp_path / "patch"))
    for name in ("train.py", "table.bin", "new file.py"):
        assert (clone / name).read_bytes() == (repository / name).read_bytes()
    assert not (clone / "notes.txt").exists()


def test_a_script_outside_of_a_repository_is_kept_itself(tmp_path: Path, started: Started) -> None:
    script = tmp_path / "fit.py"
    script.write_text("print(3)\n")
    code = started(tmp_path, "fit.py", main=script)
    assert code.script == ("fit.py", b"print(3)\n")
    assert (code.state.commit, code.state.folder) == (None, str(tmp_path))


def test_a_script_that_git_ignores_is_not_of_the_repository(
    repository: Path, started: Started
) -> None:
    script = repository / ".venv" / "bin" / "launch"
    script.parent.mkdir(parents=True)
    script.write_text("import train\n")
    code = started(repository, str(script), "train.py", main=script)
    assert (code.state.script_path, code.script) == (None, ("launch", b"import train\n"))
    assert code.state.commit, "the folder is still of the repository"


def test_secrets_of_the_command_are_not_kept_and_asked_for(
    tmp_path: Path, started: Started
) -> None:
    code = started(tmp_path, "fit.py", "--hf-token", "abc", "--db=postgresql://u:p@h/x")
    assert code.state.words[2:] == ("--hf-token", "***", "--db=postgresql://u:***@h/x")
    assert code.state.hidden == {"AUDIOSET_HIDDEN_HF_TOKEN": 3, "AUDIOSET_HIDDEN_DB": 4}
    assert code.state.left_out is None


def test_secrets_in_the_code_are_not_kept(
    repository: Path, started: Started, tmp_path: Path
) -> None:
    why = "its code held secrets, which are not kept; let it read them from the environment"
    text = "token = next(tokens)\napi_key = 'a1b2c3d4'\nlogin('hf_abcdefghijKLMNOP')\n"
    shown = "token = next(tokens)\napi_key = '***'\nlogin('***')\n"
    (repository / "train.py").write_text(text)
    (repository / "table.bin").write_bytes(bytes(reversed(range(256))))
    code = started(repository, "train.py", main=repository / "train.py")
    assert code.state.left_out == why
    added = [line[1:] for line in (code.patch or b"").decode().splitlines() if line[:1] == "+"]
    assert "\n".join(added).endswith(shown.strip())
    assert b"a1b2c3d4" not in (code.patch or b"")
    script = tmp_path / "fit.py"
    script.write_text(text)
    code = started(tmp_path, "fit.py", main=script)
    assert (code.script, code.state.left_out) == (("fit.py", shown.encode()), why)


def test_words_that_only_look_like_secrets_stay(tmp_path: Path, started: Started) -> None:
    words = ("--tokenizer", "unigram5000", "--max-tokens", "100000", "--eos-token", "</s>")
    code = started(tmp_path, "fit.py", *words)
    assert code.state.words[2:] == words
    assert code.state.left_out is None


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ((), "its code was typed in, not read from a file"),
        (("-",), "its code was typed in, not read from a file"),
        (("-m", "ipykernel_launcher", "-f", "k.json"), "it ran in a notebook, not by a command"),
        (("-m", "package.train", "--lr", "1"), None),
        (("-c", "print(1)"), None),
    ],
)
def test_what_cannot_be_run_again_is_told(
    words: tuple[str, ...], reason: str | None, tmp_path: Path, started: Started
) -> None:
    assert started(tmp_path, *words).state.left_out == reason


def test_a_remote_is_named_without_its_password(repository: Path, started: Started) -> None:
    git(repository, "remote", "add", "origin", "https://me:hunter2@example.org/code.git")
    code = started(repository, "train.py", main=repository / "train.py")
    assert code.state.remote == "https://me:***@example.org/code.git"
