"""What an earlier import of the same corpus left in the workspace, and what else is there.

A row is remembered by numbers alone, 28 bytes each: a corpus may have millions.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from audioset.curation.workspace.working import Working
from audioset.errors import NotFoundError
from audioset.interop.importers.corpus.said import (
    ORIGIN,
    digest_of_clip,
    short_hash,
    sound_of_clip,
)
from audioset.interop.importers.corpus.seen import SeenIds
from audioset.interop.importers.corpus.take_item import ItemBefore, short_of
from audioset.records.manifest import FACT_COLUMNS, IMPORT_KEY, SOURCE_KEY, Clip, clips_from_table
from audioset.storage.tables import list_manifests, read_manifest_metadata, scan_manifests

_READ = ("clip_id", "source_sha256", "text", "text_source", "split", *FACT_COLUMNS, "extra")
_ROW = np.dtype([("key", "u8"), ("sound", "u8"), ("said", "u8"), ("manifest", "u4")])


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusMark:
    """Says in a manifest of which corpus its rows are.

    Attributes:
        format: its name.
        corpus: its name.
        place: a mark of where it lay, which does not tell the path: manifests are handed on.
    """

    format: str
    corpus: str
    place: str

    @classmethod
    def of(cls, format_name: str, corpus: str, path: Path) -> "CorpusMark":
        """Mark a corpus that lies somewhere."""
        data = str(path.resolve()).encode("utf-8", "surrogateescape")
        return cls(format=format_name, corpus=corpus, place=hashlib.sha256(data).hexdigest()[:16])

    def to_json(self) -> bytes:
        """Encode for the metadata of a manifest."""
        values = {"format": self.format, "corpus": self.corpus, "place": self.place}
        return json.dumps(values, sort_keys=True).encode()

    def marks(self, metadata: dict[bytes, bytes]) -> bool:
        """Tell whether a manifest is of this corpus, wherever that lay."""
        return _named_in(metadata) == (self.format, self.corpus)

    def other_name(self, metadata: dict[bytes, bytes]) -> str | None:
        """Give the name of another corpus of the same format that a manifest is of."""
        format_name, corpus = _named_in(metadata)
        return corpus if format_name == self.format and corpus != self.corpus else None


class KnownItems:
    """What the workspace holds already.

    Attributes:
        manifests: of this corpus.
        clip_ids: of all clips, by short hash.
        others: sha256 of the sounds of all other clips, by their first 64 bits.
        places: marks of where the corpus lay.
        namesakes: other corpora of its format, each with the ids of its items, by short hash.
    """

    def __init__(self, mark: CorpusMark, working: Working) -> None:
        self.manifests: list[Path] = []
        self.places: set[str] = set()
        self.namesakes: defaultdict[str, SeenIds] = defaultdict(SeenIds)
        others: list[Path] = []
        for path in _all_manifests(working):
            metadata = read_manifest_metadata(path)
            if mark.marks(metadata):
                self.manifests.append(path)
                self.places.add(json.loads(metadata[IMPORT_KEY])["place"])
                continue
            if (name := mark.other_name(metadata)) is not None:
                self.namesakes[name].add_all(short_hash(each) for each in _scan_origins([path]))
            if SOURCE_KEY not in metadata:
                others.append(path)
        self.clip_ids, self.others = _of_others(_all_manifests(working), others)
        rows = np.fromiter(self._rows(), _ROW)
        self._rows_by_key = rows[np.argsort(rows["key"], kind="stable")]
        self._is_seen = np.zeros(rows.size, bool)

    def find(self, origin_id: str) -> ItemBefore | None:
        """Tell how an item was imported before, and that it is still there."""
        place = self._place(origin_id)
        if place is None:
            return None
        self._is_seen[place] = True
        row = self._rows_by_key[place]
        return ItemBefore(sound=int(row["sound"]), said=int(row["said"]))

    def manifest_of(self, origin_id: str) -> Path:
        """Give the manifest that holds an item that was imported before."""
        place = self._place(origin_id)
        assert place is not None  # noqa: S101  asked of known items only
        return self.manifests[int(self._rows_by_key[place]["manifest"])]

    def gone(self, most: int) -> tuple[int, tuple[str, ...]]:
        """Count the items that were not found, and name the first of them."""
        missing = self._rows_by_key[~self._is_seen]
        if not missing.size:
            return 0, ()
        wanted = SeenIds(missing["key"])
        named: list[str] = []
        for origin_id in _scan_origins(self.manifests):
            if short_hash(origin_id) in wanted:
                named.append(origin_id)
                if len(named) == most:
                    return int(missing.size), tuple(named)
        return int(missing.size), tuple(named)

    def _place(self, origin_id: str) -> int | None:
        keys, key = self._rows_by_key["key"], short_hash(origin_id)
        place = int(np.searchsorted(keys, np.uint64(key)))
        return place if place < keys.size and int(keys[place]) == key else None

    def _rows(self) -> Iterator[tuple[int, int, int, int]]:
        for number, path in enumerate(self.manifests):
            for clip in _scan_said(path):
                key = short_hash(clip.extra.get(ORIGIN, ""))
                yield key, short_of(sound_of_clip(clip)), digest_of_clip(clip), number


def _named_in(metadata: dict[bytes, bytes]) -> tuple[str | None, str | None]:
    """Give the format and the name of the corpus that a manifest is of."""
    said = json.loads(metadata.get(IMPORT_KEY, b"{}"))
    return said.get("format"), said.get("corpus")


def _scan_origins(paths: list[Path]) -> Iterator[str]:
    """Give the ids that the rows of manifests have in their corpus."""
    for batch in scan_manifests(paths, ["extra"]):
        for pairs in batch.column(0).to_pylist():
            yield dict(pairs or ()).get(ORIGIN, "")


def _scan_said(path: Path) -> Iterator[Clip]:
    """Give the rows of a manifest with what their corpus says, and nothing else."""
    for batch in scan_manifests([path], _READ):
        yield from clips_from_table(batch)


def _of_others(every: list[Path], others: list[Path]) -> tuple[SeenIds, SeenIds]:
    clip_ids, sounds = SeenIds(), SeenIds()
    for batch in scan_manifests(every, ["clip_id"]):
        clip_ids.add_all(map(short_hash, batch.column(0).to_pylist()))
    for batch in scan_manifests(others, ["source_sha256"]):
        sounds.add_all(map(short_of, batch.column(0).to_pylist()))
    return clip_ids, sounds


def _all_manifests(working: Working) -> list[Path]:
    try:
        return list_manifests(working.manifests_dir)
    except NotFoundError:
        return []
