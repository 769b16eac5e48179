"""How a version looks in MLflow: as the dataset input of a run, and by its tags."""

import json
from collections.abc import Iterable
from typing import Any

from audioset.records.lineage import DIGEST_LENGTH
from audioset.records.manifest import columns
from audioset.records.version import VersionRecord
from audioset.records.view import View, whole
from audioset.storage.store import Store
from audioset.versions.layout import manifest_key

_MAX_TAG = 500  # characters of an input's tag; PostgreSQL refuses more
CONTEXT_TAG = "mlflow.data.context"  # MLflow's own, shown beside the dataset
DATASET_TAG = "audioset.dataset"
VERSION_TAG = "audioset.version"
DIGEST_TAG = "audioset.digest"
# Of a view only: its condition, and the digest of its version, by which lineage finds it.
FILTER_TAG = "audioset.filter"
VERSION_DIGEST_TAG = "audioset.version_digest"
KIND_TAG = "audioset.kind"
KIND_VERSION = "dataset_version"
KIND_SEARCH = "search"
VERSION_CONTEXT = "version"
TRAINING_CONTEXT = "training"
_USUAL_CONTEXTS = (TRAINING_CONTEXT, VERSION_CONTEXT)

_COLSPEC = {"string": "string", "int64": "long", "int32": "integer", "int16": "integer",
            "float64": "double", "float32": "float", "bool": "boolean"}  # fmt: skip


def experiment_name(dataset: str) -> str:
    """Name the experiment that holds the runs of a dataset's versions."""
    return f"audioset/{dataset}"


def training_experiment(dataset: str) -> str:
    """Name the experiment that holds the trainings on a dataset, where nobody names another."""
    return f"{dataset}-training"


def _input_name(view: View, context: str) -> str:
    """Name the input by version, and by context unless it is the usual one.

    It is what MLflow's tables show of the data. Earlier releases named the dataset alone, so runs
    are never looked for by it. Of a view the condition is no part of it: MLflow's pages filter by
    the name, and do not bear quotes in one.

    MLflow keeps one link between a run and a (name, digest): without the context in the name, a
    version used for training and for validation would be linked for training alone.
    """
    name = f"{view.record.ref}" if view.filter is None else f"{view.record.ref} (view)"
    return name if context in _USUAL_CONTEXTS else f"{name}#{context}"


def dataset_input(
    record: VersionRecord, store: Store, *, context: str, view: View | None = None
) -> Any:
    """Make the MLflow DatasetInput of a version or of a view of it. No data is read.

    Args:
        record: of the version.
        store: that holds it; the address of its manifest becomes the dataset's source.
        context: what the run does with it: "version", "training", "validation", "test".
        view: what the run uses of the version; all when None.
    """
    used = view or whole(record)
    from mlflow.entities import Dataset, DatasetInput, InputTag

    uri = store.uri(manifest_key(record.dataset, record.manifests[0].sha256))
    scheme, separator, _ = uri.partition("://")
    dataset = Dataset(
        name=_input_name(used, context),
        digest=used.digest[:DIGEST_LENGTH],
        source_type=scheme if separator else "local",  # MLflow's own names, read by its pages
        source=json.dumps({"uri": uri}),
        schema=_schema_json(),
        profile=_profile_json(used),
    )
    tags = {
        CONTEXT_TAG: context,
        DATASET_TAG: record.dataset,
        VERSION_TAG: str(record.version),
        DIGEST_TAG: used.digest,
        **view_tags(used),
    }
    return DatasetInput(dataset=dataset, tags=[InputTag(key, value) for key, value in tags.items()])


def searched_inputs(inputs: Iterable[Any]) -> list[Any]:
    """Give what a trial was trained on as inputs of the run of its search.

    They show it, and pin nothing: that run reads no clip. Their tag `audioset.kind` says so.
    """
    from mlflow.entities import DatasetInput, InputTag

    found = []
    for one in inputs:
        tags = {tag.key: tag.value for tag in one.tags}
        if DIGEST_TAG in tags and tags.get(CONTEXT_TAG) == TRAINING_CONTEXT:
            tags |= {CONTEXT_TAG: KIND_SEARCH, KIND_TAG: KIND_SEARCH}
            told = [InputTag(key, value) for key, value in tags.items()]
            found.append(DatasetInput(dataset=one.dataset, tags=told))
    return found


def view_tags(view: View) -> dict[str, str]:
    """Give the tags that only a view has; none for a whole version.

    A condition that is too long for MLflow's column is cut: the digest says what it chose.
    """
    if view.filter is None:
        return {}
    return {FILTER_TAG: view.filter[:_MAX_TAG], VERSION_DIGEST_TAG: view.record.digest}


def _schema_json() -> str:
    specs = [
        {
            "name": field.name,
            "type": _COLSPEC[field.metadata["arrow"]],
            "required": field.metadata["required"],
        }
        for field in columns()
        if field.metadata["arrow"] in _COLSPEC and field.metadata["group"] != "storage"
    ]
    return json.dumps({"mlflow_colspec": specs})


def _profile_json(view: View) -> str:
    """Give what MLflow prints beside the dataset. Flat and small: every search carries it."""
    return json.dumps(
        {
            "clips": view.num_clips,
            "hours": round(view.length_seconds / 3600, 4),
            "speakers": view.num_speakers,
            "megabytes": round(view.size_bytes / 1e6, 1),
            "shards": len(view.record.shards),
        }
    )
