"""A copy of the code that a run had: its commit with its changes, in a folder that goes away."""

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from audioset.errors import MAX_REASON, InvalidInputError, NotFoundError, as_option
from audioset.hiding import give_again, hide
from audioset.records.recipe import Recipe
from audioset.tracking.client import Tracking
from audioset.tracking.run.recipe import fetch_code


@dataclass(frozen=True, slots=True)
class CodeCopy:
    """The code of a run, ready to be run.

    Attributes:
        words: the command, with this Python and the copied script.
        folder: to run it in.
        variables: of the environment: where Python finds the copied packages, and what the run had.
        scratch: for other files; goes away with the copy.
    """

    words: tuple[str, ...]
    folder: Path
    variables: dict[str, str]
    scratch: Path


@contextmanager
def copy_code(recipe: Recipe, tracking: Tracking) -> Iterator[CodeCopy]:
    """Copy the commit of a run's code and put its changes there; the repository is not touched.

    Raises:
        NotFoundError: the commit is in no repository of the current folder or the workspace, or the
            folder that the run was in, outside of a repository, is not there.
        InvalidInputError: the changes do not fit the commit, or the command needs a secret.
    """
    with TemporaryDirectory(prefix="audioset-reproduce-", ignore_cleanup_errors=True) as made:
        scratch = Path(made).resolve()
        patch, script = fetch_code(recipe, tracking, scratch)
        top = None
        if recipe.code.commit is not None and _is_needed(recipe):
            source = _require_repository(recipe.code.commit, recipe.code.remote, tracking.folder)
            top = scratch / "code" / source.name
            _copy_commit(source, recipe.code.commit, top)
            if patch is not None:
                _apply(patch, top)
        yield CodeCopy(
            words=_words(recipe, top, script),
            folder=_folder(recipe, top),
            variables={**recipe.code.variables, **_python_path(top)},
            scratch=scratch,
        )


def _is_needed(recipe: Recipe) -> bool:
    """Tell whether anything of the run lay in the repository: its folder, or its script."""
    return not Path(recipe.code.folder).is_absolute() or recipe.code.script_path is not None


def _require_repository(commit: str, remote: str | None, workspace: Path) -> Path:
    """Find a repository that has a commit: around the current folder or the workspace, or in them.

    A commit is the same in every clone that has it, so it does not matter in which it is found.
    """
    for folder in dict.fromkeys((Path.cwd(), workspace)):
        for place in (folder, *sorted(git.parent for git in folder.glob("*/.git"))):
            found = _git(place, "rev-parse", "--show-toplevel")
            top = Path(found.stdout.decode().strip())
            has = found.returncode == 0 and _git(top, "cat-file", "-e", f"{commit}^{{commit}}")
            if has and has.returncode == 0:
                return top
    of = f" of {remote}" if remote else ""
    raise NotFoundError(
        f"commit {commit[:12]} is in no repository of {Path.cwd()}; go to a clone{of} that "
        "has it (git fetch --all brings what is missing), and open the workspace from there: "
        f"{as_option('workspace', shlex.quote(str(workspace)))}"
    )


def _copy_commit(source: Path, commit: str, top: Path) -> None:
    """Clone without copying objects: a worktree would leave its traces in the user's repository."""
    top.parent.mkdir(parents=True)
    _require(_git(top.parent, "clone", "--quiet", "--shared", "--no-checkout", source, top))
    _require(_git(top, "checkout", "--quiet", "--detach", commit))


def _apply(patch: Path, top: Path) -> None:
    done = _git(top, "apply", "--whitespace=nowarn", patch)
    if done.returncode != 0:
        raise InvalidInputError(
            f"the changes that the run had against its commit cannot be applied: {_reason(done)}"
        )


def _words(recipe: Recipe, top: Path | None, script: Path | None) -> tuple[str, ...]:
    words = list(give_again(recipe.code.words, recipe.code.hidden))
    if words[0] == "python":
        words[0] = sys.executable
    place = recipe.code.script
    if place is not None and top is not None and recipe.code.script_path is not None:
        words[place] = str(top / recipe.code.script_path)
    elif place is not None and script is not None:
        words[place] = str(script)
    return tuple(_as_pinned(word, recipe) for word in words)


def _as_pinned(word: str, recipe: Recipe) -> str:
    """Name the version that an alias meant then: `digits@prod` may have moved since."""
    reference, mark, condition = word.partition("?")
    dataset, _, name = reference.partition("@")
    pinned = {str(pin.ref) for pin in recipe.pins if pin.dataset == dataset}
    if len(pinned) != 1 or not name or reference in pinned:
        return word
    return f"{pinned.pop()}{mark}{condition}"


def _folder(recipe: Recipe, top: Path | None) -> Path:
    folder = Path(recipe.code.folder)
    if not folder.is_absolute():
        assert top is not None  # noqa: S101  a relative folder is of the repository
        copied = top / folder
        copied.mkdir(parents=True, exist_ok=True)  # git keeps no empty folders
        return copied
    if not folder.is_dir():
        raise NotFoundError(f"the run was in {folder}, outside of its code; make that folder first")
    return folder


def _python_path(top: Path | None) -> dict[str, str]:
    """Let Python find the copied packages before those that are installed from the repository."""
    if top is None:
        return {}
    ours = [str(folder) for folder in (top / "src", top) if folder.is_dir()]
    given = os.environ.get("PYTHONPATH")
    return {"PYTHONPATH": os.pathsep.join([*ours, *([given] if given else [])])}


def _git(folder: Path, *words: str | Path) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        ["git", *map(str, words)],
        cwd=folder,
        capture_output=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def _require(done: "subprocess.CompletedProcess[bytes]") -> None:
    if done.returncode != 0:
        raise InvalidInputError(f"git cannot copy the code: {_reason(done)}")


def _reason(done: "subprocess.CompletedProcess[bytes]") -> str:
    return hide(" ".join(done.stderr.decode(errors="replace").split()))[:MAX_REASON]
