"""Facts without a column of their own, on their way into formats that know no such thing."""

import json
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audioset.records.export_contracts import ExportRows
from audioset.records.fact_columns import column_of_fact
from audioset.records.manifest import column_names
from audioset.storage.arrays import as_numbers

# Columns of no use outside of our store, and the facts, which get columns of their own.
APART = {"shard_sha256", "offset_bytes", "size_bytes", "audio_sha256", "extra"}
# More facts than these are no columns of a table any more.
_MOST_COLUMNS = 64


def filled_columns(rows: ExportRows) -> list[str]:
    """Name our columns in which any clip has a value, without those that are set apart."""
    return [
        name
        for name in column_names()
        if name not in APART and rows[name].null_count < rows.num_rows
    ]


def num_filled_maps(maps: pa.ChunkedArray) -> int:
    """Count the clips that have such a fact."""
    return sum(int(np.count_nonzero(np.diff(as_numbers(each.offsets)))) for each in maps.chunks)


def fact_names(rows: ExportRows) -> dict[str, str]:
    """Name a column for each of these facts, by the fact; none when there are too many."""
    found = (pc.unique(each.keys).to_pylist() for each in rows["extra"].chunks)
    keys = sorted(set().union(*found))
    return {key: column_of_fact(key) for key in keys} if len(keys) <= _MOST_COLUMNS else {}


def fact_column(rows: ExportRows, key: str) -> pa.Array:
    """Give what the rows say of one of these facts."""
    return pc.map_lookup(rows["extra"].combine_chunks(), pa.scalar(key), "first")


def others_as_text(extra: Mapping[str, str]) -> str | None:
    """Write these facts as JSON, for a column of text; None for none."""
    return json.dumps(extra, ensure_ascii=False, sort_keys=True) if extra else None
