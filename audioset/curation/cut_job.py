"""What a worker must know to cut any source of one call, and what an earlier cut left."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.curation.clip_files import file_size
from audioset.errors import InvalidInputError, NotFoundError, StorageError
from audioset.records.align_options import AlignOptions
from audioset.records.identity import clip_path
from audioset.records.line_report import LineReport
from audioset.records.manifest import FACTS_KEY, FINGERPRINT_KEY, LINES_KEY, SOURCE_KEY
from audioset.records.options import CutOptions
from audioset.records.source import Source
from audioset.records.transcript_options import TranscriptOptions
from audioset.settings import Settings
from audioset.storage.tables import read_manifest, read_manifest_metadata

if TYPE_CHECKING:
    import pyarrow as pa

    from audioset.curation.align.phone_models import PhoneModels

_SHORT_NAMED = 5
_NO_TRANSCRIPT, _ALIGN = TranscriptOptions(), AlignOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class CutJob:
    """What a worker must know to cut any source of one call.

    Attributes:
        labels: file or folder of cues; None looks beside the source and inside it.
        cores: used for one source.
        transcript: how a cut by lines was asked for.
        align: the same as the aligner wants it, lexicon read.
        models: of a trained aligner, where one was asked for.
    """

    settings: Settings
    options: CutOptions
    facts: Mapping[str, str]
    labels: Path | None = None
    cores: int = 1
    transcript: TranscriptOptions = _NO_TRANSCRIPT
    align: AlignOptions = _ALIGN
    models: "PhoneModels | None" = None

    def make_folders(self) -> None:
        """Make the workspace's folders.

        Raises:
            StorageError: the workspace cannot be written.
        """
        for folder in (self.settings.clips_dir, self.settings.manifests_dir):
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StorageError(f"{folder} cannot be made ({error.strerror})") from error

    def facts_of(self, earlier: "EarlierCut | None") -> dict[str, str]:
        """Facts given earlier hold until they are given anew: a re-run must not lose a speaker."""
        return {**(earlier.facts if earlier else {}), **self.facts}

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
        return self.settings.manifests_dir / f"{source_id}.parquet"


@dataclass(frozen=True, slots=True)
class EarlierCut:
    """The manifest that an earlier cut of the same source left."""

    source: Source
    fingerprint: str
    facts: dict[str, str]
    lengths_seconds: dict[str, float]  # by clip id
    sizes_bytes: dict[str, int]  # of the clip files, by clip id
    table: "pa.Table"
    lines: LineReport | None = None

    @property
    def edges_seconds(self) -> dict[str, tuple[float, float]]:
        """Start and end of each clip in the source, by clip id."""
        starts, ends = (
            self.table["start_seconds"].to_pylist(),
            self.table["end_seconds"].to_pylist(),
        )
        return dict(zip(self.lengths_seconds, zip(starts, ends, strict=True), strict=True))

    def is_current(self, job: CutJob, cue_digest: str) -> bool:
        """Tell whether the job would make the same clips, and all of them are there."""
        return (
            self.fingerprint == job.options.fingerprint(cue_digest)
            and self.facts == job.facts_of(self)
            and all(
                file_size(clip_path(job.settings.clips_dir, clip_id)) == size_bytes
                for clip_id, size_bytes in self.sizes_bytes.items()
            )
        )


def read_earlier(manifest: Path) -> EarlierCut | None:
    """Read what an earlier cut left; None when there is nothing that can be relied on."""
    try:
        metadata = read_manifest_metadata(manifest)
        table = read_manifest(manifest)
        clip_ids = table["clip_id"].to_pylist()
        told = metadata.get(LINES_KEY)
        return EarlierCut(
            source=Source.from_json(metadata[SOURCE_KEY].decode()),
            fingerprint=metadata[FINGERPRINT_KEY].decode(),
            facts=json.loads(metadata.get(FACTS_KEY, b"{}")),
            lengths_seconds=dict(zip(clip_ids, table["length_seconds"].to_pylist(), strict=True)),
            sizes_bytes=dict(zip(clip_ids, table["size_bytes"].to_pylist(), strict=True)),
            table=table,
            lines=LineReport.from_json(told.decode()) if told else None,
        )
    except (NotFoundError, InvalidInputError, KeyError, TypeError, ValueError):
        # Missing, damaged or of another kind: the source is there, so its manifest is made anew.
        return None
