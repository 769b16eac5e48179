"""What of a working manifest survives when a person opens it in pandas and saves it.

pandas drops the metadata of a file, but hands on what it calls attributes of a table. Under that
key lies all that a manifest says of its source, what stood in the columns that people change, and a
hash of what was measured of each clip: what was changed can then be told, and the manifest made
whole.
"""

import base64
import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from audioset.records.manifest import column_names

if TYPE_CHECKING:
    import pyarrow as pa

PANDAS_KEY = b"PANDAS_ATTRS"
# The columns that people change, with what hangs on them; what else is measured is not kept twice.
KEPT_COLUMNS = tuple(
    name
    for group in ("text", "speaker", "rights", "curation")
    for name in column_names(group=group)
)
_MEASURED = tuple(name for name in column_names() if name not in KEPT_COLUMNS)
_NAME = "audioset"
MOST_KEPT_ROWS = 20_000  # of more clips nobody opens the manifest to change texts
_MOST_UNPACKED_BYTES = 2**28


@dataclass(frozen=True, slots=True)
class KeptManifest:
    """What a manifest said before a person saved it.

    Attributes:
        metadata: of the file.
        rows: by clip id, the values of `KEPT_COLUMNS`.
        measured: by clip id, the hash of all other values.
    """

    metadata: Mapping[bytes, bytes]
    rows: Mapping[str, Mapping[str, Any]]
    measured: Mapping[str, str]


def are_few_to_keep(num_rows: int) -> bool:
    """Tell whether so many rows are kept: of a manifest, or of all that a checkout writes."""
    return num_rows <= MOST_KEPT_ROWS


def keep_for_pandas(metadata: Mapping[bytes, bytes], table: "pa.Table") -> dict[bytes, bytes]:
    """Give the metadata of a manifest together with what shall survive.

    Args:
        metadata: of the file.
        table: all columns, in order of clip ids.
    """
    own = {key: text for key, text in metadata.items() if key != PANDAS_KEY}
    if not are_few_to_keep(table.num_rows):
        return own
    columns = [table[name].to_pylist() for name in ("clip_id", *KEPT_COLUMNS)]
    said = {
        "measured": hashes_of_measured(table),
        "metadata": {key.decode(): text.decode() for key, text in own.items()},
        "rows": [list(row) for row in zip(*columns, strict=True)],
    }
    packed = zlib.compress(json.dumps([*KEPT_COLUMNS, said], ensure_ascii=False).encode(), 6)
    text = json.dumps({_NAME: base64.b64encode(packed).decode()})
    return {**own, PANDAS_KEY: text.encode()}


def read_kept(metadata: Mapping[bytes, bytes] | None) -> KeptManifest | None:
    """Give what survived in the metadata of a file; None where nothing did."""
    try:
        packed = base64.b64decode(json.loads((metadata or {})[PANDAS_KEY])[_NAME])
        *names, said = json.loads(zlib.decompressobj().decompress(packed, _MOST_UNPACKED_BYTES))
        kept = {key.encode(): text.encode() for key, text in said["metadata"].items()}
        return KeptManifest(kept, dict(_rows(names, said["rows"])), said["measured"])
    except (KeyError, TypeError, ValueError, AttributeError, zlib.error):
        return None


def hashes_of_measured(table: "pa.Table") -> dict[str, str]:
    """Give the first digits of a hash over what was measured of each clip."""
    columns = [table[name].to_pylist() for name in _MEASURED]
    return {
        str(row[0]): hashlib.sha256(json.dumps(row).encode()).hexdigest()[:8]
        for row in zip(*columns, strict=True)
    }


def _rows(names: list[str], rows: list[list[Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for clip_id, *values in rows:
        said = dict(zip(names, values, strict=True))
        pairs = said.get("extra") or ()  # a map, which JSON writes as lists
        yield str(clip_id), {**said, "extra": [(str(key), str(value)) for key, value in pairs]}
