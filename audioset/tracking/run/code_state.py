"""With which code a training runs: the command, the commit, and what differs from it.

Git is asked once per process: what runs is what was there when it began.
"""

import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from audioset.hiding import hide, hide_in_words
from audioset.records.recipe import CodeState

_GIT_SECONDS = 20
_MAX_PATCH = 20_000_000  # bytes
_MAX_SCRIPT = 5_000_000  # bytes
_MAX_UNTRACKED = 500  # files

# Variables that change numbers, or their last digits.
_VARIABLES = (
    "PYTHONHASHSEED",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "CUBLAS_WORKSPACE_CONFIG",
    "TF_DETERMINISTIC_OPS",
)
# Whatever the user's own settings are, `git apply` can read it.
_DIFF = (
    "-c",
    "diff.noprefix=false",
    "-c",
    "diff.mnemonicPrefix=false",
    "diff",
    "--binary",
    "--full-index",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "HEAD",
)
_CODE_WITH_SECRETS = (
    "its code held secrets, which are not kept; let it read them from the environment"
)
_OPTIONS_WITH_VALUE = ("-W", "-X", "--check-hash-based-pycs")
_IN_PLACE_OF_A_SCRIPT = ("-m", "-c")


@dataclass(frozen=True, slots=True)
class Code:
    """The code of this process.

    Attributes:
        state: command and commit.
        patch: what differs from the commit, in git's format, without secrets; None where nothing
            does.
        script: name and bytes of a script that lies in no repository; None otherwise.
    """

    state: CodeState
    patch: bytes | None
    script: tuple[str, bytes] | None


def this_code() -> Code:
    """Tell with which code this process runs."""
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    return _code(tuple(sys.orig_argv), main, Path.cwd())


@cache
def _code(argv: tuple[str, ...], main: str | None, here: Path) -> Code:
    place = _script_place(argv)
    hidden = hide_in_words(_plain_python(argv))
    script = Path(main).resolve() if place is not None and main is not None else None
    top = _top(script.parent if script else here) or (_top(here) if script else None)
    inside = top is not None and script is not None and _belongs(script, top)
    differs = _patch(top) if top else b""
    patch = _patch_without_secrets(differs)
    bare = patch == differs
    left_out = _why_left_out(argv, place, patch)
    kept = None
    if script is not None and not inside and left_out is None and _is_small_text(script):
        text = script.read_bytes()
        kept = (script.name, _code_without_secrets(text))
        bare = bare and kept[1] == text
    if left_out is None and not bare:
        left_out = _CODE_WITH_SECRETS
    state = CodeState(
        words=hidden.words,
        hidden=hidden.places,
        script=place,
        folder=_folder(here, top),
        script_path=str(script.relative_to(top)) if script and top and inside else None,
        commit=_git(top, "rev-parse", "HEAD") if top else None,
        remote=_remote(top) if top else None,
        changed=bool(patch),
        left_out=left_out,
        variables={name: os.environ[name] for name in _VARIABLES if name in os.environ},
        python=platform.python_version(),
    )
    return Code(state, patch[:_MAX_PATCH] or None, kept)


def _patch_without_secrets(patch: bytes) -> bytes:
    files = re.split(rb"(?m)^(?=diff --git )", patch)
    return b"".join(
        file if b"\nGIT binary patch\n" in file else _code_without_secrets(file) for file in files
    )


def _code_without_secrets(code: bytes) -> bytes:
    text = code.decode(errors="surrogateescape")
    return hide(text, is_code=True).encode(errors="surrogateescape")


def _script_place(argv: Sequence[str]) -> int | None:
    """Find the script among the words that Python was started with."""
    place = 1
    while place < len(argv) and argv[place].startswith("-"):
        if argv[place] == "-" or argv[place].startswith(_IN_PLACE_OF_A_SCRIPT):
            return None
        place += 2 if argv[place] in _OPTIONS_WITH_VALUE else 1
    return place if place < len(argv) else None


def _why_left_out(argv: Sequence[str], place: int | None, patch: bytes) -> str | None:
    """Say why the command cannot be run again as it stands; None when it can."""
    if any("ipykernel" in word for word in argv[:4]):
        return "it ran in a notebook, not by a command"
    module = any(word.startswith(_IN_PLACE_OF_A_SCRIPT) for word in argv[1:])
    if place is None and not module:
        return "its code was typed in, not read from a file"
    if len(patch) > _MAX_PATCH:
        return f"its code differed from the commit by over {_MAX_PATCH / 1e6:.0f} MB"
    return None


def _plain_python(argv: Sequence[str]) -> tuple[str, ...]:
    """Leave out where this machine has its Python."""
    first = "python" if Path(argv[0]).name.startswith("python") else argv[0]
    return (first, *argv[1:])


def _folder(here: Path, top: Path | None) -> str:
    """Give the folder relative to the repository, or whole when it lies outside."""
    if top is not None and here.is_relative_to(top):
        return str(here.relative_to(top))
    return str(here)


def _top(folder: Path) -> Path | None:
    """Find the top of the repository that a folder is in, if it has a commit."""
    found = _git(folder, "rev-parse", "--show-toplevel")
    if not found or not _git(folder, "rev-parse", "--verify", "--quiet", "HEAD"):
        return None
    return Path(found)


def _belongs(script: Path, top: Path) -> bool:
    """Tell whether a script is of the repository; one that git ignores, as in .venv, is not."""
    return script.is_relative_to(top) and not _git(top, "check-ignore", str(script))


def _remote(top: Path) -> str | None:
    url = _git(top, "remote", "get-url", "origin")
    return hide(url, url) if url else None


def _patch(top: Path) -> bytes:
    """Give what differs from the commit: tracked files, and Python files that are not yet tracked.

    Git compares by a copy of its index, in which the new files are announced.
    """
    listed = _git(top, "ls-files", "--others", "--exclude-standard", "-z", "--", "*.py") or ""
    new = [name for name in listed.split("\0") if name][:_MAX_UNTRACKED]
    with tempfile.TemporaryDirectory(prefix="audioset-") as scratch:
        variables = dict(os.environ)
        if new:
            index = _git(top, "rev-parse", "--git-path", "index") or ""
            copy = Path(scratch) / "index"
            with suppress(OSError):
                shutil.copyfile(top / index, copy)
            variables["GIT_INDEX_FILE"] = str(copy)
            _git(top, "add", "--intent-to-add", "--", *new, variables=variables)
        return _git_bytes(top, *_DIFF, variables=variables) or b""


def _is_small_text(path: Path) -> bool:
    with suppress(OSError):
        return path.is_file() and path.stat().st_size <= _MAX_SCRIPT
    return False


def _git(
    folder: Path | None, *words: str, variables: Mapping[str, str] | None = None
) -> str | None:
    said = _git_bytes(folder, *words, variables=variables)
    return None if said is None else said.decode(errors="surrogateescape").strip()


def _git_bytes(
    folder: Path | None, *words: str, variables: Mapping[str, str] | None = None
) -> bytes | None:
    """Ask git; None when it is not there, fails, or takes too long."""
    try:
        done = subprocess.run(
            ["git", *words],
            cwd=folder,
            env=variables,
            capture_output=True,
            timeout=_GIT_SECONDS,
            check=True,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout
