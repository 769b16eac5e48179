"""What an export wrote, and what it could not."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from audioset.records.identity import VersionRef


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedFile:
    """A file of an export that is no clip of its own.

    Attributes:
        name: its path below the place, with `/`.
        size_bytes: its length.
        num_clips: that it holds; None where it tells of clips and holds none.
        sha256: of the bytes, hex, where it holds clips.
    """

    name: str
    size_bytes: int
    num_clips: int | None
    sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReport:
    """What was exported.

    Attributes:
        ref: the version.
        format: name of the format.
        place: the folder, or the URL.
        files: without those that are one clip each, in the order in which they were written.
        num_clip_files: of those.
        num_clips, size_bytes: of all.
        splits: clips of each split, by name.
        left_out: clips that are not in it, by the reason.
        no_place: clips of which the format does not hold what a column says, by column.
        changed: clips of which something was written otherwise, by what was done.
        pushed: address of the repository that has the files too; None for none.
    """

    ref: VersionRef
    format: str
    place: str
    files: tuple[ExportedFile, ...]
    num_clip_files: int
    num_clips: int
    size_bytes: int
    splits: Mapping[str, int]
    left_out: Mapping[str, int] = field(default_factory=dict)
    no_place: Mapping[str, int] = field(default_factory=dict)
    changed: Mapping[str, int] = field(default_factory=dict)
    pushed: str | None = None
