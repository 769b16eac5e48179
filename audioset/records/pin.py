"""Pin: the exact version, digest included, that a training run uses. Also a small file for git."""

import json
from dataclasses import asdict, dataclass

from audioset.errors import InvalidInputError
from audioset.records.identity import VersionRef
from audioset.records.strict import build, read_object


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One version, or a view of one, by name and digest.

    Attributes:
        dataset: name of the dataset.
        version: number of the version.
        digest: full sha256 of the rows, hex: of the version, or of the view.
        store: where the version was found when it was pinned; a hint, not part of its identity.
        filter: condition of the view; None for a whole version.
        version_digest: digest of the version that a view is of; None for a whole version.
    """

    dataset: str
    version: int
    digest: str
    store: str
    filter: str | None = None
    version_digest: str | None = None

    @property
    def ref(self) -> VersionRef:
        """Name of the version, `dataset@v3`."""
        return VersionRef(self.dataset, self.version)

    @property
    def name(self) -> str:
        """Name of the version or view, `dataset@v3?snr_db > 20`."""
        return str(self.ref) if self.filter is None else f"{self.ref}?{self.filter}"

    def to_json(self) -> str:
        """Encode as a pin file, indented, keys sorted; what is None is left out."""
        values = {key: value for key, value in asdict(self).items() if value is not None}
        return json.dumps(values, indent=2, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str, *, name: str) -> "Pin":
        """Decode a pin file; `name` is used in messages.

        Raises:
            InvalidInputError: the text is not a pin file.
        """
        try:
            return build(cls, read_object(text))
        except ValueError as error:
            raise InvalidInputError(f"{name} is not a pin file: {error}") from error
