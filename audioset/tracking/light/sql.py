"""MLflow's database asked what its client would be asked, with the same names and answers."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from audioset.tracking.light.databases import Database, FoundRows, names_of
from audioset.tracking.light.entities import (
    ONLY_ACTIVE,
    CannotAnswerError,
    FoundExperiment,
    FoundModel,
    FoundModelVersion,
    FoundPage,
    FoundRun,
    InputData,
    MissingError,
    RunData,
    RunInfo,
    RunInput,
    RunInputs,
    TagOfInput,
)
from audioset.tracking.light.filters import RunFilter, parse_model_filter, parse_run_filter

_RUNS_AT_ONCE = 500  # of which tags and inputs are brought
_RUN_NAME_TAG = "mlflow.runName"  # of runs that older releases of MLflow named
_LATEST = "latest"  # an alias that is counted, not kept
_EXPERIMENTS = "SELECT experiment_id, name, lifecycle_stage FROM experiments"
_RUNS = (
    "SELECT run_uuid, name, experiment_id, status, start_time, lifecycle_stage, artifact_uri "
    "FROM runs"
)
_WITH_TAG = "run_uuid IN (SELECT run_uuid FROM tags WHERE key = :key{0} AND value {1} :value{0})"
_WITH_DIGEST = (
    "run_uuid IN (SELECT inputs.destination_id FROM inputs "
    "JOIN datasets ON datasets.dataset_uuid = inputs.source_id "
    "WHERE inputs.source_type = 'DATASET' AND inputs.destination_type = 'RUN' "
    "AND datasets.digest = :digest{0})"
)
_TAGS = "SELECT run_uuid, key, value FROM tags WHERE run_uuid IN ({0})"
_INPUTS = (
    "SELECT inputs.destination_id, inputs.input_uuid, datasets.name, datasets.digest FROM inputs "
    "JOIN datasets ON datasets.dataset_uuid = inputs.source_id "
    "WHERE inputs.source_type = 'DATASET' AND inputs.destination_type = 'RUN' "
    "AND inputs.destination_id IN ({0})"
)
_INPUT_TAGS = (
    "SELECT input_tags.input_uuid, input_tags.name, input_tags.value FROM input_tags "
    "JOIN inputs ON inputs.input_uuid = input_tags.input_uuid "
    "WHERE inputs.destination_type = 'RUN' AND inputs.destination_id IN ({0})"
)
_MODEL_VERSIONS = (
    "SELECT name, version, run_id FROM model_versions WHERE current_stage <> 'Deleted_Internal'"
)
_MODELS = "SELECT name FROM registered_models"
_ALIASES = "SELECT alias, version FROM registered_model_aliases WHERE name = :name"


class SqlClient:
    """Reads what is there, and nothing else.

    Has of MLflow's client the questions that ours need, and of their answers what they need.
    """

    def __init__(self, uri: str, database: Database) -> None:
        self.tracking_uri = uri
        self._database = database

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def get_experiment_by_name(self, name: str) -> FoundExperiment | None:
        """Find an experiment, also a deleted one."""
        found = self._database.read(f"{_EXPERIMENTS} WHERE name = :name", {"name": name})
        return _experiment(found[0]) if found else None

    def search_experiments(self, view_type: int = ONLY_ACTIVE, **_pages: object) -> FoundPage:
        """Give all experiments."""
        found = self._database.read(f"{_EXPERIMENTS} WHERE {_stages(view_type)}", {})
        return FoundPage(map(_experiment, found))

    def search_runs(
        self,
        experiment_ids: Sequence[str],
        filter_string: str = "",
        run_view_type: int = ONLY_ACTIVE,
        **_pages: object,
    ) -> FoundPage:
        """Give all runs that meet a condition, the last that began first."""
        condition = parse_run_filter(filter_string)
        names, values = names_of((int(one) for one in experiment_ids), "experiment")
        wheres = [f"experiment_id IN ({names})", _stages(run_view_type)]
        for more, value in _conditions(condition):
            wheres.append(more)
            values |= value
        query = f"{_RUNS} WHERE {' AND '.join(wheres)} ORDER BY start_time DESC, run_uuid"
        found = self._complete(self._database.read(query, values)) if experiment_ids else ()
        return FoundPage(run for run in found if condition.is_met_by(run.data.tags))

    def get_run(self, run_id: str) -> FoundRun:
        """Give a run, also a deleted one.

        Raises:
            MissingError: there is none.
        """
        found = self._database.read(f"{_RUNS} WHERE run_uuid = :run", {"run": run_id})
        if not found:
            raise MissingError(run_id)
        return next(self._complete(found))

    def search_model_versions(self, filter_string: str, **_pages: object) -> FoundPage:
        """Give all versions of a registered model, or all that came out of some runs."""
        column, wanted = parse_model_filter(filter_string)
        names, values = names_of(wanted, "value")
        found = self._database.read(f"{_MODEL_VERSIONS} AND {column} IN ({names})", values)
        return FoundPage(map(_model_version, found))

    def get_model_version(self, name: str, version: str) -> FoundModelVersion:
        """Give a version of a registered model.

        Raises:
            MissingError: there is none.
        """
        found = self._database.read(
            f"{_MODEL_VERSIONS} AND name = :name AND version = :version",
            {"name": name, "version": int(version)},
        )
        if not found:
            raise MissingError(f"{name}/{version}")
        return _model_version(found[0])

    def get_model_version_by_alias(self, name: str, alias: str) -> FoundModelVersion:
        """Give the version of a registered model that an alias names.

        Raises:
            MissingError: there is none.
        """
        if alias.lower() == _LATEST:
            raise CannotAnswerError(alias)
        aliases = self._aliases(name)
        if alias not in aliases:
            raise MissingError(f"{name}@{alias}")
        return self.get_model_version(name, aliases[alias])

    def get_registered_model(self, name: str) -> FoundModel:
        """Give a registered model.

        Raises:
            MissingError: there is none.
        """
        if not self._database.read(f"{_MODELS} WHERE name = :name", {"name": name}):
            raise MissingError(name)
        return FoundModel(name, self._aliases(name))

    def search_registered_models(self, max_results: int) -> FoundPage:
        """Give the first registered models by name."""
        found = self._database.read(f"{_MODELS} ORDER BY name", {})
        return FoundPage(FoundModel(name, self._aliases(name)) for (name,) in found[:max_results])

    def _aliases(self, name: str) -> dict[str, str]:
        found = self._database.read(_ALIASES, {"name": name})
        return {alias: str(version) for alias, version in found}

    def _complete(self, rows: FoundRows) -> Iterator[FoundRun]:
        """Give runs with their tags and inputs."""
        for start in range(0, len(rows), _RUNS_AT_ONCE):
            part = rows[start : start + _RUNS_AT_ONCE]
            names, values = names_of((row[0] for row in part), "run")
            tags = {
                run_id: {key: value for _, key, value in found}
                for run_id, found in _grouped(self._database.read(_TAGS.format(names), values))
            }
            noted = {
                input_id: [TagOfInput(key, value) for _, key, value in found]
                for input_id, found in _grouped(
                    self._database.read(_INPUT_TAGS.format(names), values)
                )
            }
            inputs = {
                run_id: [
                    RunInput(InputData(name, digest), noted.get(input_id, []))
                    for _, input_id, name, digest in found
                ]
                for run_id, found in _grouped(self._database.read(_INPUTS.format(names), values))
            }
            for row in part:
                yield _run(row, tags.get(row[0], {}), inputs.get(row[0], []))


def _conditions(condition: RunFilter) -> Iterator[tuple[str, dict[str, object]]]:
    tags = [("=", *tag) for tag in condition.equal] + [("LIKE", *tag) for tag in condition.like]
    for number, (how, key, value) in enumerate(tags):
        yield _WITH_TAG.format(number, how), {f"key{number}": key, f"value{number}": value}
    for number, digest in enumerate(condition.digests):
        yield _WITH_DIGEST.format(number), {f"digest{number}": digest}
    for number, status in enumerate(condition.statuses):
        yield f"status = :status{number}", {f"status{number}": status}


def _stages(view_type: int) -> str:
    return "lifecycle_stage = 'active'" if view_type == ONLY_ACTIVE else "1 = 1"


def _grouped(rows: FoundRows) -> Iterable[tuple[Any, list[Sequence[Any]]]]:
    """Give rows by the first of their values."""
    found: dict[Any, list[Sequence[Any]]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row)
    return found.items()


def _experiment(row: Sequence[Any]) -> FoundExperiment:
    return FoundExperiment(str(row[0]), row[1], row[2])


def _model_version(row: Sequence[Any]) -> FoundModelVersion:
    return FoundModelVersion(row[0], str(row[1]), row[2])


def _run(row: Sequence[Any], tags: dict[str, str], inputs: list[RunInput]) -> FoundRun:
    run_id, name, experiment_id, status, start_time, stage, artifact_uri = row
    info = RunInfo(
        run_id=run_id,
        run_name=name or tags.get(_RUN_NAME_TAG, ""),
        experiment_id=str(experiment_id),
        status=status,
        start_time=start_time,
        lifecycle_stage=stage,
        artifact_uri=artifact_uri,
    )
    return FoundRun(info, RunData(tags), RunInputs(inputs))
