"""What an earlier cut of the same source left: its manifest, as far as a new cut asks."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.curation.workspace.clip_audio import ids_in_store
from audioset.errors import InvalidInputError, NotFoundError
from audioset.records.cut_shards import read_noted
from audioset.records.line_report import LineReport
from audioset.records.manifest import (
    FACTS_KEY,
    FINGERPRINT_KEY,
    IMPORT_KEY,
    LINES_KEY,
    SOURCE_KEY,
)
from audioset.records.source import Source
from audioset.records.span import Span
from audioset.records.version import ContentObject
from audioset.records.way import Way, way_of
from audioset.storage.tables import holds_clips, read_manifest, read_manifest_metadata

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class EarlierCut:
    """The manifest that an earlier cut of the same source left."""

    source: Source
    fingerprint: str
    facts: dict[str, str]
    lengths_seconds: dict[str, float]  # by clip id
    sizes_bytes: dict[str, int]  # of the clip files, by clip id
    in_store: frozenset[str]  # ids of clips whose audio lies in the store
    noted: tuple[ContentObject, ...] | None  # shards that it put there; None where it put none
    table: "pa.Table"
    way: Way
    lines: LineReport | None = None
    is_imported: bool = False  # its spans are those that a corpus gave

    @property
    def clip_spans(self) -> dict[str, Span]:
        """Where each clip lies in the source, by clip id."""
        starts, ends = (
            self.table["start_seconds"].to_pylist(),
            self.table["end_seconds"].to_pylist(),
        )
        return dict(zip(self.lengths_seconds, map(Span, starts, ends), strict=True))


def read_earlier(manifest: Path) -> EarlierCut | None:
    """Read what an earlier cut left; None when there is nothing that can be relied on.

    Raises:
        InvalidInputError: another program saved the manifest, perhaps with what a person changed,
            or a newer release wrote it.
    """
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
            in_store=ids_in_store(table),
            noted=read_noted(metadata),
            table=table,
            way=_way_of(metadata, table),
            lines=LineReport.from_json(told.decode()) if told else None,
            is_imported=IMPORT_KEY in metadata,
        )
    except (NotFoundError, InvalidInputError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, InvalidInputError) and holds_clips(manifest):
            raise
        # Missing, damaged or of another kind: the source is there, so its manifest is made anew.
        return None


def _way_of(metadata: dict[bytes, bytes], table: "pa.Table") -> Way:
    try:
        return way_of(metadata, table["text_source"].unique().to_pylist())
    except ValueError:  # a newer release noted it: nobody here knows how it was cut
        return Way(by=None, noted=False)
