"""Withdrawal: the tombstone that `forget` leaves. It says what is gone, and holds nothing of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from audioset.records.seal import decode_sealed, encode_sealed
from audioset.records.version import StoredObject, read_objects

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RemainingVersion:
    """What is left of one version; the fields of its record with these names are replaced.

    Attributes:
        version: its number.
        num_withdrawn: clips that it lost, by this and all earlier withdrawals.
        num_clips, length_seconds, num_speakers, size_bytes, manifests, shards: as in a record.
    """

    version: int
    num_withdrawn: int
    num_clips: int
    length_seconds: float
    num_speakers: int
    size_bytes: int
    manifests: tuple[StoredObject, ...]
    shards: tuple[StoredObject, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """One withdrawal of recordings from all versions of a dataset.

    Attributes:
        dataset: name of the dataset.
        number: from 1, in the order in which they happened.
        recordings: `pcm_sha256` of every withdrawn recording, sorted. They cannot be turned back
            into sound, but tell a publisher which clips to leave out.
        versions: those that held any of them, and what is left.
        message: why, in the words of who did it.
        created_at: UTC, ISO 8601.
        created_by: user name.
        nonce: random hex, as in a version record.
    """

    dataset: str
    number: int
    recordings: tuple[str, ...]
    versions: tuple[RemainingVersion, ...]
    message: str
    created_at: str
    created_by: str
    nonce: str
    format_version: int = FORMAT_VERSION

    def to_json(self) -> str:
        """Encode for the store, sealed."""
        return encode_sealed(asdict(self))

    @classmethod
    def from_json(cls, text: str | bytes, *, name: str) -> "Withdrawal":
        """Decode what `to_json` wrote; `name` is used in messages.

        Raises:
            InvalidInputError: not a withdrawal, or of a format newer than this release.
            IntegrityError: its bytes do not match the hash in it.
        """
        return decode_sealed(
            text, cls._build, what="a withdrawal", known_format=FORMAT_VERSION, name=name
        )

    @classmethod
    def _build(cls, values: Mapping[str, Any]) -> "Withdrawal":
        versions = tuple(
            RemainingVersion(**{**version, "manifests": read_objects(version["manifests"]),
                                "shards": read_objects(version["shards"])})
            for version in values["versions"]
        )  # fmt: skip
        return cls(**{**values, "versions": versions, "recordings": tuple(values["recordings"])})
