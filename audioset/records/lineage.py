"""Lineage: versions, runs and registered models that are linked, seen from one of them."""

from dataclasses import dataclass

from audioset.records.identity import VersionRef
from audioset.records.pin import Pin

DIGEST_LENGTH = 32  # of a digest in MLflow, whose column holds 36 characters; a tag has all of it


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
        digests: first `DIGEST_LENGTH` hex of each pinned version's digest, sorted.
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
class WrittenTexts:
    """Texts of a version that a model wrote and nobody has confirmed.

    Attributes:
        model, model_version: name and version of the model, as the manifest gives them.
        version, digest: the version whose texts they are.
        num_clips: clips with such a text.
    """

    model: str
    model_version: str
    version: VersionRef
    digest: str
    num_clips: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """Everything linked to `subject` (a version, a run id or a model URI), both ways.

    Attributes:
        subject: what was asked for.
        versions, runs, models: linked directly, by pins and registrations.
        texts: texts that models wrote: of these versions, by these models, and beyond.
        beyond: what is reached through such texts: the direct lineage of each model that wrote some
            of a version above, and of each version of which a model below wrote some.
    """

    subject: str
    versions: tuple[LinkedVersion, ...]
    runs: tuple[LinkedRun, ...]
    models: tuple[LinkedModel, ...]
    texts: tuple[WrittenTexts, ...] = ()
    beyond: "tuple[Lineage, ...]" = ()
