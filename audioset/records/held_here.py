"""HeldHere: what a workspace knows of the clips of its dataset."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from audioset.records.removed import Removed

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldHere:
    """What a workspace knows of the clips of its dataset.

    Attributes:
        clip_ids: of all its rows, those that were rejected or are kept aside too; ascending.
        source_ids: of sources that were cut or imported here: what these lack was taken out here.
        removed: what a person removed.
    """

    clip_ids: "pa.StringArray"
    source_ids: Collection[str]
    removed: Removed
