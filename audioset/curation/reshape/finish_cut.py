"""The end of a cut of a source: what people decided of its clips is made real again."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from audioset.curation.cut import SourceReport
from audioset.curation.reshape.reshape import OpenSound, reshape_source
from audioset.curation.reshape.sound import CutSound, ReadSource
from audioset.curation.shapes.shape import SourceShape, read_shape
from audioset.curation.workspace.working import Working
from audioset.errors import InvalidInputError, NotFoundError, StorageError
from audioset.records.identity import source_of_clip
from audioset.records.reshaping import RESHAPING_FIELDS

_HAVE_CLIPS = ("cut", "unchanged", "facts", "kept")


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishCut:
    """Finishes the cut of sources; picklable, so that worker processes can have it.

    Attributes:
        working: the workspace.
        sources: ids of those of which people decided something about edges.
    """

    working: Working
    sources: frozenset[str]

    @classmethod
    def of(cls, working: Working) -> "FinishCut":
        """Find the sources that are concerned; none where the catalog cannot be reached.

        A source that has to be cut says so then; all others stay as they are.
        """
        try:
            held = working.catalog.current_with_author()
        except StorageError:
            return cls(working=working, sources=frozenset())
        decided = {source_of_clip(root) for _, root, name in held if name in RESHAPING_FIELDS}
        kept = {path.stem for path in working.originals.manifests_dir.glob("*.parquet")}
        return cls(working=working, sources=frozenset(filter(None, decided)) | kept)

    def __call__(self, report: SourceReport, path: Path | None) -> SourceReport:
        """Finish one source.

        Args:
            report: what became of it.
            path: of its file; None where that is looked for.

        Raises:
            StorageError: the workspace cannot be written.
        """
        source = report.source
        if source is None or report.status not in _HAVE_CLIPS:
            return report
        kept = self.working.originals.manifests_dir / f"{source.source_id}.parquet"
        if source.source_id not in self.sources and not kept.exists():  # by now
            return report
        try:
            outcome = reshape_source(
                self.working,
                source.source_id,
                open_sound=_read(path, self.working) if path else None,
            )
            shape = read_shape(self.working, source.source_id)
        except (NotFoundError, InvalidInputError):  # it was removed meanwhile, or is damaged
            return report
        waits = f"edges of people wait: {outcome.waits}"
        lines = report.lines and replace(
            report.lines,
            clip_ids=tuple(outcome.rows.get(root, "") for root in report.lines.clip_ids),
        )
        return replace(
            report,
            num_clips=shape.table.num_rows,
            length_seconds=sum(shape.table["length_seconds"].to_pylist()),
            warnings=(*report.warnings, *([waits] if outcome.waits else [])),
            lines=lines,
        )


def _read(path: Path, working: Working) -> OpenSound:
    @contextmanager
    def opened(shape: SourceShape) -> Iterator[CutSound]:
        yield ReadSource(path, shape.asked, shape.source, working)

    return opened
