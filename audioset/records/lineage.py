"""Lineage: versions, runs and registered models that are linked, seen from one of them."""

from dataclasses import dataclass

from audioset.records.pin import Pin


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedVersion:
    """A published version in a lineage.

    Attributes:
        pin: its name and digest.
        num_clips, length_seconds: totals; None when the store that holds it is out of reach.
        run_id: the MLflow run that records the publication; None when it was never logged.
    """

    pin: Pin
    num_clips: int | None = None
    length_seconds: float | None = None
    run_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedRun:
    """A training run and the digests of the versions it pinned.

    Attributes:
        run_id, name, experiment, status: as MLflow gives them.
        digests: first 32 hex of each pinned version's digest, sorted.
    """

    run_id: str
    name: str
    experiment: str
    status: str
    digests: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedModel:
    """A registered model version, the run that made it, and the aliases it has now."""

    name: str
    version: int
    run_id: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """Everything linked to `subject` (a version, a run id or a model URI), both ways."""

    subject: str
    versions: tuple[LinkedVersion, ...]
    runs: tuple[LinkedRun, ...]
    models: tuple[LinkedModel, ...]
