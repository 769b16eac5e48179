"""Shards that cuts put into the store and that hold withdrawn recordings: written anew without.

No version need name what is withdrawn there, nor the shard itself. What stays is what working
clips have in it; the versions that share it are a matter of `forget`.
"""

from contextlib import suppress

import pyarrow as pa
import pyarrow.compute as pc

from audioset.errors import NotFoundError
from audioset.records.manifest import column_names, manifest_schema
from audioset.records.version import ContentObject
from audioset.records.withdrawal import Reach
from audioset.storage.arrays import replace_column
from audioset.storage.store import Store
from audioset.versions.forget.rewrite import COPIED, holds_any, is_first, put_rest
from audioset.versions.layout import shard_key
from audioset.versions.read.resolve import list_versions
from audioset.versions.references import needed_keys

_PLACE = ("clip_id", *column_names(group="storage"))


class ShardsWithout:
    """Shards that cuts put, without what is withdrawn.

    Args:
        store: that holds them.
        dataset: its name.
        rows: of all working clips in shards that cuts put.
        reach: what is withdrawn.

    Attributes:
        left: what is left of each shard that was written anew, by the hash of the old one; None
            for nothing.
    """

    def __init__(self, store: Store, dataset: str, rows: pa.Table, reach: Reach) -> None:
        self.left: dict[str, ContentObject | None] = {}
        self._store, self._dataset = store, dataset
        rest = rows.filter(pc.invert(holds_any(rows, reach.recordings))).select(COPIED)
        self._rest = rest.filter(is_first(rest)).sort_by("clip_id")

    def put(self, shards: frozenset[str]) -> pa.Table:
        """Put what stays of some shards, and leave the old ones; one that is lost is left out.

        Args:
            shards: their hashes.

        Returns:
            The storage columns of the clips that stay, with their ids.

        Raises:
            IntegrityError: a shard is damaged.
            StorageError: the store or the disk refused.
        """
        moved = [manifest_schema().empty_table().select(_PLACE)]
        for sha256 in sorted(shards):
            here = self._rest.filter(pc.equal(self._rest["shard_sha256"], sha256))
            if not here.num_rows:
                self.left[sha256] = None
                continue
            with suppress(NotFoundError):
                made, members = put_rest(self._store, self._dataset, sha256, here)
                self.left[sha256] = made
                offsets = [members[clip_id].offset_bytes for clip_id in here["clip_id"].to_pylist()]
                moved.append(_at(here.select(_PLACE), made.sha256, offsets))
        return pa.concat_tables(moved)

    def remove_old(self) -> None:
        """Remove the old shards that no version names; once a withdrawal says what is gone.

        Raises:
            IntegrityError: a record is damaged.
            StorageError: the store did not answer, or refused.
        """
        needed = needed_keys(list_versions(self._store, self._dataset)) if self.left else set()
        for sha256, made in self.left.items():
            key = shard_key(self._dataset, sha256)
            if key not in needed and (made is None or made.sha256 != sha256):
                self._store.delete(key)


def _at(rows: pa.Table, sha256: str, offsets: list[int]) -> pa.Table:
    for name, values in (("shard_sha256", [sha256] * len(offsets)), ("offset_bytes", offsets)):
        rows = replace_column(rows, name, pa.array(values, rows.schema.field(name).type))
    return rows
