"""Where sources lie on this machine, and how they are found there today."""

from dataclasses import dataclass
from typing import Literal

# here: its bytes lie where they lay. changed: other bytes lie there. renamed: its bytes lie under
# another name or in another folder. missing: neither. unknown: it was never seen on this machine.
# remote: it lies at a URL, which is not asked.
PlaceState = Literal["here", "changed", "renamed", "missing", "unknown", "remote"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePlace:
    """Where the bytes of a source lay on this machine when they were last read.

    Attributes:
        sha256: of the bytes.
        path: absolute.
        size_bytes: of the file.
        modified_ns: time of its last change, in ns since 1970.
    """

    sha256: str
    path: str
    size_bytes: int
    modified_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """How one source of the workspace is found on this machine.

    Attributes:
        source_id: as in the manifest.
        name: file name under which it was first cut or imported.
        sha256: of its bytes.
        state: "here", "changed", "renamed", "missing", "unknown" or "remote".
        path: where it lies (here, renamed, remote), or lay (changed, missing); None when unknown.
        was: where it lay before, when it is renamed.
        is_imported: it was taken whole as a clip, and not cut.
    """

    source_id: str
    name: str
    sha256: str
    state: PlaceState
    path: str | None = None
    was: str | None = None
    is_imported: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcesHere:
    """All sources of the workspace as they are found on this machine.

    Attributes:
        sources: ordered by name.
        new_files: media in folders that were cut as a whole, which no source has the bytes of;
            absolute paths, sorted, then URLs at which no source was cut. A file that took the place
            of a source is not among them.
        notes: what is wrong with what is remembered, one sentence each.
    """

    sources: tuple[SourceState, ...]
    new_files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def of(self, state: PlaceState) -> tuple[SourceState, ...]:
        """Give the sources of one state."""
        return tuple(source for source in self.sources if source.state == state)
