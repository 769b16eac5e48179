"""Shards that a cut puts straight into the store: what it gets back, and what its manifest notes.

Of such a source no clip lies in the workspace: its rows say where in the store their audio is, and
its manifest notes the shards, with what each holds, so that a publish names them as they are. Who
cuts is given a `ClipShards`, and knows neither the store nor its layout.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Protocol

from audioset.records.manifest import SHARDS_KEY
from audioset.records.version import ContentObject

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class PutClips:
    """Clips of one source that are in the store.

    Attributes:
        rows: of the clips, storage columns filled.
        shards: that hold them.
        num_withdrawn: clips that were left out, and are in no shard, because they hold speech that
            was withdrawn from the dataset.
    """

    rows: "pa.Table"
    shards: tuple[ContentObject, ...]
    num_withdrawn: int = 0


@dataclass(frozen=True, slots=True)
class NoVersionYet:
    """Stands for the version of a dataset that has none: clips of it lie in the store already.

    Attributes:
        dataset: its name.
    """

    dataset: str

    @property
    def ref(self) -> str:
        """What messages call it."""
        return f"{self.dataset}, of which no version is published yet,"


class ClipShards(Protocol):
    """Puts the clips of sources into the store; picklable, so that worker processes can have it."""

    def put(self, rows: "pa.Table", read: Callable[[str], bytes]) -> PutClips:
        """Put the clips of a source; of clips that are there already nothing is sent.

        Args:
            rows: of the clips, in any order.
            read: gives the FLAC bytes of a clip, by its id.

        Raises:
            ConflictError: clips of the dataset were withdrawn meanwhile.
            StorageError: the store or the disk refused.
        """

    def hold(self, rows: "pa.Table", shards: Sequence[ContentObject]) -> bool:
        """Tell whether the store has the audio of clips, in the shards of their rows or elsewhere.

        Args:
            rows: with `PLACE_COLUMNS`.
            shards: those that their manifest notes.

        Raises:
            StorageError: the store did not answer, or refused.
        """


def read_noted(metadata: Mapping[bytes, bytes]) -> tuple[ContentObject, ...] | None:
    """Read which shards a manifest notes; None where its source was not cut into the store.

    Raises:
        ValueError, TypeError: they are not noted as this release does.
    """
    if SHARDS_KEY not in metadata:
        return None
    return tuple(ContentObject(**shard) for shard in json.loads(metadata[SHARDS_KEY]))


def encode_noted(shards: Iterable[ContentObject]) -> bytes:
    """Encode shards as a manifest notes them; each once."""
    by_hash = {shard.sha256: asdict(shard) for shard in shards}
    return json.dumps([by_hash[sha256] for sha256 in sorted(by_hash)]).encode()


def join_noted(*said: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """Give the metadata for rows that stood in several manifests: the shards of all of them."""
    noted = [shards for each in said if (shards := read_noted(each)) is not None]
    return {SHARDS_KEY: encode_noted(s for shards in noted for s in shards)} if noted else {}
