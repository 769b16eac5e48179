"""How a version looks in MLflow: as the dataset input of a run, and by its tags."""

import json
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
VERSION_CONTEXT = "version"
TRAINING_CONTEXT = "training"

_COLSPEC = {"string": "string", "int64": "long", "int32": "integer", "int16": "integer",
            "float64": "double", "float32": "float", "bool": "boolean"}  # fmt: skip


def experiment_name(dataset: str) -> str:
    """Name the experiment that holds the runs of a dataset's versions."""
    return f"audioset/{dataset}"


def input_name(dataset: str, context: str) -> str:
    """Name the input by dataset, and by context unless it is the usual one.

    MLflow keeps one link between a run and a (name, digest): without the context in the name, a
    version used for training and for validation would be linked for training alone.
    """
    return dataset if context in (TRAINING_CONTEXT, VERSION_CONTEXT) else f"{dataset}#{context}"


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
        name=input_name(record.dataset, context),
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
    """Give what MLflow prints beside the dataset. Flat and small: every search carries it.

    Of equal data in one experiment MLflow keeps the first profile, so no version number is in it.
    """
    return json.dumps(
        {
            "clips": view.num_clips,
            "hours": round(view.length_seconds / 3600, 4),
            "speakers": view.num_speakers,
            "megabytes": round(view.size_bytes / 1e6, 1),
            "shards": len(view.record.shards),
        }
    )
