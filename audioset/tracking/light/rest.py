"""An MLflow server asked what MLflow's client would ask it, with the same names and answers."""

import urllib.parse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from audioset.tracking.light.entities import (
    ALSO_DELETED,
    ONLY_ACTIVE,
    CannotAnswerError,
    FoundExperiment,
    FoundFile,
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
from audioset.tracking.light.server import ask_server, get_file

_SECONDS = 30.0
_MOST = 1000  # in one answer, where who asks has no opinion
_VIEWS = {ONLY_ACTIVE: "ACTIVE_ONLY", ALSO_DELETED: "ALL"}  # the server's own words
_KEPT_BY_SERVER = "mlflow-artifacts:/"  # how the place of artifacts begins that it hands out


class RestClient:
    """Reads what is there, and nothing else.

    Has of MLflow's client the questions that ours need, and of their answers what they need.
    """

    def __init__(self, uri: str) -> None:
        self.tracking_uri = uri
        self._address = uri.rstrip("/")

    def close(self) -> None:
        """Nothing is open between two questions."""

    def get_experiment_by_name(self, name: str) -> FoundExperiment | None:
        """Find an experiment, also a deleted one."""
        found = self._find("experiments/get-by-name", experiment_name=name)
        return _experiment(found["experiment"]) if found else None

    def search_experiments(
        self, view_type: int = ONLY_ACTIVE, max_results: int = _MOST, page_token: str | None = None
    ) -> FoundPage:
        """Give a page of the experiments."""
        asked = {"view_type": _VIEWS[view_type], "max_results": max_results}
        found = self._search("experiments/search", asked, page_token)
        return FoundPage(
            map(_experiment, found.get("experiments", ())), found.get("next_page_token")
        )

    def search_runs(
        self,
        experiment_ids: Sequence[str],
        filter_string: str = "",
        run_view_type: int = ONLY_ACTIVE,
        max_results: int = _MOST,
        page_token: str | None = None,
    ) -> FoundPage:
        """Give a page of the runs that meet a condition, the last that began first."""
        asked = {
            "experiment_ids": list(experiment_ids),
            "filter": filter_string,
            "run_view_type": _VIEWS[run_view_type],
            "max_results": max_results,
        }
        found = self._search("runs/search", asked, page_token)
        return FoundPage(map(_run, found.get("runs", ())), found.get("next_page_token"))

    def get_run(self, run_id: str) -> FoundRun:
        """Give a run, also a deleted one.

        Raises:
            MissingError: there is none.
        """
        return _run(self._get("runs/get", run_id=run_id)["run"])

    def search_model_versions(
        self, filter_string: str, max_results: int = 10 * _MOST, page_token: str | None = None
    ) -> FoundPage:
        """Give a page of the versions of registered models that meet a condition."""
        token = {"page_token": page_token} if page_token else {}
        found = self._get(
            "model-versions/search", filter=filter_string, max_results=str(max_results), **token
        )
        versions = map(_model_version, found.get("model_versions", ()))
        return FoundPage(versions, found.get("next_page_token"))

    def get_model_version(self, name: str, version: str) -> FoundModelVersion:
        """Give a version of a registered model.

        Raises:
            MissingError: there is none.
        """
        return _model_version(
            self._get("model-versions/get", name=name, version=version)["model_version"]
        )

    def get_model_version_by_alias(self, name: str, alias: str) -> FoundModelVersion:
        """Give the version of a registered model that an alias names.

        Raises:
            MissingError: there is none.
        """
        found = self._get("registered-models/alias", name=name, alias=alias)
        return _model_version(found["model_version"])

    def get_registered_model(self, name: str) -> FoundModel:
        """Give a registered model.

        Raises:
            MissingError: there is none.
        """
        return _model(self._get("registered-models/get", name=name)["registered_model"])

    def search_registered_models(self, max_results: int) -> FoundPage:
        """Give the first registered models by name."""
        found = self._get("registered-models/search", max_results=str(max_results))
        return FoundPage(map(_model, found.get("registered_models", ())))

    def list_artifacts(self, run_id: str, path: str) -> list[FoundFile]:
        """List the files in a folder of a run's artifacts."""
        found = self._get("artifacts/list", run_id=run_id, path=path)
        return [
            FoundFile(one["path"], one.get("is_dir", False), _number(one.get("file_size")))
            for one in found.get("files", ())
        ]

    def download_artifacts(self, run_id: str, path: str, folder: str) -> str:
        """Bring a file of a run's artifacts that the server itself hands out; gives its path."""
        root = self.get_run(run_id).info.artifact_uri
        if not root.startswith(_KEPT_BY_SERVER):
            raise CannotAnswerError(root)
        inside = root.removeprefix(_KEPT_BY_SERVER).strip("/")
        try:
            data = get_file(self._address, f"{inside}/{path}", seconds=_SECONDS)
        except OSError as error:
            raise CannotAnswerError(str(error)) from error
        target = Path(folder) / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        return str(target)

    def _search(self, what: str, asked: Mapping[str, Any], page_token: str | None) -> Any:
        token = {"page_token": page_token} if page_token else {}
        return self._ask(what, {**asked, **token}) or {}

    def _get(self, what: str, **asked: str) -> Any:
        found = self._find(what, **asked)
        if found is None:
            raise MissingError(", ".join(asked.values()))
        return found

    def _find(self, what: str, **asked: str) -> Any | None:
        return self._ask(f"{what}?{urllib.parse.urlencode(asked)}", None)

    def _ask(self, what: str, body: Mapping[str, Any] | None) -> Any | None:
        try:
            return ask_server(self._address, what, body, seconds=_SECONDS)
        except (OSError, ValueError) as error:
            raise CannotAnswerError(str(error)) from error


def _number(value: int | str | None) -> int | None:
    return None if value is None else int(value)


def _experiment(found: Mapping[str, Any]) -> FoundExperiment:
    return FoundExperiment(found["experiment_id"], found["name"], found["lifecycle_stage"])


def _model(found: Mapping[str, Any]) -> FoundModel:
    aliases = {one["alias"]: str(one["version"]) for one in found.get("aliases", ())}
    return FoundModel(found["name"], aliases)


def _model_version(found: Mapping[str, Any]) -> FoundModelVersion:
    return FoundModelVersion(found["name"], str(found["version"]), found.get("run_id"))


def _run(found: Mapping[str, Any]) -> FoundRun:
    info = found["info"]
    return FoundRun(
        RunInfo(
            run_id=info["run_id"],
            run_name=info.get("run_name", ""),
            experiment_id=info["experiment_id"],
            status=info["status"],
            start_time=int(info["start_time"]),
            lifecycle_stage=info["lifecycle_stage"],
            artifact_uri=info["artifact_uri"],
        ),
        RunData({one["key"]: one["value"] for one in found["data"].get("tags", ())}),
        RunInputs([_input(one) for one in found.get("inputs", {}).get("dataset_inputs", ())]),
    )


def _input(found: Mapping[str, Any]) -> RunInput:
    dataset = found["dataset"]
    return RunInput(
        InputData(dataset["name"], dataset["digest"]),
        [TagOfInput(one["key"], one["value"]) for one in found.get("tags", ())],
    )
