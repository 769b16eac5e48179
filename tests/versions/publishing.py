"""What the tests of publishing share: a working table, and ways to change it."""

from typing import Any

import pyarrow as pa

from audioset.settings import DEFAULT_DEAD_SHARE
from audioset.storage.store import Store, open_store
from audioset.storage.tables import list_manifests, read_manifest
from audioset.versions.publish.publish import Publication, publish_table
from audioset.workspace import Workspace

SHARD_BYTES = 20_000  # some 6 clips of a quarter of a second


def working_table(ws: Workspace) -> pa.Table:
    """All working manifests as one table."""
    return pa.concat_tables(read_manifest(p) for p in list_manifests(ws.manifests_dir))


def with_value(table: pa.Table, row: int, column: str, value: Any) -> pa.Table:
    """Change one cell."""
    index = table.schema.get_field_index(column)
    values = table[column].to_pylist()
    values[row] = value
    return table.set_column(
        index, table.schema.field(index), pa.array(values, table.schema.field(index).type)
    )


def publish(
    ws: Workspace,
    table: pa.Table | None = None,
    store: Store | None = None,
    *,
    dead_share: float = DEFAULT_DEAD_SHARE,
    compact: bool = False,
    shard_bytes: int = SHARD_BYTES,
) -> Publication:
    """Publish with shards small enough that a test has several."""
    return publish_table(
        working_table(ws) if table is None else table,
        clips_dir=ws.clips_dir,
        store=store or open_store(ws.settings.store),
        dataset=ws.name,
        shard_bytes=shard_bytes,
        dead_share=dead_share,
        compact=compact,
    )


def stored_objects(store: Store) -> dict[str, bytes]:
    """All objects of a store by key."""
    return {key: store.get(key) for key in store.list_keys("")}
