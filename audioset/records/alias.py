"""Alias: a name of a dataset that moves from version to version and remembers its way."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from audioset.records.identity import VersionRef
from audioset.records.seal import decode_sealed, encode_sealed
from audioset.records.strict import build, read_list

ALIAS_FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasMove:
    """One move of an alias: to which version, when (UTC, ISO 8601), by whom, and why."""

    version: int
    moved_at: str
    moved_by: str
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """An alias as it stands.

    Attributes:
        dataset: name of the dataset.
        alias: its own name.
        moves: all of its moves, oldest first; at least one.
        nonce: random hex, new with each move; tells a writer whose answer was lost that the move
            is its own.
    """

    dataset: str
    alias: str
    moves: tuple[AliasMove, ...]
    nonce: str
    format_version: int = ALIAS_FORMAT

    @property
    def version(self) -> int:
        """The version that it names now."""
        return self.moves[-1].version

    @property
    def ref(self) -> VersionRef:
        """The version that it names now, `dataset@v3`."""
        return VersionRef(self.dataset, self.version)

    def to_json(self) -> str:
        """Encode for the store, sealed."""
        return encode_sealed(asdict(self))

    @classmethod
    def from_json(cls, text: str | bytes, *, name: str) -> "Alias":
        """Decode what `to_json` wrote; `name` is used in messages.

        Raises:
            InvalidInputError: not an alias, or of a format newer than this release.
            IntegrityError: its bytes do not match the hash in it.
        """
        return decode_sealed(
            text, cls._build, what="an alias", known_format=ALIAS_FORMAT, name=name
        )

    @classmethod
    def _build(cls, values: Mapping[str, Any]) -> "Alias":
        moves = tuple(build(AliasMove, move) for move in read_list(values, "moves"))
        if not moves:
            raise ValueError("it has no moves")
        return build(cls, values, moves=moves)
