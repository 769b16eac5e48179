"""Facts without a column of their own, on their way into formats that know no such thing."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audioset.records.manifest import column_names
from audioset.storage.arrays import as_numbers

# More facts than these are no columns of a table any more.
_MOST_COLUMNS = 64


def num_filled_maps(maps: pa.ChunkedArray) -> int:
    """Count the clips that have such a fact."""
    whole = maps.combine_chunks()
    return int(np.count_nonzero(np.diff(as_numbers(whole.offsets))))


def facts_as_columns(rows: pa.Table) -> dict[str, pa.Array]:
    """Give each of these facts as a column, by its name; nothing when there are too many.

    A name that one of our columns has is written `extra_NAME`.
    """
    maps = rows["extra"].combine_chunks()
    keys = sorted(pc.unique(maps.keys).to_pylist())
    if len(keys) > _MOST_COLUMNS:
        return {}
    taken = {*column_names(), "audio", "file_name"}
    return {
        f"extra_{key}" if key in taken else key: pc.map_lookup(maps, pa.scalar(key), "first")
        for key in keys
    }
