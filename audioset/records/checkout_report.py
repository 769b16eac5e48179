"""CheckoutReport: what a checkout made."""

from dataclasses import dataclass
from pathlib import Path

from audioset.records.identity import VersionRef


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutReport:
    """What a checkout made.

    Attributes:
        ref: the version.
        directory: the workspace.
        filter: condition that the clips meet; None for all of the version.
        num_clips, length_seconds: of its rows.
        num_sources: that they were cut from.
        size_bytes: of their audio, all of it in the store.
        not_written: settings that the new `audioset.toml` does not name, since their addresses hold
            a secret.
    """

    ref: VersionRef
    directory: Path
    filter: str | None
    num_clips: int
    length_seconds: float
    num_sources: int
    size_bytes: int
    not_written: tuple[str, ...] = ()
