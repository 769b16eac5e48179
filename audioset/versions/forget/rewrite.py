"""Versions without some recordings: the shards that held them, and manifests that say so."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audioset.errors import IntegrityError
from audioset.records.manifest import column_names, manifest_schema
from audioset.records.version import ContentObject, VersionRecord
from audioset.records.withdrawal import REACH_COLUMNS, RemainingVersion, runs_of, spans_of
from audioset.storage.arrays import replace_column
from audioset.storage.shards import SHARD_FACTS, Member, write_shard
from audioset.storage.store import Store
from audioset.versions.layout import shard_key
from audioset.versions.publish.commit import put_manifests
from audioset.versions.read.resolve import read_version
from audioset.versions.read.totals import totals_of

COPIED = [*SHARD_FACTS, *column_names(group="storage")]


def holds_any(rows: pa.Table, recordings: frozenset[str]) -> pa.ChunkedArray:
    """Tell for each row whether it is one of the recordings."""
    return pc.is_in(rows["pcm_sha256"], value_set=pa.array(sorted(recordings), pa.string()))


class Rewriter:
    """Makes shards and manifests without the withdrawn recordings; each shard once, for all.

    Args:
        store: that holds them.
        records: of all versions that name any of the shards.
        touched: hashes of the shards that hold any of the recordings.
        recordings: `pcm_sha256` of what is withdrawn.
        spans: of those recordings, as `make_span` writes them, sorted.
    """

    def __init__(
        self,
        store: Store,
        records: Sequence[VersionRecord],
        touched: frozenset[str],
        recordings: frozenset[str],
        spans: Sequence[str],
    ) -> None:
        self._store = store
        self._dataset = records[0].dataset if records else ""
        self._touched = pa.array(sorted(touched), pa.string())
        self._recordings = recordings
        self._spans = spans
        self._rest = self._find_rest(records)
        self._made: dict[str, tuple[ContentObject, dict[str, Member]]] = {}

    def rewrite(self, record: VersionRecord) -> RemainingVersion:
        """Put the shards and manifest parts that are left of a version, and describe them.

        Raises:
            IntegrityError: a shard is damaged.
            StorageError: the store or the disk refused.
        """
        rows = read_version(self._store, record)
        gone = holds_any(rows, self._recordings)
        lost = rows.filter(gone)
        kept = rows.filter(pc.invert(gone))
        named = set(pc.unique(kept["shard_sha256"]).to_pylist())
        touched = named & set(self._touched.to_pylist())
        left = [shard for shard in record.shards if shard.sha256 in named]
        shards = [self._without(s)[0] if s.sha256 in touched else s for s in left]
        kept = self._point(kept, touched)
        return RemainingVersion(
            version=record.version,
            num_withdrawn=record.num_withdrawn + rows.num_rows - kept.num_rows,
            **totals_of(kept),
            size_bytes=sum(shard.size_bytes for shard in shards),
            manifests=put_manifests(self._store, self._dataset, kept.to_batches())
            if kept.num_rows
            else (),
            shards=tuple(shards),
            rows=runs_of(
                np.flatnonzero(np.asarray(gone)).tolist(),
                spans_of(lost.select(REACH_COLUMNS)),
                self._spans,
            ),
        )

    def _find_rest(self, records: Sequence[VersionRecord]) -> pa.Table:
        """Give the rows of all that stays in the shards: what any of the versions has there."""
        rest = manifest_schema().empty_table().select(COPIED)
        for record in records:
            rows = read_version(self._store, record)
            here = pc.is_in(rows["shard_sha256"], value_set=self._touched)
            stays = pc.and_not(here, holds_any(rows, self._recordings))
            rest = pa.concat_tables([rest, rows.filter(stays).select(COPIED)])
            rest = rest.filter(is_first(rest))
        return rest.sort_by("clip_id")

    def _without(self, shard: ContentObject) -> tuple[ContentObject, dict[str, Member]]:
        """Put the shard that holds what stays of an old one."""
        if shard.sha256 not in self._made:
            rows = self._rest.filter(pc.equal(self._rest["shard_sha256"], shard.sha256))
            self._made[shard.sha256] = put_rest(self._store, self._dataset, shard.sha256, rows)
        return self._made[shard.sha256]

    def _point(self, rows: pa.Table, touched: set[str]) -> pa.Table:
        """Let the rows of rewritten shards point to the new ones."""
        hashes, offsets = rows["shard_sha256"].to_pylist(), rows["offset_bytes"].to_pylist()
        for position, clip_id in enumerate(rows["clip_id"].to_pylist()):
            if hashes[position] in touched:
                stored, members = self._made[hashes[position]]
                hashes[position] = stored.sha256
                offsets[position] = members[clip_id].offset_bytes
        for name, values in (("shard_sha256", hashes), ("offset_bytes", offsets)):
            rows = replace_column(rows, name, pa.array(values, rows.schema.field(name).type))
        return rows


def put_rest(
    store: Store, dataset: str, sha256: str, rows: pa.Table
) -> tuple[ContentObject, dict[str, Member]]:
    """Put a shard that holds some clips of an old one.

    Args:
        sha256: of the old shard.
        rows: of the clips that stay, in the order of their ids, with `SHARD_FACTS` and the storage
            columns.

    Returns:
        The new shard, and where in it each clip lies, by clip id.

    Raises:
        NotFoundError: there is no such shard.
        IntegrityError: it is damaged.
        StorageError: the store or the disk refused.
    """
    with store.scratch() as scratch:
        old, new = scratch / "old.tar", scratch / "new.tar"
        store.get_file(shard_key(dataset, sha256), old)
        made, members = write_shard(new, _copies(old, rows.to_pylist()))
        store.put_content(shard_key(dataset, made.sha256), new, take=True)
    return made, {member.clip_id: member for member in members}


def is_first(rows: pa.Table) -> pa.Array:
    """Tell of each row whether it is the first of its place in its shard."""
    offsets = pc.cast(rows["offset_bytes"], pa.string())
    places = pc.binary_join_element_wise(rows["shard_sha256"], offsets, " ").combine_chunks()
    first = np.zeros(rows.num_rows, bool)
    first[np.asarray(pc.index_in(pc.unique(places), value_set=places))] = True
    return pa.array(first)


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
