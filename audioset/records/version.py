"""VersionRecord: the small immutable record whose appearance in the store is the publication."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from audioset.records.identity import VersionRef
from audioset.records.seal import decode_sealed, encode_sealed
from audioset.records.strict import build, read_list

# 2: shards may hold clips that the version does not name. Releases that know only 1 would leave
# those of withdrawn recordings in the store.
VERSION_FORMAT = 2
FIRST_VERSION = "first_version"  # column beside those of a manifest: the first that holds a clip
DEFAULT_SHARD_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentObject:
    """One object named by its hash: a shard or a part of the manifest.

    Attributes:
        sha256: of the bytes, hex; also its name in the store.
        size_bytes: its length.
        num_clips: how many clips it holds, whether a version names them or not.
    """

    sha256: str
    size_bytes: int
    num_clips: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRecord:
    """All that is needed to list, read and verify one published version.

    Attributes:
        dataset: name of the dataset.
        version: its number, from 1.
        digest: sha256 over the clips' rows, hex; equal digests mean equal data, wherever and
            whenever it was published.
        num_clips, length_seconds, num_speakers: totals over all clips.
        size_bytes: of all shards.
        manifests: parts of the manifest, in order.
        shards: the shards, in the order of the first clip of each.
        parent: number of the version this one followed; None for the first.
        message: what the publisher said of it.
        created_at: UTC, ISO 8601.
        created_by: user name of the publisher.
        nonce: random hex; tells the publisher whose answer was lost that the record is its own.
        format_version: of the store's format; 1 when its shards hold its clips and no others.
        num_withdrawals: withdrawals of the dataset when it was published; a store with fewer has
            lost one.
        shard_bytes: mean audio bytes of a shard that the publisher chose; the next version keeps
            to it.
        num_withdrawn: clips that were withdrawn from it since; totals, manifests and shards are
            then those of what is left. Not stored here: a withdrawal says it.
    """

    dataset: str
    version: int
    digest: str
    num_clips: int
    length_seconds: float
    num_speakers: int
    size_bytes: int
    manifests: tuple[ContentObject, ...]
    shards: tuple[ContentObject, ...]
    parent: int | None
    message: str
    created_at: str
    created_by: str
    nonce: str
    format_version: int = 1
    num_withdrawals: int = 0
    shard_bytes: int = DEFAULT_SHARD_BYTES
    num_withdrawn: int = 0

    @property
    def ref(self) -> VersionRef:
        """Its name, `dataset@v3`."""
        return VersionRef(self.dataset, self.version)

    @property
    def num_dead_clips(self) -> int:
        """How many clips its shards hold that it does not name."""
        return count_dead_clips(self.shards, self.num_clips)

    def to_json(self) -> str:
        """Encode for the store, sealed."""
        values = asdict(self)
        del values["num_withdrawn"]
        if self.shard_bytes == DEFAULT_SHARD_BYTES:  # as before anybody could choose
            del values["shard_bytes"]
        return encode_sealed(values)

    @classmethod
    def from_json(cls, text: str | bytes, *, name: str) -> "VersionRecord":
        """Decode what `to_json` wrote; `name` is used in messages.

        Raises:
            InvalidInputError: not a version record, or of a format newer than this release.
            IntegrityError: its bytes do not match the hash in it.
        """
        return decode_sealed(
            text, cls._build, what="a version record", known_format=VERSION_FORMAT, name=name
        )

    @classmethod
    def _build(cls, values: Mapping[str, Any]) -> "VersionRecord":
        if "num_withdrawn" in values:
            raise ValueError("only a withdrawal tells 'num_withdrawn'")
        return build(cls, values, **read_objects(values))


def count_dead_clips(shards: Iterable[ContentObject], num_clips: int) -> int:
    """Count what shards hold beside the clips that a version names."""
    return sum(shard.num_clips for shard in shards) - num_clips


def read_objects(values: Mapping[str, Any]) -> dict[str, tuple[ContentObject, ...]]:
    """Read the manifests and shards of a version.

    Raises:
        ValueError: one is no object of the store.
    """
    return {
        name: tuple(build(ContentObject, value) for value in read_list(values, name))
        for name in ("manifests", "shards")
    }
