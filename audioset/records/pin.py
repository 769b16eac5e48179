"""Pin: the exact version, digest included, that a training run uses. Also a small file for git."""

import json
from dataclasses import asdict, dataclass

from audioset.errors import InvalidInputError
from audioset.records.identity import VersionRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One version by name and digest.

    Attributes:
        dataset: name of the dataset.
        version: number of the version.
        digest: full sha256 of the version's rows, hex.
        store: where the version was found when it was pinned; a hint, not part of its identity.
    """

    dataset: str
    version: int
    digest: str
    store: str

    @property
    def ref(self) -> VersionRef:
        """Its name, `dataset@v3`."""
        return VersionRef(self.dataset, self.version)

    def to_json(self) -> str:
        """Encode as a pin file, indented, keys sorted."""
        return json.dumps(asdict(self), indent=2, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str, *, name: str) -> "Pin":
        """Decode a pin file; `name` is used in messages.

        Raises:
            InvalidInputError: the text is not a pin file.
        """
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError) as error:
            raise InvalidInputError(f"{name} is not a pin file: {error}") from error
