"""Where sources lie on this machine: a file of this machine in the workspace, a hint and no truth.

One file per machine, so that a workspace in a folder that two machines share is no quarrel. Paths
inside of the workspace are kept relative to it: they hold when it is moved. Nothing of it is ever
published.
"""

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from audioset.errors import StorageError
from audioset.machine import machine_name
from audioset.records.source_state import SourcePlace
from audioset.storage.files import write_atomically
from audioset.storage.locks import locked


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePlaces:
    """What this machine remembers of the sources of one workspace.

    Attributes:
        by_sha256: where the bytes of each source lay.
        folders: absolute paths of folders that were given to be cut as a whole.
        refused: absolute paths of sources that could not be cut by lines and were not cut since,
            each with its transcript as it was given; "" where that lies beside it.
        note: what is wrong with the file, one sentence; None when it is whole, or not there yet.
    """

    by_sha256: Mapping[str, SourcePlace] = field(default_factory=dict)
    folders: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    note: str | None = None

    @classmethod
    def read(cls, workspace: Path) -> "SourcePlaces":
        """Read what is remembered; of a damaged file nothing, and `note` says so."""
        path = places_path(workspace)
        try:
            return _decode(path.read_bytes(), workspace)
        except FileNotFoundError:
            return cls()
        except OSError as error:
            why = error.strerror or str(error)
        except (ValueError, TypeError, KeyError, AttributeError):
            why = "it is damaged"
        return cls(
            note=f"{path} cannot be read ({why}): where sources lie on this machine is learnt anew "
            "by the next cut of their folder"
        )

    def at(self, path: str | Path) -> tuple[SourcePlace, ...]:
        """Give the sources whose bytes lay at a path."""
        wanted = absolute(path)
        return tuple(place for place in self.by_sha256.values() if place.path == wanted)

    def below(self, folder: str | Path) -> tuple[SourcePlace, ...]:
        """Give the sources that lay in a folder or its subfolders."""
        start = Path(absolute(folder))
        return tuple(p for p in self.by_sha256.values() if Path(p.path).is_relative_to(start))


def remember(
    workspace: Path,
    places: Iterable[SourcePlace],
    *,
    folders: Iterable[str | Path] = (),
    forgotten: Iterable[str] = (),
    refused: Mapping[str | Path, str] | None = None,
) -> str | None:
    """Remember where sources lie; what others remember at the same moment stays.

    A folder that cannot be written loses a hint and nothing else, so it is no error.

    Args:
        workspace: its folder.
        places: of sources that were read just now.
        folders: given to be cut as a whole.
        forgotten: sha256 of sources that are no longer to be looked for where they lay.
        refused: sources that could not be cut by lines just now, as in `SourcePlaces`; of each of
            `places` that is not among them it is forgotten.

    Returns:
        What went wrong, one sentence; None when all is well.
    """
    new = {place.sha256: place for place in places}
    given = [absolute(folder) for folder in folders]
    gone = set(forgotten) - set(new)
    bad = {absolute(path): transcript for path, transcript in (refused or {}).items()}
    cut = {place.path for place in new.values()}

    def add(old: SourcePlaces) -> SourcePlaces:
        kept = {sha256: place for sha256, place in old.by_sha256.items() if sha256 not in gone}
        every = tuple(sorted({*old.folders, *given}))
        before = {path: name for path, name in old.refused.items() if path not in cut}
        return replace(old, by_sha256={**kept, **new}, folders=every, refused={**before, **bad})

    return _change(workspace, add)


def place_of(path: Path, sha256: str) -> SourcePlace | None:
    """Describe where bytes lie that were read just now; None when the file is gone already."""
    try:
        state = path.stat()
    except OSError:
        return None
    return SourcePlace(
        sha256=sha256,
        path=absolute(path),
        size_bytes=state.st_size,
        modified_ns=state.st_mtime_ns,
    )


def absolute(path: str | Path) -> str:
    """Give an absolute path without following links: it is the name that a person knows."""
    return os.path.abspath(path)  # noqa: PTH100  Path.absolute keeps the dots


def places_path(workspace: Path) -> Path:
    """Tell where this machine's file lies."""
    return workspace / "places" / f"{machine_name()}.json"


def _change(workspace: Path, change: Callable[[SourcePlaces], SourcePlaces]) -> str | None:
    path = places_path(workspace)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with locked(path.with_name(f".{path.stem}.lock")):
            old = SourcePlaces.read(workspace)
            new = change(old)
            if new != old:
                data = _encode(new, workspace)
                write_atomically(path, lambda file: file.write(data))
    except (OSError, StorageError) as error:
        return f"where the sources lie is not remembered: {error}"
    return old.note


def _encode(places: SourcePlaces, workspace: Path) -> bytes:
    home = Path(absolute(workspace))
    sources = {
        sha256: {
            "path": _shortened(place.path, home),
            "size_bytes": place.size_bytes,
            "modified_ns": place.modified_ns,
        }
        for sha256, place in sorted(places.by_sha256.items())
    }
    folders = [_shortened(folder, home) for folder in places.folders]
    noted: dict[str, object] = {"folders": folders, "sources": sources}
    if places.refused:
        refused = sorted(places.refused.items())
        noted["refused"] = {_shortened(path, home): transcript for path, transcript in refused}
    # Names need not be Unicode: ASCII holds whatever bytes they have.
    return json.dumps(noted, indent=1).encode("ascii")


def _shortened(path: str, home: Path) -> str:
    return Path(path).relative_to(home).as_posix() if Path(path).is_relative_to(home) else path


def _decode(data: bytes, workspace: Path) -> SourcePlaces:
    home = absolute(workspace)

    def whole(path: str) -> str:
        return os.path.normpath(os.path.join(home, path))  # noqa: PTH118  as `absolute` writes it

    read: dict[str, Any] = json.loads(data)
    return SourcePlaces(
        by_sha256={
            sha256: SourcePlace(
                sha256=sha256,
                path=whole(place["path"]),
                size_bytes=int(place["size_bytes"]),
                modified_ns=int(place["modified_ns"]),
            )
            for sha256, place in read["sources"].items()
        },
        folders=tuple(whole(folder) for folder in read["folders"]),
        refused={whole(path): str(name) for path, name in read.get("refused", {}).items()},
    )
