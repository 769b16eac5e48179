"""Questions to a client of MLflow, and the answers in a form by which two can be compared."""

from typing import Any

from audioset.tracking.light import ALSO_DELETED
from audioset.tracking.light.entities import ONLY_ACTIVE


def answers(client: Any) -> dict[str, object]:
    """Ask all that the light clients answer, about everything that is there."""
    experiments = client.search_experiments(view_type=ALSO_DELETED, max_results=1000)
    experiments = sorted(experiments, key=lambda experiment: experiment.experiment_id)
    ids = [experiment.experiment_id for experiment in experiments]
    found: dict[str, object] = {
        "experiments": [_experiment(one) for one in experiments],
        "by name": [_experiment(client.get_experiment_by_name(one.name)) for one in experiments],
        "nobody's": client.get_experiment_by_name("nobody's"),
    }
    runs = client.search_runs(ids, "", run_view_type=ALSO_DELETED, max_results=1000)
    digests = {one.dataset.digest for run in runs for one in run.inputs.dataset_inputs}
    conditions = [
        "tags.`audioset.kind` = 'dataset_version' and attributes.status = 'FINISHED'",
        "tags.`audioset.kind` LIKE 'D%_version'",
        "tags.`audioset.kind` LIKE '%version'",
        *(f"dataset.digest = '{digest}'" for digest in sorted(digests)[:2]),
    ]
    for condition in ("", *conditions):
        for view in (ONLY_ACTIVE, ALSO_DELETED):
            some = client.search_runs(ids, condition, run_view_type=view, max_results=1000)
            found[f"runs, {condition}, {view}"] = [_run(one) for one in some]
    found["one run"] = _run(client.get_run(runs[0].info.run_id))
    listed = ", ".join(f"'{run.info.run_id}'" for run in runs[:500])
    versions = client.search_model_versions(f"run_id IN ({listed})")
    names = sorted({one.name for one in versions})
    found["versions of runs"] = sorted(map(_version, versions))
    found["first models"] = [one.name for one in client.search_registered_models(max_results=3)]
    for name in names[:2]:
        aliases = client.get_registered_model(name).aliases
        found[f"aliases of {name}"] = {alias: str(number) for alias, number in aliases.items()}
        of_name = client.search_model_versions(f"name = '{name}'")
        found[f"versions of {name}"] = sorted(map(_version, of_name))
        found[f"a version of {name}"] = _version(client.get_model_version(name, "1"))
        for alias in aliases:
            found[f"{name}@{alias}"] = _version(client.get_model_version_by_alias(name, alias))
    return found


def _experiment(found: Any) -> tuple[str, ...]:
    return found.experiment_id, found.name, found.lifecycle_stage


def _version(found: Any) -> tuple[str, int, str]:
    return found.name, int(found.version), found.run_id or ""


def _run(found: Any) -> tuple[object, ...]:
    info = found.info
    inputs = sorted(
        (one.dataset.name, one.dataset.digest, sorted((tag.key, tag.value) for tag in one.tags))
        for one in found.inputs.dataset_inputs
    )
    return (
        info.run_id,
        info.run_name,
        info.experiment_id,
        info.status,
        info.start_time,
        info.lifecycle_stage,
        info.artifact_uri,
        found.data.tags,
        inputs,
    )
