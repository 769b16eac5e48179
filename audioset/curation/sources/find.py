"""Where the bytes of a source lie now: at the remembered place, beside it, or in known folders."""

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

from audioset.curation.sources.places import SourcePlaces, absolute
from audioset.curation.workspace.clip_files import read_sha256
from audioset.curation.workspace.find_files import is_media, media_below
from audioset.curation.workspace.working import Working
from audioset.errors import AudiosetError
from audioset.records.source_state import SourcePlace


class Finder:
    """Looks for sources by their hash, and reads each file at most once.

    Attributes:
        places: what this machine remembers.
    """

    def __init__(
        self, places: SourcePlaces, working: Working, folders: Iterable[str | Path] = ()
    ) -> None:
        """Look nowhere yet.

        Args:
            places: what this machine remembers.
            working: the workspace; its own clips are no sources.
            folders: further folders to look in.
        """
        self.places = places
        self._working = working
        self._folders = [*places.folders, *(absolute(folder) for folder in folders)]
        self._hashes: dict[Path, str | None] = {}

    def is_here(self, place: SourcePlace) -> bool:
        """Tell whether the bytes of a source still lie where they lay.

        Where size and time of change are those that are remembered, nothing is read.
        """
        path = Path(place.path)
        try:
            state = path.stat()
        except OSError:
            return False
        if (state.st_size, state.st_mtime_ns) == (place.size_bytes, place.modified_ns):
            return path.is_file()
        return state.st_size == place.size_bytes and self._hash(path) == place.sha256

    def find(self, sha256: str, name: str) -> Path | None:
        """Find the file that holds the bytes of a source; None when it is nowhere."""
        place = self.places.by_sha256.get(sha256)
        if place is not None and self.is_here(place):
            return Path(place.path)
        return self.find_near(sha256, name)

    def find_near(self, sha256: str, name: str) -> Path | None:
        """Find the bytes of a source in other files: beside where it lay, and in known folders.

        Only files of its size are read; where that is not remembered, only those of its name.
        """
        place = self.places.by_sha256.get(sha256)
        if place is None:
            candidates = self._by_name.get(name, [])
        else:
            candidates = [
                path
                for path in dict.fromkeys([*_beside(place), *self.files])
                if str(path) != place.path and _size(path) == place.size_bytes
            ]
        # Files that are remembered as other sources come last: they are rarely it.
        others = {p.path for p in self.places.by_sha256.values() if p.sha256 != sha256}
        candidates = sorted(candidates, key=lambda path: str(path) in others)
        return next((path for path in candidates if self._hash(path) == sha256), None)

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """Media of the known folders, sorted; those of the workspace's own clips are none."""
        ours = self._working.own_folders
        found: dict[Path, None] = {}
        for folder in self._folders:
            found.update(dict.fromkeys(media_below(Path(folder), not_below=ours)))
        return tuple(sorted(found))

    @cached_property
    def _by_name(self) -> dict[str, list[Path]]:
        named = defaultdict(list)
        for path in self.files:
            named[path.name].append(path)
        return dict(named)

    def _hash(self, path: Path) -> str | None:
        if path not in self._hashes:
            try:
                self._hashes[path] = read_sha256(path)
            except AudiosetError:  # gone, or not ours to read: it is not this one
                self._hashes[path] = None
        return self._hashes[path]


def _beside(place: SourcePlace) -> list[Path]:
    """List the media in the folder in which a source lay."""
    try:
        return sorted(path for path in Path(place.path).parent.iterdir() if is_media(path))
    except OSError:
        return []


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
