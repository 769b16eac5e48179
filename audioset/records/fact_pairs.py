"""Facts without a column of their own, as a file holds them: a list of pairs.

In memory they are maps, which conditions look into by name. Not every library that opens Parquet
has a type for maps; lists of pairs all of them know.
"""

from functools import cache
from typing import TYPE_CHECKING

from audioset.errors import InvalidInputError

if TYPE_CHECKING:
    import pyarrow as pa


@cache
def pairs_type() -> "pa.DataType":
    """Make the type of a column of pairs, `list<struct<key: string, value: string>>`."""
    import pyarrow as pa

    return pa.list_(pa.struct([("key", pa.string()), ("value", pa.string())]))


def are_pairs(kind: "pa.DataType") -> bool:
    """Tell whether a column holds pairs; their texts may be of any type, or in a dictionary."""
    import pyarrow as pa

    if not pa.types.is_list(kind) or not pa.types.is_struct(kind.value_type):
        return False
    return [field.name for field in kind.value_type] == ["key", "value"]


def maps_from_pairs(pairs: "pa.Array", name: str) -> "pa.MapArray":
    """Give pairs as maps; no text is copied.

    Args:
        pairs: for which `are_pairs` holds.
        name: of what holds them, for messages.

    Raises:
        InvalidInputError: a pair has no key.
    """
    import pyarrow as pa

    keys, values = pairs.values.flatten()
    if keys.null_count:
        raise InvalidInputError(f"{name}: a fact has no name; it is damaged")
    kind = pa.map_(keys.type, values.type)
    entries = pa.StructArray.from_arrays([keys, values], fields=[kind.key_field, kind.item_field])
    validity, offsets = pairs.buffers()[:2]
    made: pa.MapArray = pa.MapArray.from_buffers(
        kind, len(pairs), [validity, offsets], offset=pairs.offset, children=[entries]
    )
    return made
