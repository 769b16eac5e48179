"""What `audioset verify` finds: damaged and missing objects of a store."""

from dataclasses import dataclass
from typing import Literal

ObjectKind = Literal["record", "withdrawal", "alias", "manifest", "shard"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with one object of a store.

    Attributes:
        key: of the object, below the root of the store.
        kind: what the object is.
        what: what is wrong with it, one line.
        remedy: what to do about it.
        versions: numbers of the versions that it touches, ascending.
        clip_ids: clips that cannot be read because of it, as far as their rows could be read.
    """

    key: str
    kind: ObjectKind
    what: str
    remedy: str
    versions: tuple[int, ...] = ()
    clip_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyReport:
    """What `audioset verify` read and found.

    Attributes:
        dataset: name of the dataset.
        versions: numbers of the versions that were verified, ascending.
        num_objects: manifest parts and shards that were looked at, each once.
        size_bytes: of what was read of them.
        num_clips: clips that were looked at, once for each shard that holds them.
        num_dead_clips: clips that the last of these versions does not name, in the shards that it
            shares with earlier ones; they are no problem.
        decoded: every clip was decoded too, and its samples held against theirs.
        num_unneeded: objects that no version needs, as a broken-off publish leaves them; None when
            a record could not be read, so that nobody knows.
        problems: records, withdrawals and aliases first, then manifests and shards, by key.
    """

    dataset: str
    versions: tuple[int, ...]
    num_objects: int
    size_bytes: int
    num_clips: int
    num_dead_clips: int
    decoded: bool
    num_unneeded: int | None
    problems: tuple[Problem, ...]
