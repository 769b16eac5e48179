"""The MLflow runs of a search: one around, and one nested in it per trial.

They are made here before a trial's process starts; the process goes on in its run.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from audioset.hiding import hide
from audioset.records.comparison import SEARCHED
from audioset.settings import user_name
from audioset.tracking.client.active_runs import PARENT_TAG
from audioset.tracking.client.client import ensure_experiment, is_missing, mlflow_call, open_client
from audioset.tracking.client.dataset_input import (
    KIND_SEARCH,
    KIND_TAG,
    searched_inputs,
    training_experiment,
)
from audioset.tracking.client.queries import of_model
from audioset.tracking.client.tracking import Tracking
from audioset.tracking.published.links import link_run
from audioset.tracking.published.version_pages import NOTE_TAG

KIND_TRIAL = "trial"
STUDY_TAG = "audioset.search"
OUTPUT_FILE = "audioset/output.txt"
_MAX_OUTPUT = 2_000_000  # bytes of a trial's output that are kept: the last ones
_MAX_LIST = 20  # names of metrics in a message

Status = Literal["FINISHED", "FAILED", "KILLED"]


@dataclass(frozen=True, slots=True)
class RunState:
    """A trial's run as MLflow has it now.

    Attributes:
        status: RUNNING, FINISHED, FAILED or KILLED.
        metrics: the last value of each.
    """

    status: str
    metrics: Mapping[str, float]

    @property
    def metric_names(self) -> str:
        """Names of the metrics, for a message."""
        names = sorted(self.metrics)
        more = ["…"] if len(names) > _MAX_LIST else []
        return ", ".join(names[:_MAX_LIST] + more) or "none"


@dataclass(frozen=True, slots=True)
class TrialRuns:
    """The runs of one search.

    Attributes:
        tracking: where MLflow is.
        study: name of the search.
        experiment_id: of all runs.
        run_id: of the run around them.
    """

    tracking: Tracking
    study: str
    experiment_id: str
    run_id: str

    def begin_trial(self, number: int, params: Mapping[str, str], script: str) -> str:
        """Make the run of a trial; gives its id.

        Args:
            number: of the trial.
            params: logged as `search.<name>`, beside those that the script logs itself.
            script: that is to run, for MLflow's column "source".
        """
        from mlflow.entities import Param

        tags = {
            KIND_TAG: KIND_TRIAL,
            STUDY_TAG: self.study,
            PARENT_TAG: self.run_id,
            "audioset.search.trial": str(number),
            "mlflow.user": user_name(),
            "mlflow.source.name": script,
            "mlflow.source.type": "LOCAL",
        }
        with mlflow_call(self.tracking):
            client = open_client(self.tracking)
            made = client.create_run(self.experiment_id, run_name=f"trial {number}", tags=tags)
            logged = [Param(SEARCHED + name, text) for name, text in params.items()]
            client.log_batch(made.info.run_id, params=logged)
            return str(made.info.run_id)

    def read(self, run_id: str) -> RunState:
        """Read how a trial's run is."""
        with mlflow_call(self.tracking):
            run = open_client(self.tracking).get_run(run_id)
            return RunState(run.info.status, dict(run.data.metrics))

    def history(self, run_id: str, metric: str) -> list[tuple[int, float]]:
        """Give step and value of every time that the metric was logged, by step."""
        with mlflow_call(self.tracking):
            found = open_client(self.tracking).get_metric_history(run_id, metric)
        return sorted((point.step, point.value) for point in found)

    def end_trial(self, run_id: str, status: Status, output: Path, tags: Mapping[str, str]) -> None:
        """End a trial's run unless it has ended well, keep its output, and link its models.

        Args:
            run_id: of the trial.
            status: FINISHED leaves a run as the script ended it.
            output: file with what the process said; removed when it is kept.
            tags: of the run; those without text are left out.
        """
        with mlflow_call(self.tracking):
            client = open_client(self.tracking)
            for name, text in tags.items():
                if text:
                    client.set_tag(run_id, name, text)
            end_run(self.tracking, run_id, status, output)
            output.unlink(missing_ok=True)
            link_run(client, run_id)
            self._log_data_of(client, run_id)

    def _log_data_of(self, client: Any, run_id: str) -> None:
        """Show the data of a trial in the row of the search; those that are there stay as one."""
        inputs = client.get_run(run_id).inputs
        found = searched_inputs(inputs.dataset_inputs if inputs else ())
        if found:
            client.log_inputs(self.run_id, found)

    def log_best(self, name: str, value: float, step: int) -> None:
        """Log the best value so far to the run around: MLflow draws it over the trials."""
        with mlflow_call(self.tracking):
            open_client(self.tracking).log_metric(
                self.run_id, name, value, timestamp=round(time.time() * 1000), step=step
            )

    def end(
        self, status: Status, *, note: str, tags: Mapping[str, str], files: Sequence[Path]
    ) -> None:
        """End the run around, with a description, and files of what was found.

        Args:
            status: how the search ended.
            note: Markdown, shown on the run's page.
            tags: of the run.
            files: become artifacts below `search/`.
        """
        with mlflow_call(self.tracking):
            client = open_client(self.tracking)
            for name, text in {NOTE_TAG: note, **tags}.items():
                client.set_tag(self.run_id, name, text)
            for path in files:
                client.log_artifact(self.run_id, str(path), "search")
            client.set_terminated(self.run_id, status)


def begin_search(
    tracking: Tracking,
    *,
    study: str,
    dataset: str,
    params: Mapping[str, str],
    run_id: str | None,
    experiment: str | None = None,
) -> TrialRuns:
    """Make the run around all trials of a search, or go on in it.

    Args:
        tracking: where MLflow is.
        study: name of the search, and of the run.
        dataset: name of the workspace's dataset.
        params: what is searched, and how.
        run_id: of an earlier part of this search; another is made when MLflow has none such.
        experiment: of MLflow, made when missing; that of trainings on the dataset when None.
    """
    from mlflow.entities import Param

    with mlflow_call(tracking):
        client = open_client(tracking)
        before = _find(client, run_id) if run_id else None
        if before is not None:
            client.update_run(run_id, status="RUNNING")
            return TrialRuns(tracking, study, before.info.experiment_id, str(run_id))
        name = experiment or training_experiment(dataset)
        experiment_id = ensure_experiment(client, name, tracking)
        tags = {KIND_TAG: KIND_SEARCH, STUDY_TAG: study, "mlflow.user": user_name()}
        made = client.create_run(experiment_id, run_name=study, tags=tags)
        logged = [Param(name, text) for name, text in params.items()]
        client.log_batch(made.info.run_id, params=logged)
        return TrialRuns(tracking, study, experiment_id, str(made.info.run_id))


def end_run(tracking: Tracking, run_id: str, status: Status, output: Path) -> None:
    """End the run of a process that we started, and keep what the process said.

    Args:
        tracking: where MLflow is.
        run_id: of the run.
        status: FINISHED leaves a run as the process ended it.
        output: file with what it said, if there is one.
    """
    with mlflow_call(tracking):
        client = open_client(tracking)
        if output.is_file():
            client.log_text(run_id, _tail(output), OUTPUT_FILE)
        if status != "FINISHED" or client.get_run(run_id).info.status == "RUNNING":
            client.set_terminated(run_id, status)


def registered_best(tracking: Tracking, run_id: str, name: str) -> str | None:
    """Register the model of a run unless it is registered under that name already.

    Returns:
        `models:/name/3`; None when the run logged no model.
    """
    with mlflow_call(tracking):
        client = open_client(tracking)
        known = client.search_model_versions(f"{of_model(name)} and run_id = '{run_id}'")
        if known:
            return f"models:/{name}/{max(int(version.version) for version in known)}"
        model_id = _logged_model(client, run_id)
        if model_id is None:
            return None
        version = _register(client, model_id, run_id, name, tracking)
        link_run(client, run_id)
        return f"models:/{name}/{version}"


def experiment_name_of(runs: TrialRuns) -> str:
    """Give the name of the experiment that the runs are in."""
    with mlflow_call(runs.tracking):
        return str(open_client(runs.tracking).get_experiment(runs.experiment_id).name)


def _find(client: Any, run_id: str) -> Any | None:
    from mlflow.exceptions import MlflowException

    try:
        found = client.get_run(run_id)
    except MlflowException as error:
        if not is_missing(error):
            raise
        return None
    return found if found.info.lifecycle_stage == "active" else None


def _logged_model(client: Any, run_id: str) -> str | None:
    """Find the model that a run logged last."""
    run = client.get_run(run_id)
    outputs = run.outputs.model_outputs if run.outputs else []
    models = [client.get_logged_model(output.model_id) for output in outputs]
    ready = [model for model in models if str(model.status) == "READY"]
    if not ready:
        return None
    return str(max(ready, key=lambda model: model.creation_timestamp).model_id)


def _register(client: Any, model_id: str, run_id: str, name: str, tracking: Tracking) -> int:
    import mlflow
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    # A registry in a database looks the model up at the tracking URI of the process.
    before = mlflow.get_tracking_uri() if mlflow.is_tracking_uri_set() else None
    mlflow.set_tracking_uri(tracking.uri)
    try:
        made = client.create_model_version(
            name, f"models:/{model_id}", run_id=run_id, model_id=model_id
        )
    finally:
        mlflow.set_tracking_uri(before)
    return int(made.version)


def _tail(path: Path) -> str:
    said = path.read_bytes()
    text = hide(said[-_MAX_OUTPUT:].decode(errors="replace"))
    return text if len(said) <= _MAX_OUTPUT else f"… the last {_MAX_OUTPUT:,} bytes:\n{text}"
