"""Tracking: which MLflow, and where it keeps artifacts when no server decides that."""

from dataclasses import dataclass
from pathlib import Path

from audioset.hiding import hide
from audioset.tracking.moves import ARTIFACTS_FOLDER, sqlite_path


@dataclass(frozen=True, slots=True)
class Tracking:
    """MLflow on one backend; nothing is contacted yet.

    Attributes:
        uri: MLflow tracking URI.
        folder: of the workspace; for artifacts, where the backend is neither a server nor a file.
        logs_reports: whether the run of a version gets its report, which plays some clips.
    """

    uri: str
    folder: Path
    logs_reports: bool = False

    def __repr__(self) -> str:
        """Show where MLflow is, without passwords."""
        return f"Tracking({hide(self.uri, self.uri)!r})"


def artifact_root(tracking: Tracking) -> str | None:
    """Give the `file://` root of artifacts; None when a server decides where they go."""
    if is_server(tracking.uri):
        return None
    database = sqlite_path(tracking.uri)
    folder = database.parent if database is not None else tracking.folder
    return (folder / ARTIFACTS_FOLDER).as_uri()


def is_server(uri: str) -> bool:
    """Tell whether MLflow is reached through a server, not through its database."""
    return uri.startswith(("http://", "https://"))
