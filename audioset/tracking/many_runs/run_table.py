"""The training runs that are to be compared, collected by searches: no call for each run."""

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from audioset.errors import InvalidInputError, NotFoundError
from audioset.records.comparison import ComparedRun
from audioset.records.identity import VersionRef, is_reference, parse_reference, split_view
from audioset.records.lineage import LinkedModel
from audioset.storage.store import Store
from audioset.tracking.client.active_runs import PARENT_TAG
from audioset.tracking.client.client import (
    chunks,
    mlflow_call,
    open_client,
    require_backend,
    shown_uri,
)
from audioset.tracking.client.dataset_input import (
    CONTEXT_TAG,
    DATASET_TAG,
    DIGEST_TAG,
    KIND_SEARCH,
    KIND_TAG,
    KIND_VERSION,
    TRAINING_CONTEXT,
)
from audioset.tracking.client.queries import (
    PinnedInput,
    experiment_names,
    linked_models,
    model_versions_of,
    of_model,
    pinned_inputs,
    runs_with_digest,
    search_runs,
)
from audioset.tracking.client.subjects import RUN_ID, model_version_of
from audioset.tracking.client.tracking import Tracking
from audioset.tracking.many_runs.comparison_run import KIND_COMPARISON
from audioset.tracking.run.held_out import logged_test_set
from audioset.tracking.run.recipe import COMMAND_TAG
from audioset.versions.read.resolve import resolve_reference

_NOT_TRAINING = (KIND_VERSION, KIND_COMPARISON, KIND_SEARCH)  # trials are
_MODEL = re.compile(r"models:/(?P<name>[^/@]+)")
_FORMS = "an experiment, a dataset, name@v3, models:/name, models:/name@alias or a run id"


def collect_runs(
    subjects: Sequence[str], tracking: Tracking, store: Store
) -> tuple[ComparedRun, ...]:
    """Find runs and say of each what it was trained on, what it chose and what it reached.

    Runs that record a version, a comparison or a search as a whole are left out, and deleted ones.

    Args:
        subjects: experiments, datasets, versions, models and run ids; the runs of all of them.
        tracking: where MLflow is.
        store: of the versions.

    Returns:
        The runs, the newest first.

    Raises:
        InvalidInputError: a subject has none of these forms.
        NotFoundError: no such experiment, dataset, version, model or run; or none has runs.
        TrackingError: MLflow did not answer.
        StorageError: the store did not answer.
    """
    require_backend(tracking, "run to compare; train first, with audioset.training_run")
    with mlflow_call(tracking):
        search = _Search(open_client(tracking), tracking, store)
        runs = search.with_nested(search.find(subjects))
        return search.describe(runs)


class _Search:
    def __init__(self, client: Any, tracking: Tracking, store: Store) -> None:
        self._client = client
        self._tracking = tracking
        self._store = store
        self._experiments = experiment_names(client)

    def find(self, subjects: Sequence[str]) -> dict[str, Any]:
        """Find the runs of all subjects, by run id."""
        found: dict[str, Any] = {}
        ids = [subject for subject in subjects if RUN_ID.fullmatch(subject)]
        if ids:
            found |= self._by_ids(ids)
            if missing := [run_id for run_id in ids if run_id not in found]:
                where = shown_uri(self._tracking.uri)
                raise NotFoundError(f"MLflow at {where} has no run {missing[0]}; give {_FORMS}")
        for subject in subjects:
            if subject not in ids:
                found |= _by_id(self._runs_of(subject))
        return found

    def _runs_of(self, subject: str) -> list[Any]:
        if subject.startswith("models:/"):
            return list(self._by_ids(self._runs_of_model(subject)).values())
        if split_view(subject)[1] is not None:
            raise InvalidInputError(
                f"{subject!r} is a view; compare the version: runs of its views are among those of "
                f"{split_view(subject)[0]}"
            )
        if is_reference(subject):
            return self._runs_on_version(subject)
        return self._runs_in_experiment(subject) or self._runs_on_dataset(subject)

    def _by_ids(self, run_ids: Sequence[str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for part in chunks(sorted(set(run_ids))):
            ids = ", ".join(f"'{run_id}'" for run_id in part)
            found |= _by_id(self._search(f"attributes.run_id IN ({ids})"))
        return found

    def _runs_of_model(self, subject: str) -> list[str]:
        match = _MODEL.fullmatch(subject)
        if match is None:
            versions = [model_version_of(self._client, subject, self._tracking)]
        else:
            versions = list(self._client.search_model_versions(of_model(match["name"])))
        run_ids = [str(version.run_id) for version in versions if version.run_id]
        if not run_ids:
            raise NotFoundError(f"no run registered {subject}; give {_FORMS}")
        return run_ids

    def _runs_on_version(self, subject: str) -> list[Any]:
        parse_reference(subject)
        record = resolve_reference(self._store, subject)
        runs = runs_with_digest(self._client, self._experiments, record.digest)
        trained = [run for run in runs if _is_active(run) and _training(run)]
        if not trained:
            raise NotFoundError(f"no run was trained on {subject}")
        return trained

    def _runs_in_experiment(self, name: str) -> list[Any]:
        ids = [identity for identity, known in self._experiments.items() if known == name]
        return self._search("", ids) if ids else []

    def _runs_on_dataset(self, name: str) -> list[Any]:
        text = name.replace("'", "")
        query = f"tags.`{DATASET_TAG}` LIKE '%{text}@v%'"  # whatever its input is called
        runs = [
            run for run in self._search(query) if any(p.dataset == name for p in _training(run))
        ]
        if not runs:
            raise NotFoundError(
                f"no run was trained on a dataset {name!r}, and no experiment of that name has "
                f"any; give {_FORMS}"
            )
        return runs

    def _search(self, query: str, experiment_ids: Iterable[str] | None = None) -> list[Any]:
        """Search active runs that audioset did not make for records of its own."""
        within = self._experiments if experiment_ids is None else experiment_ids
        return [
            run
            for run in search_runs(self._client, within, query)
            if _is_active(run) and run.data.tags.get(KIND_TAG) not in _NOT_TRAINING
        ]

    def with_nested(self, found: Mapping[str, Any]) -> dict[str, Any]:
        """Add the runs nested in those found, at any depth."""
        experiments = {run.info.experiment_id for run in found.values()}
        nested = self._search(f"tags.`{PARENT_TAG}` != ''", experiments)
        everything = dict(found)
        while added := [
            run
            for run in nested
            if run.info.run_id not in everything and run.data.tags[PARENT_TAG] in everything
        ]:
            everything |= _by_id(added)
        return everything

    def describe(self, runs: Mapping[str, Any]) -> tuple[ComparedRun, ...]:
        """Say of each run what a comparison shows; the newest first."""
        models: dict[str, list[LinkedModel]] = {}
        for model in linked_models(self._client, model_versions_of(self._client, runs)):
            models.setdefault(model.run_id, []).append(model)
        newest = sorted(runs.values(), key=lambda run: (-run.info.start_time, run.info.run_id))
        return tuple(
            self._describe(run, _line_of(run, runs), models.get(run.info.run_id, ()))
            for run in newest
        )

    def _describe(
        self, run: Any, line: Sequence[Any], models: Sequence[LinkedModel]
    ) -> ComparedRun:
        """Describe a run; what it does not tell of its data, the runs around it may."""
        teller = next((one for one in line if _training(one)), run)
        pinned = _training(teller)
        refs = {VersionRef(item.dataset, item.version) for item in pinned}
        test = logged_test_set(teller)
        num_clips, hours = _sizes(teller)
        params = dict(run.data.params)
        return ComparedRun(
            run_id=run.info.run_id,
            name=run.info.run_name or "",
            experiment=self._experiments.get(run.info.experiment_id, ""),
            status=run.info.status,
            started_at=datetime.fromtimestamp(run.info.start_time / 1000, UTC).isoformat(
                timespec="seconds"
            ),
            data=", ".join(_data_name(item) for item in pinned),
            version=refs.pop() if len(refs) == 1 else None,
            condition=pinned[0].filter if len(pinned) == 1 else "",
            num_clips=num_clips,
            hours=hours,
            test=test.name,
            test_digest=test.digest,
            num_test=_as_count(params.get("num_test")) or test.num_clips,
            params=params,
            metrics={k: v for k, v in run.data.metrics.items() if math.isfinite(v)},
            models=tuple(models),
            parent_id=run.data.tags.get(PARENT_TAG, ""),
            command=next(filter(None, (one.data.tags.get(COMMAND_TAG) for one in line)), ""),
        )


def _by_id(runs: Iterable[Any]) -> dict[str, Any]:
    return {run.info.run_id: run for run in runs}


def _is_active(run: Any) -> bool:
    return bool(run.info.lifecycle_stage == "active")


def _training(run: Any) -> list[PinnedInput]:
    return sorted({one for one in pinned_inputs(run) if one.context == TRAINING_CONTEXT})


def _line_of(run: Any, runs: Mapping[str, Any]) -> list[Any]:
    """Give the run, the run that it is nested in, and so on."""
    line = [run]
    while (parent := runs.get(line[-1].data.tags.get(PARENT_TAG, ""))) and parent not in line:
        line.append(parent)
    return line


def _data_name(item: PinnedInput) -> str:
    name = f"{item.dataset}@v{item.version}"
    return f"{name}?{item.filter}" if item.filter else name


def _sizes(run: Any) -> tuple[int | None, float | None]:
    """Give clips and hours of the training data: of the split train where it is known."""
    params = run.data.params
    # By digest: a run that was pinned again after an update has its data under two names.
    profiles = {
        tags[DIGEST_TAG]: json.loads(one.dataset.profile or "{}")
        for one in (run.inputs.dataset_inputs if run.inputs else ())
        if DIGEST_TAG in (tags := {tag.key: tag.value for tag in one.tags})
        and tags.get(CONTEXT_TAG) == TRAINING_CONTEXT
    }
    if len(profiles) == 1:
        for suffix in (".train", ""):
            clips = _as_count(params.get(f"data_clips{suffix}"))
            seconds = _as_number(params.get(f"data_seconds{suffix}"))
            if clips is not None and seconds is not None:
                return clips, seconds / 3600
    known = [profile for profile in profiles.values() if {"clips", "hours"} <= set(profile)]
    if not known or len(known) < len(profiles):
        return None, None
    return sum(one["clips"] for one in known), float(sum(one["hours"] for one in known))


def _as_count(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None


def _as_number(text: str | None) -> float | None:
    try:
        number = float(text) if text is not None else None
    except ValueError:
        return None
    return number if number is not None and math.isfinite(number) else None
