"""Floor 0: which folders are workspaces, and where the nearest one is when this folder is none."""

import difflib
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from audioset.errors import NotFoundError
from audioset.wording import some_of

WORKSPACE_FILE = "audioset.toml"
WORKSPACE_VARIABLE = "AUDIOSET_WORKSPACE"
MANIFESTS_FOLDER = "manifests"
_LEVELS_DOWN = 2
_MOST_FOLDERS = 2000  # that are looked into: a home folder may hold very many
_NEAREST_SHOWN = 3


def is_workspace(folder: Path) -> bool:
    """Tell whether a folder is a workspace: it says so, or something was cut into it."""
    if (folder / WORKSPACE_FILE).is_file():
        return True
    return any((folder / MANIFESTS_FOLDER).glob("*.parquet"))


def workspace_above(folder: Path) -> Path | None:
    """Give the nearest folder upwards, from the folder itself, that has `audioset.toml`."""
    folders = (folder, *folder.parents)
    return next((each for each in folders if (each / WORKSPACE_FILE).is_file()), None)


def overruled_workspace(chosen: Path) -> Path | None:
    """Give the workspace that one stands in when the environment names another one."""
    here = workspace_above(Path.cwd()) if os.environ.get(WORKSPACE_VARIABLE) else None
    return here if here is not None and here.resolve() != chosen.resolve() else None


def folder_meant(given: str | Path | None) -> Path:
    """Give the folder that may be meant where no workspace can be opened; one that is there."""
    named = given or os.environ.get(WORKSPACE_VARIABLE) or ""
    folder = Path(named).expanduser().absolute()
    if named and folder.is_dir():
        return folder
    return workspace_above(Path.cwd()) or Path.cwd()


def require_workspace(folder: Path) -> None:
    """Require that a folder is a workspace.

    Raises:
        NotFoundError: it is none; the text says where the nearest one is.
    """
    if not is_workspace(folder):
        raise NotFoundError(f"no workspace in {folder}: {_where(folder)}")


def require_folder(given: str | Path, said_by: str) -> Path:
    """Give the folder that somebody named as a workspace.

    Args:
        given: as it was named.
        said_by: who named it, such as `AUDIOSET_WORKSPACE`; empty for the caller.

    Raises:
        NotFoundError: there is no such folder; the text says where the nearest workspace is.
    """
    folder = Path(given).expanduser().resolve()
    if folder.is_dir():
        return folder
    by = f" ({said_by})" if said_by else ""
    if folder.exists():
        raise NotFoundError(f"{given}{by} is a file; a workspace is a folder, name {folder.parent}")
    raise NotFoundError(f"no workspace {given}{by}: {_where(folder)}")


def _where(folder: Path) -> str:
    """Say where the nearest workspaces are, and how one is made."""
    found = _nearest(folder)
    if not found:
        return "there is none near it; audioset init FOLDER makes one"
    shown = some_of(found, _NEAREST_SHOWN)
    nearest = "the nearest is" if len(found) == 1 else "the nearest are"
    return (
        f"{nearest} {shown}; go there or name it (--workspace, AUDIOSET_WORKSPACE), or make "
        "one: audioset init FOLDER"
    )


def _nearest(folder: Path) -> list[Path]:
    """List workspaces upwards, below and beside a folder.

    Of a folder that is not there, those come first that have a name like it.
    """
    start = next((each for each in (folder, *folder.parents) if each.is_dir()), Path.cwd())
    above = [each for each in (start, *start.parents) if is_workspace(each)]
    left = [_MOST_FOLDERS]
    below = list(_below(start, _LEVELS_DOWN, left))
    beside = list(_below(start.parent, _LEVELS_DOWN, left))
    found = list(dict.fromkeys(each for each in (*above, *below, *beside) if each != folder))
    if folder.is_dir():
        return found
    like = difflib.get_close_matches(folder.name, [each.name for each in found])
    return sorted(found, key=lambda each: _rank(each.name, like))


def _rank(name: str, like: Sequence[str]) -> int:
    return like.index(name) if name in like else len(like)


def _below(folder: Path, levels: int, left: list[int]) -> Iterator[Path]:
    """Give the workspaces below a folder, those of the first level first; none inside of one."""
    inner = []
    for each in _folders(folder, left):
        if is_workspace(each):
            yield each
        else:
            inner.append(each)
    for each in inner if levels > 1 else ():
        yield from _below(each, levels - 1, left)


def _folders(folder: Path, left: list[int]) -> list[Path]:
    """List the folders in a folder that are not hidden, as many as may still be looked into."""
    found: list[Path] = []
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if left[0] <= 0:
                break
            if not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False):
                left[0] -= 1
                found.append(Path(entry.path))
    return sorted(found)
