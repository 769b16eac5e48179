"""A source as a file: as it was when its cut began, and what it is to others."""

from dataclasses import dataclass
from pathlib import Path

from audioset.curation.cut.earlier import EarlierCut, read_earlier
from audioset.curation.cut.job import CutJob
from audioset.curation.cut.source_report import SourceReport
from audioset.curation.sources.identify import Identity
from audioset.curation.sources.known import KnownSource
from audioset.curation.workspace.fetch_source import RemoteSource
from audioset.errors import as_option


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A source as it was when its cut began.

    Attributes:
        path: where it is read.
        named: which source it is.
        state: size and time of change.
        origin: where it was fetched from; None for a local file.
    """

    path: Path
    named: Identity
    state: tuple[int, int] | None
    origin: RemoteSource | None

    @property
    def source_id(self) -> str:
        """Its id."""
        return self.named.source_id

    @property
    def shown(self) -> str:
        """What a person calls it."""
        return self.origin.url if self.origin else str(self.path)


def before_of(job: CutJob, file: SourceFile) -> EarlierCut | None:
    """Give the source whose place a file takes."""
    before = file.named.before if job.replace else None
    return read_earlier(before.manifest) if before else None


def kept_out(file: SourceFile, before: KnownSource) -> SourceReport:
    """Report a file with other bytes where a source lay; nobody said what they are to it."""
    earlier = read_earlier(before.manifest)
    lengths = earlier.lengths_seconds if earlier else {}
    return SourceReport(
        path=file.shown,
        status="kept",
        source=earlier.source if earlier else None,
        way=earlier.way if earlier else None,
        num_clips=len(lengths),
        length_seconds=sum(lengths.values()),
        error=f"{file.shown}: holds another recording than the one that was cut as {before.name}; "
        f"{as_option('replace', 'True')} lets it take its place, and carries over what was "
        f"decided; {as_option('replace', 'False')} makes it a source of its own",
        news=file.named.news,
    )


def file_state(path: Path) -> tuple[int, int] | None:
    """Give size and time of change; None for a file that is not there."""
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_size, state.st_mtime_ns
