"""What earlier imports left in the workspace: the clips of each folder, to be found by content."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.records.manifest import FACTS_KEY, IMPORT_KEY, SOURCE_KEY, Clip, clips_from_table
from audioset.settings import slug
from audioset.storage.tables import read_manifest, read_manifest_metadata, scan_manifests

if TYPE_CHECKING:
    from audioset.curation.workspace.working import Working

_PREFIX = "import-"


@dataclass(slots=True)
class EarlierImport:
    """The clips of one folder, as they were imported.

    Attributes:
        manifest: of these clips.
        folder: its name then; empty when it is not known.
        place: a mark of where the folder lay; empty when it is not known.
        facts: given for all of its clips.
        clips: in the order of their ids.
    """

    manifest: Path
    folder: str
    place: str
    facts: dict[str, str]
    clips: list[Clip]
    _by_content: dict[str, list[Clip]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._by_content = defaultdict(list)
        for clip in self.clips:
            self._by_content[clip.source_sha256].append(clip)

    @property
    def source_names(self) -> set[str]:
        """The names of the files that were imported."""
        return {clip.source_name for clip in self.clips}

    def moved_to(self, directory: Path) -> bool:
        """Tell whether a folder is this one at another place."""
        return self.place not in ("", _place(directory))

    def num_shared(self, contents: Iterable[str]) -> int:
        """Count the clips whose files are among some files, by sha256."""
        there = set(contents)
        return sum(clip.source_sha256 in there for clip in self.clips)

    def clip_of(self, sha256: str, name: str) -> Clip | None:
        """Give the clip of a file, best the one of its name; each is given once."""
        same = self._by_content.get(sha256, [])
        found = next((clip for clip in same if clip.source_name == name), None)
        found = found or next(iter(same), None)
        if found is not None:
            same.remove(found)
        return found

    def holds(self, sha256: str) -> bool:
        """Tell whether a clip is made of a file."""
        return sha256 in self._by_content


def read_earlier_imports(working: "Working") -> list[EarlierImport]:
    """Read the manifests of all imported folders.

    Raises:
        InvalidInputError: one of them is not a manifest.
        StorageError: one of them cannot be read.
    """
    found = []
    for path in sorted(working.manifests_dir.glob(f"{_PREFIX}*.parquet")):
        metadata = read_manifest_metadata(path)
        if SOURCE_KEY in metadata:
            continue  # of a source that has such a name
        mark = json.loads(metadata.get(IMPORT_KEY, b"{}"))
        if "format" in mark:  # of a corpus, which may be too large to be read here
            continue
        facts = json.loads(metadata.get(FACTS_KEY, b"{}"))
        clips = list(clips_from_table(read_manifest(path)))
        folder, place = str(mark.get("folder", "")), str(mark.get("place", ""))
        found.append(EarlierImport(path, folder, place, facts, clips))
    return found


def find_own(
    earlier: Iterable[EarlierImport], directory: Path, contents: Iterable[str]
) -> EarlierImport | None:
    """Find the earlier import of the same folder: at the same place, or with the same content.

    A folder is the same under another name, or at another place, when it holds at least half of
    what was imported; one manifest of an older release is known by the folder's name, too.
    """
    there = set(contents)
    for each in earlier:
        if each.place == _place(directory):
            return each
    shared = [(each.num_shared(there), each) for each in earlier]
    same = [
        (number, each)
        for number, each in shared
        if number
        and (
            2 * number >= len(each.clips)
            or (not each.place and each.manifest.name == _manifest_name(directory))
        )
    ]
    return max(same, key=lambda pair: pair[0])[1] if same else None


def new_manifest(directory: Path, working: "Working") -> Path:
    """Name the manifest of a folder that was not imported yet."""
    path = working.manifests_dir / _manifest_name(directory)
    number = 2
    while path.exists():  # another folder of the same name
        path = path.with_name(f"{Path(_manifest_name(directory)).stem}-{number}.parquet")
        number += 1
    return path


def import_metadata(directory: Path, facts: Mapping[str, str]) -> dict[bytes, bytes]:
    """Say in a manifest of which folder it is."""
    mark = {"folder": directory.resolve().name, "place": _place(directory)}
    return {
        IMPORT_KEY: json.dumps(mark, sort_keys=True).encode(),
        FACTS_KEY: json.dumps(dict(facts), sort_keys=True).encode(),
    }


def clips_of_others(working: "Working", own: Path) -> tuple[set[str], set[str]]:
    """Give the clip ids of all other manifests, and the sha256 of their sources."""
    others = [path for path in sorted(working.manifests_dir.glob("*.parquet")) if path != own]
    clip_ids: set[str] = set()
    contents: set[str] = set()
    for batch in scan_manifests(others, columns=["clip_id", "source_sha256"]):
        clip_ids.update(batch.column(0).to_pylist())
        contents.update(batch.column(1).to_pylist())
    return clip_ids, contents


def _manifest_name(directory: Path) -> str:
    """Name a manifest by the folder's name alone, wherever it lies."""
    name = directory.resolve().name
    short_hash = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return f"{_PREFIX}{slug(name, fallback='folder')}-{short_hash}.parquet"


def _place(directory: Path) -> str:
    """Mark where a folder lies without telling it: manifests may be handed on."""
    path = str(directory.resolve())
    return hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()[:16]
