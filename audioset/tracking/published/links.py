"""Write the links between versions and models where people look: on the pages of MLflow.

Lineage does not need them, it follows the dataset inputs of runs. MLflow's own pages do: a model
version shows no dataset there, and a dataset no models. Everything may be written again.
"""

import re
from collections.abc import Iterable
from typing import Any

from audioset.records.lineage import LinkedModel
from audioset.tracking.client.dataset_input import (
    DATASET_TAG,
    DIGEST_TAG,
    FILTER_TAG,
    TRAINING_CONTEXT,
    VERSION_DIGEST_TAG,
)
from audioset.tracking.client.queries import (
    PinnedInput,
    child_runs,
    experiment_names,
    find_version_run,
    linked_models,
    model_versions_of,
    pinned_inputs,
    runs_with_digest,
)
from audioset.tracking.published.card import add_models, run_link
from audioset.tracking.published.version_pages import NOTE_TAG
from audioset.tracking.published.version_run import ignore_deleted_run

MODELS_TAG = "audioset.models"  # on the run of a version: name/version of the models
_MAX_TAGGED_MODELS = 100
_REFRESH_TRIES = 5
_OUR_LINE = re.compile(r"\n*^Trained on (?:\[[^]]*\]\(#/experiments/|\S+@v\d+)[^\n]*$", re.M)


def link_run(client: Any, run_id: str) -> list[LinkedModel]:
    """Link the models of a run, and of the runs nested in it, with the versions it pinned.

    Returns:
        The models.
    """
    models, trained_on = link_models_of(client, run_id)
    if models:
        experiments = list(experiment_names(client))
        for item in trained_on:
            refresh_version_run(client, item.dataset, item.version, item.digest, experiments)
    return models


def link_models_of(client: Any, run_id: str) -> tuple[list[LinkedModel], list[PinnedInput]]:
    """Write the links on the side of the models alone.

    Returns:
        The models of the run and of the runs nested in it, and the versions they were trained on.
    """
    run = client.get_run(run_id)
    family = [run, *child_runs(client, run)]
    trained_on = [item for item in pinned_inputs(run) if item.context == TRAINING_CONTEXT]
    for child in family[1:]:
        _inherit_inputs(client, child, run)
    model_versions = model_versions_of(client, [member.info.run_id for member in family])
    for model_version in model_versions:
        _link_model_version(client, model_version, trained_on)
    return linked_models(client, model_versions), trained_on


def _link_model_version(client: Any, model_version: Any, pinned: Iterable[PinnedInput]) -> None:
    """Tag and describe a model version with the versions it was trained on."""
    trained_on = sorted(set(pinned))
    if not trained_on:
        return
    tags = {
        DATASET_TAG: ", ".join(f"{item.dataset}@v{item.version}" for item in trained_on),
        DIGEST_TAG: ", ".join(item.digest for item in trained_on),
    }
    name, version = model_version.name, model_version.version
    for key, value in tags.items():
        if model_version.tags.get(key) != value:
            client.set_model_version_tag(name, version, key, value)
    line = f"Trained on {', '.join(_version_link(client, item) for item in trained_on)}"
    written = model_version.description or ""
    described = f"{_OUR_LINE.sub('', written)}\n\n{line}".strip()
    if described != written:
        client.update_model_version(name, version, described)


def refresh_version_run(
    client: Any, dataset: str, version: int, digest: str, experiment_ids: Iterable[str]
) -> None:
    """Bring the table of models on the page of a version up to date.

    Nothing happens when the version was never logged, or the table is right already. Who writes
    looks again, since another run that ended at the same moment may have registered more.
    """
    experiments = list(experiment_ids)
    for _ in range(_REFRESH_TRIES):
        with ignore_deleted_run():
            if not _refresh_once(client, dataset, version, digest, experiments):
                return


def _refresh_once(
    client: Any, dataset: str, version: int, digest: str, experiment_ids: Iterable[str]
) -> bool:
    """Write what is missing; tells whether anything was."""
    version_run = find_version_run(client, dataset, version, digest)
    if version_run is None:
        return False
    runs = [
        run
        for run in runs_with_digest(client, experiment_ids, digest)
        if any(p.digest == digest and p.context == TRAINING_CONTEXT for p in pinned_inputs(run))
    ]
    experiments = {run.info.run_id: run.info.experiment_id for run in runs}
    models = linked_models(client, model_versions_of(client, experiments))
    newest = sorted(models, key=lambda model: (model.name, -model.version))[:_MAX_TAGGED_MODELS]
    tags = {
        NOTE_TAG: add_models(version_run.data.tags.get(NOTE_TAG, ""), models, experiments),
        MODELS_TAG: ", ".join(f"{model.name}/{model.version}" for model in newest),
    }
    changed = {
        key: text for key, text in tags.items() if version_run.data.tags.get(key, "") != text
    }
    for key, value in changed.items():
        client.set_tag(version_run.info.run_id, key, value)
    return bool(changed)


def _inherit_inputs(client: Any, child: Any, parent: Any) -> None:
    """Give a nested run the versions of the run around it; searches do not look upwards."""
    pinned = set(pinned_inputs(parent))
    if pinned <= set(pinned_inputs(child)):
        return
    inputs = [
        found
        for found in parent.inputs.dataset_inputs
        if DIGEST_TAG in {tag.key for tag in found.tags}
    ]
    client.log_inputs(child.info.run_id, inputs)
    for key in (DATASET_TAG, DIGEST_TAG, FILTER_TAG, VERSION_DIGEST_TAG):
        if key in parent.data.tags:
            client.set_tag(child.info.run_id, key, parent.data.tags[key])


def _version_link(client: Any, item: PinnedInput) -> str:
    reference = f"{item.dataset}@v{item.version}"
    run = find_version_run(client, item.dataset, item.version, item.digest)
    if run is None:
        return reference
    return f"[{reference}]({run_link(run.info.experiment_id, run.info.run_id)})"
