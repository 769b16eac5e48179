"""What a worker must know to cut any source of one call."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.curation.cut.earlier import EarlierCut
from audioset.curation.sources.known import KnownSource
from audioset.curation.sources.places import SourcePlaces
from audioset.curation.workspace.clip_files import file_size
from audioset.curation.workspace.working import Working
from audioset.errors import StorageError
from audioset.records.cut_options import CutOptions
from audioset.records.identity import clip_path
from audioset.records.line_options import AlignOptions, TranscriptOptions
from audioset.records.line_report import LineReport
from audioset.records.removed import Removed

if TYPE_CHECKING:
    from audioset.hearing.align.voices.phone_models import PhoneModels

_SHORT_NAMED = 5
_NO_PLACES = SourcePlaces()
_NO_TRANSCRIPT, _ALIGN, _NOTHING_REMOVED = TranscriptOptions(), AlignOptions(), Removed()


@dataclass(frozen=True, slots=True, kw_only=True)
class CutJob:
    """What a worker must know to cut any source of one call.

    Attributes:
        labels: file or folder of cues; None looks beside the source and inside it.
        transcript: how a cut by lines was asked for.
        align: the same as the aligner wants it, lexicon read.
        models: of a trained aligner, where one was asked for.
        places: what this machine remembers of sources.
        imported: files that are clips already, taken whole, by sha256.
        replace: whether a file with other bytes where a source lay is its successor; False: a
            source of its own; None: nobody said it, and it is not cut.
        removed: what a person removed from the workspace.
    """

    working: Working
    options: CutOptions
    facts: Mapping[str, str]
    labels: Path | None = None
    transcript: TranscriptOptions = _NO_TRANSCRIPT
    align: AlignOptions = _ALIGN
    models: "PhoneModels | None" = None
    places: SourcePlaces = _NO_PLACES
    imported: Mapping[str, KnownSource] = field(default_factory=dict)
    replace: bool | None = None
    removed: Removed = _NOTHING_REMOVED

    def make_folders(self) -> None:
        """Make the workspace's folders.

        Raises:
            StorageError: the workspace cannot be written.
        """
        for folder in (self.working.clips_dir, self.working.manifests_dir):
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StorageError(f"{folder} cannot be made ({error.strerror})") from error

    def facts_of(self, earlier: EarlierCut | None) -> dict[str, str]:
        """Facts given earlier hold until they are given anew: a re-run must not lose a speaker."""
        return {**(earlier.facts if earlier else {}), **self.facts}

    def is_done_by(self, earlier: EarlierCut, cue_digest: str) -> bool:
        """Tell whether the job would make the same clips, and all of them are there."""
        return (
            earlier.fingerprint == self.options.fingerprint(cue_digest)
            and earlier.facts == self.facts_of(earlier)
            and all(
                file_size(clip_path(self.working.clips_dir, clip_id)) == size_bytes
                for clip_id, size_bytes in earlier.sizes_bytes.items()
            )
        )

    @property
    def looks_beside(self) -> bool:
        """Whether what a source is cut by lies beside it, or inside."""
        if self.options.by == "lines":
            return self.transcript.path is None
        return self.options.by_cues and self.labels is None

    def refusal_of(self, lines: LineReport) -> str | None:
        """Say why a strict cut refuses what was found; None when it does not."""
        most = self.transcript.max_doubtful
        if not self.transcript.strict or (
            not lines.alignment.missing and lines.doubtful_share <= most
        ):
            return None
        why = [f"{len(lines.alignment.missing)} missing"] if lines.alignment.missing else []
        if lines.short:
            more = len(lines.short) - _SHORT_NAMED
            named = ", ".join(str(line) for line in lines.short[:_SHORT_NAMED])
            why.append(
                f"{len(lines.short)} with fewer takes than asked for ({named}"
                + (f" and {more} more)" if more > 0 else ")")
            )
        return (
            f"{len(lines.doubtful)} of {len(lines.lines)} lines are doubtful"
            + (f", {' and '.join(why)}" if why else "")
            + f"; --strict lets pass {most:.0%} and no missing one"
        )

    def manifest_path(self, source_id: str) -> Path:
        """Where the manifest of a source lies."""
        return self.working.manifests_dir / f"{source_id}.parquet"
