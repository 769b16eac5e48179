"""Questions to MLflow that links and lineage both ask. Everything is joined on the digest."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from audioset.records.lineage import DIGEST_LENGTH, LinkedModel
from audioset.tracking.client.active_runs import PARENT_TAG
from audioset.tracking.client.client import PAGE, all_pages, chunks
from audioset.tracking.client.dataset_input import (
    CONTEXT_TAG,
    DATASET_TAG,
    DIGEST_TAG,
    FILTER_TAG,
    KIND_TAG,
    KIND_VERSION,
    VERSION_CONTEXT,
    VERSION_DIGEST_TAG,
    VERSION_TAG,
    experiment_name,
)
from audioset.tracking.light import ALSO_DELETED


@dataclass(frozen=True, slots=True, order=True)
class PinnedInput:
    """One version that a run pinned, and what for: training, validation or test.

    Attributes:
        digest: of the version, also when the run used a view of it.
        filter: condition of the view; empty for the whole version.
    """

    dataset: str
    version: int
    digest: str
    context: str
    filter: str = ""


def pinned_inputs(run: Any) -> list[PinnedInput]:
    """Give the versions that a run pinned; inputs that audioset did not log are left out."""
    found = []
    for dataset_input in run.inputs.dataset_inputs if run.inputs else ():
        tags = {tag.key: tag.value for tag in dataset_input.tags}
        is_shown_only = KIND_TAG in tags  # of a search, whose trials pin
        if {DATASET_TAG, VERSION_TAG, DIGEST_TAG} <= set(tags) and not is_shown_only:
            found.append(
                PinnedInput(
                    tags[DATASET_TAG],
                    int(tags[VERSION_TAG]),
                    tags.get(VERSION_DIGEST_TAG, tags[DIGEST_TAG]),
                    tags.get(CONTEXT_TAG, ""),
                    tags.get(FILTER_TAG, ""),
                )
            )
    return [pinned for pinned in found if pinned.context != VERSION_CONTEXT]


def experiment_names(client: Any) -> dict[str, str]:
    """Give the names of all experiments by their ids, deleted ones too."""
    found = all_pages(
        lambda token: client.search_experiments(
            view_type=ALSO_DELETED, max_results=PAGE, page_token=token
        )
    )
    return {experiment.experiment_id: experiment.name for experiment in found}


def search_runs(client: Any, experiment_ids: Iterable[str], query: str) -> list[Any]:
    """Search runs in any number of experiments, deleted runs too."""
    found: list[Any] = []
    for part in chunks(sorted(experiment_ids)):
        found += all_pages(
            lambda token, part=part: client.search_runs(  # type: ignore[misc]
                list(part), query, run_view_type=ALSO_DELETED, max_results=PAGE, page_token=token
            )
        )
    return found


def runs_with_digest(client: Any, experiment_ids: Iterable[str], digest: str) -> list[Any]:
    """Find the runs that pinned a version or a view of it, by its digest, oldest first."""
    # MLflow has no "or", and finds no input by a tag of its own: views are found by their run's.
    queries = (
        f"dataset.digest = '{digest[:DIGEST_LENGTH]}'",
        f"tags.`{VERSION_DIGEST_TAG}` LIKE '%{digest}%'",
    )
    ids = list(experiment_ids)
    runs = {run.info.run_id: run for query in queries for run in search_runs(client, ids, query)}
    pinned = [r for r in runs.values() if any(p.digest == digest for p in pinned_inputs(r))]
    return sorted(pinned, key=lambda run: (run.info.start_time, run.info.run_id))


def find_version_run(client: Any, dataset: str, version: int, digest: str) -> Any | None:
    """Find the run of a version: a finished one before others, the oldest of them."""
    ranked = version_runs(client, dataset, version, digest)
    return ranked[0] if ranked else None


def version_runs(client: Any, dataset: str, version: int, digest: str) -> list[Any]:
    """Find all runs of a version, in the order in which they are to be believed."""
    experiment = client.get_experiment_by_name(experiment_name(dataset))
    if experiment is None:
        return []
    query = (
        f"tags.`{KIND_TAG}` = '{KIND_VERSION}' and tags.`{VERSION_TAG}` = '{version}' "
        f"and tags.`{DIGEST_TAG}` = '{digest}'"
    )
    runs = client.search_runs([experiment.experiment_id], query)
    return sorted(
        runs,
        key=lambda run: (run.info.status != "FINISHED", run.info.start_time, run.info.run_id),
    )


def child_runs(client: Any, run: Any) -> list[Any]:
    """Find the runs nested in a run, at any depth."""
    found: list[Any] = []
    waiting = [run]
    while waiting:
        parent = waiting.pop()
        query = f"tags.`{PARENT_TAG}` = '{parent.info.run_id}'"
        nested = search_runs(client, [parent.info.experiment_id], query)
        found += nested
        waiting += nested
    return found


def parent_run(client: Any, run: Any) -> Any | None:
    """Give the run that a run is nested in."""
    parent_id = run.data.tags.get(PARENT_TAG)
    return client.get_run(parent_id) if parent_id else None


def of_model(name: str) -> str:
    """Give the condition of a search for the versions of a registered model.

    MLflow reads names in either kind of quotes, and knows no other way to write one inside.
    """
    quote = '"' if "'" in name else "'"
    return f"name = {quote}{name}{quote}"


def model_versions_of(client: Any, run_ids: Iterable[str]) -> list[Any]:
    """Find the registered model versions that came out of runs."""
    found: list[Any] = []
    for part in chunks(sorted(set(run_ids))):
        ids = ", ".join(f"'{run_id}'" for run_id in part)
        found += all_pages(
            lambda token, ids=ids: client.search_model_versions(  # type: ignore[misc]
                f"run_id IN ({ids})", max_results=PAGE, page_token=token
            )
        )
    return found


def linked_models(client: Any, model_versions: Iterable[Any]) -> list[LinkedModel]:
    """Give model versions with the aliases they have now, by name and version."""
    versions = list(model_versions)
    # A search gives no aliases: they are asked for once per model.
    aliases: dict[str, Mapping[str, str]] = {
        name: client.get_registered_model(name).aliases for name in {v.name for v in versions}
    }
    models = [
        LinkedModel(
            name=found.name,
            version=int(found.version),
            run_id=found.run_id,
            aliases=tuple(
                sorted(
                    alias
                    for alias, version in aliases[found.name].items()
                    if int(version) == int(found.version)
                )
            ),
        )
        for found in versions
    ]
    return sorted(models, key=lambda model: (model.name, model.version))
