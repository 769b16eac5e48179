"""What a person names: a registered model version or a run, found in MLflow."""

import re
from typing import Any

from audioset.errors import InvalidInputError, NotFoundError
from audioset.tracking.client.client import is_missing, mlflow_errors, shown_uri
from audioset.tracking.client.queries import PinnedInput, parent_run, pinned_inputs
from audioset.tracking.client.tracking import Tracking

_MODEL_URI = re.compile(r"models:/(?P<name>[^/@]+)(?:@(?P<alias>[\w-]+)|/(?P<version>[0-9]+))")


RUN_ID = re.compile(r"[0-9a-f]{32}")


_FORMS = "name@v3, models:/name@alias, models:/name/3 or an MLflow run id (32 hex digits)"


def model_version_of(client: Any, model: str, tracking: Tracking) -> Any:
    """Find the MLflow model version that `models:/name@alias` or `models:/name/3` names.

    Raises:
        InvalidInputError: another form.
        NotFoundError: no such model version.
    """
    match = _MODEL_URI.fullmatch(model)
    if match is None:
        raise InvalidInputError(
            f"{model!r} does not name a model; write models:/name@alias or models:/name/3"
        )
    return _get_model_version(client, match, tracking)


def run_of(client: Any, subject: str, tracking: Tracking) -> Any:
    """Find the MLflow run that made a model, or a run by its id.

    Raises:
        InvalidInputError: the subject is neither a model nor a run.
        NotFoundError: no such model or run, or the model was registered without a run.
    """
    if RUN_ID.fullmatch(subject):
        return _get_run(client, subject, tracking)
    model = model_version_of(client, subject, tracking)
    if not model.run_id:
        raise NotFoundError(f"{subject} was registered from files alone: MLflow knows no run of it")
    return _get_run(client, model.run_id, tracking)


def pinned_by(client: Any, run: Any) -> list[PinnedInput]:
    """Give what a run pinned; a nested run without pins of its own has those of the run around."""
    around: Any | None = run
    while around is not None:
        if pinned := pinned_inputs(around):
            return pinned
        around = parent_run(client, around)
    return []


def _get_run(client: Any, run_id: str, tracking: Tracking) -> Any:
    try:
        return client.get_run(run_id)
    except mlflow_errors() as error:
        if not is_missing(error):
            raise
        raise NotFoundError(
            f"MLflow at {shown_uri(tracking.uri)} has no run {run_id}; give {_FORMS}"
        ) from error


def _get_model_version(client: Any, match: "re.Match[str]", tracking: Tracking) -> Any:
    try:
        if match["alias"]:
            return client.get_model_version_by_alias(match["name"], match["alias"])
        return client.get_model_version(match["name"], match["version"])
    except mlflow_errors() as error:
        if not is_missing(error):
            raise
        raise NotFoundError(
            f"MLflow at {shown_uri(tracking.uri)} has no {match[0]}; {_known_models(client)}"
        ) from error


def _known_models(client: Any) -> str:
    names = sorted(model.name for model in client.search_registered_models(max_results=10))
    return f"models are: {', '.join(names)}" if names else "no model is registered there"
