"""Tracking: which MLflow, and where a backend without a folder of its own keeps artifacts."""

from dataclasses import dataclass
from pathlib import Path

from audioset.hiding import hide


@dataclass(frozen=True, slots=True)
class Tracking:
    """MLflow on one backend; nothing is contacted yet.

    Attributes:
        uri: MLflow tracking URI.
        folder: for artifacts, where the backend is neither a server nor a file.
    """

    uri: str
    folder: Path

    def __repr__(self) -> str:
        """Show where MLflow is, without passwords."""
        return f"Tracking({hide(self.uri, self.uri)!r})"
