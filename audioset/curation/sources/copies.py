"""Which files of one call hold the same bytes, before any of them is cut."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from unicodedata import normalize

from audioset.curation.sources.known import find_cut
from audioset.curation.sources.places import SourcePlaces, absolute
from audioset.curation.workspace.clip_files import read_sha256
from audioset.curation.workspace.fetch_source import RemoteSource
from audioset.errors import AudiosetError

_PROBE_BYTES = 65_536  # of both ends of a file, before all of it is read


def find_copies(
    paths: Iterable[Path], places: SourcePlaces, manifests_dir: Path
) -> Mapping[Path, Path]:
    """Find files that hold the same bytes as another one of them.

    Returns:
        Each file that is a copy, to the file that stands for it: one that lies where it was cut,
        else one whose name it was cut under, else the one of the shortest name.
    """
    by_size: defaultdict[int, list[Path]] = defaultdict(list)
    for path in paths:
        if path.is_file():
            by_size[path.stat().st_size].append(path)
    found: dict[Path, Path] = {}
    for alike in by_size.values():
        for probed in _grouped(alike, _probe):
            for same in _grouped(probed, _hash):
                sha256 = _hash(same[0]) or ""
                first = _stands_for(same, sha256, places, manifests_dir)
                found.update({path: first for path in same if path != first})
    return found


def _grouped(paths: list[Path], key: Callable[[Path], object]) -> list[list[Path]]:
    """Give those groups of files with equal keys that are more than one; None is no key."""
    if len(paths) < 2:
        return []
    groups: defaultdict[object, list[Path]] = defaultdict(list)
    for path in paths:
        groups[key(path)].append(path)
    return [group for mark, group in groups.items() if mark is not None and len(group) > 1]


def _probe(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            start = file.read(_PROBE_BYTES)
            file.seek(-min(_PROBE_BYTES, path.stat().st_size), 2)
            return start + file.read(_PROBE_BYTES)
    except OSError:
        return None


def _hash(path: Path) -> str | None:
    try:
        return read_sha256(path)
    except AudiosetError:
        return None


def _stands_for(same: list[Path], sha256: str, places: SourcePlaces, manifests_dir: Path) -> Path:
    place = places.by_sha256.get(sha256)
    names = {normalize("NFC", source.name) for source in find_cut(manifests_dir, sha256)}

    def rank(path: Path) -> tuple[bool, bool, int]:
        was_there = place is not None and absolute(path) == place.path
        return not was_there, normalize("NFC", path.name) not in names, len(path.name)

    return min(same, key=rank)


def find_remote_copies(sources: Iterable[RemoteSource]) -> Mapping[RemoteSource, RemoteSource]:
    """Find objects that their store says are the same: equal sizes and equal ETags.

    Returns:
        Each object that is a copy, to the one that stands for it: one that was cut from there, else
        the one of the shortest name.
    """
    groups: defaultdict[tuple[str, int, str], list[RemoteSource]] = defaultdict(list)
    for source in sources:
        if source.found.etag:
            mark = source.bucket_url, source.found.size_bytes, source.found.etag
            groups[mark].append(source)
    found: dict[RemoteSource, RemoteSource] = {}
    for same in groups.values():
        first = min(same, key=lambda source: (source.known_id is None, len(source.name)))
        found.update({source: first for source in same if source != first})
    return found
