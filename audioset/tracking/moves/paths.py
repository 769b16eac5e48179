"""Paths of a workspace that was moved or copied: where each is now.

MLflow writes a place as `file:///home/mairi/my%20data/mlartifacts/1` or as a plain path, of the
system on which it was logged.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from urllib.parse import unquote, urlsplit

_DRIVE = re.compile(r"/?[A-Za-z]:[\\/]")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")  # longer than the letter of a drive
_FILE = "file:"


@dataclass(frozen=True, slots=True)
class Move:
    """A folder that is somewhere else now, with all that was in it.

    Attributes:
        old: the folder as it was written, of any system.
        new: the folder as it is.
    """

    old: PurePath
    new: Path

    def follow(self, location: str, *, at_any_rate: bool = False) -> str | None:
        """Give a place in the folder as it is now, in the form in which it was written.

        Args:
            location: a `file:` URI or a plain path.
            at_any_rate: also when there is a file at the old place, and none at the new one.

        Returns:
            None when it lay somewhere else, or stays where it is.
        """
        path = place_of(location)
        if path is None or type(path) is not type(self.old) or not path.is_relative_to(self.old):
            return None
        now = self.new.joinpath(*path.relative_to(self.old).parts)
        if not at_any_rate and Path(str(path)).exists() and not now.exists():
            return None
        return now.as_uri() if location.startswith(_FILE) else str(now)

    def stays(self, location: str) -> bool:
        """Tell whether a place lies in the old folder, and its file is there alone."""
        return self.follow(location) is None and self.follow(location, at_any_rate=True) is not None


def place_of(location: str) -> PurePath | None:
    """Give the path that a place names; None where it is no file of a machine, or no whole path."""
    if location.startswith(_FILE):
        parts = urlsplit(location)
        if parts.netloc not in ("", "localhost"):
            return None
        location = unquote(parts.path)
    elif _SCHEME.match(location):
        return None
    if _DRIVE.match(location):
        return PureWindowsPath(location.removeprefix("/"))
    return PurePosixPath(location) if location.startswith("/") else None


def follow_source(move: Move, source: str) -> str | None:
    """Do as `Move.follow` for the source of a dataset, which MLflow keeps as JSON."""
    try:
        values = json.loads(source)
    except ValueError:
        return None
    uri = values.get("uri") if isinstance(values, dict) else None
    now = move.follow(uri) if isinstance(uri, str) else None
    return None if now is None else json.dumps({**values, "uri": now})
