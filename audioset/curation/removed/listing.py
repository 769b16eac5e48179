"""The sources and clips of a workspace, as names of a person mean them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from audioset.curation.workspace.effective import read_decisions, scan_effective_files
from audioset.curation.workspace.working import Working
from audioset.records.manifest import SOURCE_KEY
from audioset.records.source import Source
from audioset.records.split_report import SPLIT_AUTHOR
from audioset.storage.tables import read_manifest_metadata

_COLUMNS = (
    "clip_id",
    "source_id",
    "source_name",
    "source_sha256",
    "start_seconds",
    "end_seconds",
    "length_seconds",
    "track",
    "channel",
    "text",
)


@dataclass(frozen=True, slots=True)
class ListedClip:
    """A clip with what a person is told of it.

    Attributes:
        file: name of the manifest that its row is in; empty where it is only remembered.
        row: some columns of it.
    """

    file: str
    row: dict[str, Any]

    @property
    def clip_id(self) -> str:
        """Its id."""
        return str(self.row["clip_id"])


@dataclass(slots=True)
class ListedSource:
    """A source with its clips.

    Attributes:
        files: names of the manifest files that hold clips of it.
        is_alone: whether these hold nothing else.
        is_kept: whether its rows are there, or it is only remembered.
        found: what was found by decoding it, where its manifest says so.
    """

    source_id: str
    name: str
    sha256: str
    clips: list[ListedClip] = field(default_factory=list)
    files: set[str] = field(default_factory=set)
    is_alone: bool = True
    is_kept: bool = True
    found: Source | None = None


def list_sources(working: Working) -> dict[str, ListedSource]:
    """List the sources of a workspace with their clips, by id; empty where nothing is.

    Raises:
        InvalidInputError: a file is not a manifest, or two files hold the same clip.
        StorageError: a manifest or the catalog cannot be read.
    """
    listed: dict[str, ListedSource] = {}
    files = sorted(path for path in working.manifests_dir.glob("*.parquet") if path.name[0] != ".")
    if not files:
        return listed
    of_file: dict[str, set[str]] = {path.name: set() for path in files}
    for clip in _scan(working):
        row = clip.row
        source = listed.setdefault(
            row["source_id"],
            ListedSource(row["source_id"], row["source_name"], row["source_sha256"]),
        )
        source.clips.append(clip)
        source.files.add(clip.file)
        of_file[clip.file].add(source.source_id)
    for path in files:
        _add_what_is_said(path, listed, of_file[path.name])
    for source in listed.values():
        source.is_alone = all(of_file[name] == {source.source_id} for name in source.files)
    return listed


def _scan(working: Working) -> Iterator[ListedClip]:
    for path, batch in scan_effective_files(working, _COLUMNS):
        for start in range(0, batch.num_rows, 1000):
            for row in batch.slice(start, 1000).to_pylist():
                yield ListedClip(path.name, row)


def _add_what_is_said(path: Path, listed: dict[str, ListedSource], there: set[str]) -> None:
    """Add what a manifest says of its source, which may have no clip."""
    said = read_manifest_metadata(path).get(SOURCE_KEY)
    if said is None:
        return
    found = Source.from_json(said.decode())
    source = listed.setdefault(
        found.source_id, ListedSource(found.source_id, found.name, found.sha256)
    )
    source.found = found
    source.files.add(path.name)
    there.add(found.source_id)


def count_decisions(working: Working) -> dict[str, dict[str, int]]:
    """Count what people decided, by clip id and field; splits that were planned are not counted.

    Raises:
        StorageError: the catalog cannot be read.
    """
    counts: dict[str, dict[str, int]] = {}
    for (kind, subject, name), (_, author) in read_decisions(working).items():
        if kind == "clip" and (name, author) != ("split", SPLIT_AUTHOR):
            fields = counts.setdefault(subject, {})
            fields[name] = fields.get(name, 0) + 1
    return counts
