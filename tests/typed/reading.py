"""Somebody who reads a tutorial: with a home of his own, quick programs, and nothing else."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from audioset.practice.make import make_practice
from tests.typed.pages import PROJECT, Reader, Typed, hold, read_steps
from tests.typed.programs import quick_programs

PAGES = PROJECT / "docs" / "tutorials"
HANDS = "python -m tests.typed.hands"
_ADA = {"NAME": "Ada", "EMAIL": "ada@example.org"}
VARIABLES = {
    "MLFLOW_REQUIREMENTS_INFERENCE_TIMEOUT": "0",  # see tests/conftest.py
    **{
        f"GIT_{who}_{name}": value
        for who in ("AUTHOR", "COMMITTER")
        for name, value in _ADA.items()
    },
}


@pytest.fixture(scope="session")
def programs() -> Iterator[Path]:
    """Folder of `audioset` and `python` that begin at once."""
    with quick_programs() as folder:
        yield folder


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of recordings to practise on."""
    folder = tmp_path_factory.mktemp("made") / "practice"
    list(make_practice(folder))
    return folder


@pytest.fixture
def home(practice: Path, tmp_path: Path) -> Path:
    """Give a home in which the recordings are already, as for whoever reads a second page."""
    shutil.copytree(practice, tmp_path / "practice")
    return tmp_path


def clips_for(command: str, where: str, *, most: int = 100) -> str:
    """Give a command with ids of clips, those of which a condition holds, for CLIP_ID."""
    return command.replace("CLIP_ID", f'$({HANDS} ids "{where}" {most})')


def reads(
    page: str,
    home: Path,
    programs: Path,
    *,
    before: Mapping[str, str] | None = None,
    instead: Mapping[str, str] | None = None,
    ends_with: Mapping[str, int] | None = None,
    variables: Mapping[str, str] | None = None,
) -> list[Typed]:
    """Let somebody type a page, and hold it against what it shows.

    Args:
        page: name of the file.
        home: of the reader.
        programs: folder of the programs that come first.
        before: see `Reader`.
        instead: see `Reader`.
        ends_with: status of lines that end with another one than 0.
        variables: of the environment.
    """
    steps = read_steps((PAGES / page).read_text(encoding="utf-8"))
    reader = Reader(
        home,
        before=before or {},
        instead=instead or {},
        variables={**VARIABLES, **(variables or {})},
        path=programs,
    )
    typed = reader.types(steps)
    hold(steps, typed, ends_with or {})
    return typed
