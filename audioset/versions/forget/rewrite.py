"""Versions without some recordings: the shards that held them, and manifests that say so."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audioset.errors import IntegrityError
from audioset.records.version import ContentObject, VersionRecord
from audioset.records.withdrawal import REACH_COLUMNS, RemainingVersion, runs_of, spans_of
from audioset.storage.shards import SHARD_FACTS, Member, write_shard
from audioset.storage.store import Store
from audioset.versions.layout import shard_key
from audioset.versions.publish.publish import put_manifests
from audioset.versions.read.resolve import read_version
from audioset.versions.read.totals import totals_of


def holds_any(rows: pa.Table, recordings: frozenset[str]) -> pa.ChunkedArray:
    """Tell for each row whether it is one of the recordings."""
    return pc.is_in(rows["pcm_sha256"], value_set=pa.array(sorted(recordings), pa.string()))


class Rewriter:
    """Makes shards and manifests without the withdrawn recordings; each shard once.

    Args:
        store: that holds them.
        dataset: name of the dataset.
        recordings: `pcm_sha256` of what is withdrawn.
        spans: of those recordings, as `make_span` writes them, sorted.
    """

    def __init__(
        self, store: Store, dataset: str, recordings: frozenset[str], spans: Sequence[str]
    ) -> None:
        self._store = store
        self._dataset = dataset
        self._recordings = recordings
        self._spans = spans
        self._made: dict[str, tuple[ContentObject, dict[str, Member]] | None] = {}

    def rewrite(self, record: VersionRecord) -> RemainingVersion:
        """Put the shards and manifest parts that are left of a version, and describe them.

        Raises:
            IntegrityError: a shard is damaged.
            StorageError: the store or the disk refused.
        """
        rows = read_version(self._store, record)
        gone = holds_any(rows, self._recordings)
        lost = rows.filter(gone)
        touched = set(lost["shard_sha256"].to_pylist())
        kept = rows.filter(pc.invert(gone))
        shards = []
        for shard in record.shards:
            if shard.sha256 not in touched:
                shards.append(shard)
            elif made := self._without(shard, kept):
                shards.append(made[0])
        kept = self._point(kept, touched)
        return RemainingVersion(
            version=record.version,
            num_withdrawn=record.num_withdrawn + rows.num_rows - kept.num_rows,
            **totals_of(kept),
            size_bytes=sum(shard.size_bytes for shard in shards),
            manifests=put_manifests(self._store, self._dataset, kept) if kept.num_rows else (),
            shards=tuple(shards),
            rows=runs_of(
                np.flatnonzero(np.asarray(gone)).tolist(),
                spans_of(lost.select(REACH_COLUMNS)),
                self._spans,
            ),
        )

    def _without(
        self, shard: ContentObject, kept: pa.Table
    ) -> tuple[ContentObject, dict[str, Member]] | None:
        """Put the shard that holds the kept clips of an old one; None when none is left."""
        if shard.sha256 not in self._made:
            rows = kept.filter(pc.equal(kept["shard_sha256"], shard.sha256))
            self._made[shard.sha256] = self._put(shard, rows) if rows.num_rows else None
        return self._made[shard.sha256]

    def _put(self, shard: ContentObject, rows: pa.Table) -> tuple[ContentObject, dict[str, Member]]:
        with self._store.scratch() as scratch:
            old, new = scratch / "old.tar", scratch / "new.tar"
            self._store.get_file(shard_key(self._dataset, shard.sha256), old)
            columns = [*SHARD_FACTS, "audio_sha256", "offset_bytes", "size_bytes"]
            made, members = write_shard(new, _copies(old, rows.select(columns).to_pylist()))
            self._store.put_content(shard_key(self._dataset, made.sha256), new, take=True)
        return made, {member.clip_id: member for member in members}

    def _point(self, rows: pa.Table, touched: set[str]) -> pa.Table:
        """Let the rows of rewritten shards point to the new ones."""
        hashes, offsets = rows["shard_sha256"].to_pylist(), rows["offset_bytes"].to_pylist()
        for position, clip_id in enumerate(rows["clip_id"].to_pylist()):
            made = self._made[hashes[position]] if hashes[position] in touched else None
            if made is not None:
                hashes[position] = made[0].sha256
                offsets[position] = made[1][clip_id].offset_bytes
        for name, values in (("shard_sha256", hashes), ("offset_bytes", offsets)):
            index = rows.schema.get_field_index(name)
            field = rows.schema.field(index)
            rows = rows.set_column(index, field, pa.array(values, field.type))
        return rows


def _copies(shard: Path, rows: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Give the clips of an old shard that stay, each proven by its hash."""
    with shard.open("rb") as file:
        end = shard.stat().st_size
        for row in rows:
            offset, size = row["offset_bytes"], row["size_bytes"]
            is_inside = 0 <= offset <= offset + size <= end  # a row is believed no further
            file.seek(offset if is_inside else 0)
            flac = file.read(size if is_inside else 0)
            if hashlib.sha256(flac).hexdigest() != row["audio_sha256"]:
                raise IntegrityError(
                    f"clip {row['clip_id']} is damaged in its shard; audioset verify tells more; "
                    "nothing was withdrawn"
                )
            yield row, flac
