"""What MLflow keeps, as far as questions need it, with the names that its own client gives it."""

from dataclasses import dataclass, field
from typing import Any

# Which runs and experiments a search brings; MLflow's own numbers (`mlflow.entities.ViewType`).
ONLY_ACTIVE = 1
ALSO_DELETED = 3


class CannotAnswerError(Exception):
    """The question has to go to MLflow's own client, for a reason that only matters here."""


class MissingError(Exception):
    """MLflow has no such thing; `error_code` is its own word for that."""

    error_code = "RESOURCE_DOES_NOT_EXIST"


class FoundPage(list[Any]):
    """All that was found, or a part of it and the `token` of the next one."""

    def __init__(self, found: Any = (), token: str | None = None) -> None:
        super().__init__(found)
        self.token = token


@dataclass(frozen=True, slots=True)
class FoundExperiment:
    """An experiment."""

    experiment_id: str
    name: str
    lifecycle_stage: str


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What a run is; times in ms since 1970."""

    run_id: str
    run_name: str
    experiment_id: str
    status: str
    start_time: int
    lifecycle_stage: str
    artifact_uri: str


@dataclass(frozen=True, slots=True)
class RunData:
    """The tags of a run."""

    tags: dict[str, str]


@dataclass(frozen=True, slots=True)
class TagOfInput:
    """A tag of an input."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class InputData:
    """The dataset of an input."""

    name: str
    digest: str


@dataclass(frozen=True, slots=True)
class RunInput:
    """A dataset that a run read, and what the link between them says."""

    dataset: InputData
    tags: list[TagOfInput]


@dataclass(frozen=True, slots=True)
class RunInputs:
    """All datasets that a run read."""

    dataset_inputs: list[RunInput] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FoundRun:
    """A run with its tags and inputs; its metrics and parameters are not asked for."""

    info: RunInfo
    data: RunData
    inputs: RunInputs


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A registered model with its aliases: alias -> version."""

    name: str
    aliases: dict[str, str]


@dataclass(frozen=True, slots=True)
class FoundModelVersion:
    """A version of a registered model; `run_id` is empty when it was registered without a run."""

    name: str
    version: str
    run_id: str | None


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file among the artifacts of a run, by its path from their root."""

    path: str
    is_dir: bool
    file_size: int | None
