"""One source as it is: its rows, what people made of them, and what is kept to come back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.curation.workspace.clip_audio import ids_in_store
from audioset.curation.workspace.clip_files import file_size, read_sha256
from audioset.curation.workspace.originals import Originals, read_originals
from audioset.curation.workspace.roots import read_reshaped
from audioset.curation.workspace.working import Working
from audioset.errors import InvalidInputError, NotFoundError
from audioset.records.identity import clip_path
from audioset.records.manifest import (
    CHECKOUT_KEY,
    FACTS_KEY,
    FINGERPRINT_KEY,
    SOURCE_KEY,
    WAY_KEY,
    Clip,
    clips_from_table,
)
from audioset.records.reshaping import Reshaped
from audioset.records.source import Source
from audioset.records.way import Way
from audioset.storage.tables import read_manifest, read_manifest_metadata

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundAsked:
    """How a source is listened to; the fields are those of `CutOptions`."""

    track: int | None = None
    channels: str = "mix"
    sampling_rate: int | None = None


@dataclass(frozen=True)
class SourceShape:
    """One source as it is.

    Attributes:
        manifest: of the source.
        source: as its cut found it.
        asked: how it is listened to.
        facts: that were given for all of its clips.
        table: the rows.
        reshaped: which of them are what people made.
        originals: what is kept to come back.
        fingerprint: of its cut.
        has_stale: whether more is kept, of an earlier cut.
    """

    manifest: Path
    source: Source
    asked: SoundAsked
    facts: Mapping[str, str]
    table: "pa.Table"
    reshaped: Reshaped
    originals: Originals
    fingerprint: str
    has_stale: bool

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return {clip_id: at for at, clip_id in enumerate(self.table["clip_id"].to_pylist())}

    @cached_property
    def by_root(self) -> Mapping[str, str]:
        """Ids of the rows, by the roots of their clips."""
        return {self.reshaped.roots.get(clip_id, clip_id): clip_id for clip_id in self._places}

    @cached_property
    def moved(self) -> frozenset[str]:
        """Roots of the clips that are cut by edges of people."""
        return frozenset(map(self.reshaped.root_of, self.reshaped.edges))

    def has(self, clip_id: str) -> bool:
        """Tell whether there is a row of this id."""
        return clip_id in self._places

    def row(self, clip_id: str) -> Clip:
        """Give the row of an id."""
        (clip,) = clips_from_table(self.table.slice(self._places[clip_id], 1))
        return clip

    def base_of(self, root: str) -> Clip | None:
        """Give the row that a clip has, or had before; None for one that was not there yet."""
        clip_id = self.by_root.get(root)
        return self.row(clip_id) if clip_id is not None else self.originals.rows.get(root)


def read_shape(working: Working, source_id: str) -> SourceShape:
    """Read how one source is.

    Raises:
        NotFoundError: no such source was cut here.
        InvalidInputError: its manifest is damaged, or says not what it was cut from: its clips were
            imported, or fetched with a version.
        StorageError: a file cannot be read.
    """
    manifest = working.manifests_dir / f"{source_id}.parquet"
    if not manifest.exists():
        raise NotFoundError(
            f"no source {source_id!r} was cut here: clips that were imported, or pulled with a "
            "version, keep their edges; cut their source to move them"
        )
    metadata, table = read_manifest_metadata(manifest), read_manifest(manifest)
    try:
        source = Source.from_json(metadata[SOURCE_KEY].decode())
        facts = json.loads(metadata.get(FACTS_KEY, b"{}"))
    except (KeyError, ValueError, TypeError):
        raise InvalidInputError(
            f"{manifest} does not say what its clips were cut from, so their edges cannot be "
            "moved; cut the source again"
        ) from None
    if CHECKOUT_KEY in metadata:
        raise InvalidInputError(
            f"the clips of {source.name} were checked out with {metadata[CHECKOUT_KEY].decode()}, "
            "without their source, so their edges cannot be moved here; cut its file first: "
            f"audioset cut {source_id}"
        )
    kept = read_originals(working, manifest.name)
    fingerprint = metadata.get(FINGERPRINT_KEY, b"").decode()
    originals = kept.of_cut(fingerprint)
    return SourceShape(
        manifest=manifest,
        source=source,
        asked=_asked(metadata, table),
        facts=facts,
        table=table,
        reshaped=read_reshaped(manifest),
        originals=originals,
        fingerprint=fingerprint,
        has_stale=len(originals.rows) < len(kept.rows),
    )


def _asked(metadata: Mapping[bytes, bytes], table: "pa.Table") -> SoundAsked:
    """Tell how a source is listened to: as it was cut; of older cuts, as their rows say."""
    try:
        options = Way.from_json(metadata[WAY_KEY].decode()).options
        names = ("track", "channels", "sampling_rate")
        return SoundAsked(**{name: options[name] for name in names if name in options})
    except (KeyError, ValueError, TypeError):
        pass
    if not table.num_rows:
        return SoundAsked()
    channels = set(table["channel"].to_pylist())
    one = {None: "mix", 1: "left", 2: "right"}
    return SoundAsked(
        track=table["track"][0].as_py(),
        channels=one[channels.pop()] if len(channels) == 1 and channels <= set(one) else "each",
        sampling_rate=table["sampling_rate"][0].as_py(),
    )


def lost_clips(shape: SourceShape, working: Working) -> frozenset[str]:
    """Find the rows with edges of people whose audio is not there, or is that of the row before."""
    if not shape.reshaped.edges and not shape.originals.rows:
        return frozenset()
    names = ("clip_id", "size_bytes", "audio_sha256")
    rows = zip(*(shape.table[name].to_pylist() for name in names), strict=True)
    stored = ids_in_store(shape.table)
    doubtful = {row.clip_id for row in shape.originals.rows.values()}
    lost = set()
    for clip_id, size_bytes, sha256 in rows:
        if clip_id in stored or not (clip_id in shape.reshaped.edges or clip_id in doubtful):
            continue
        path = clip_path(working.clips_dir, clip_id)
        if file_size(path) != size_bytes or (clip_id in doubtful and read_sha256(path) != sha256):
            lost.add(clip_id)
    return frozenset(lost)
