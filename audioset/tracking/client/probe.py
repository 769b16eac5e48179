"""Whether MLflow answers, and which versions it knows, without loading MLflow where that can be.

It takes longer to load than to answer: a file is read as what it is, and a server is asked by HTTP.
"""

import sqlite3
import urllib.parse
from contextlib import closing
from pathlib import Path

from audioset.errors import TrackingError
from audioset.tracking.client.answers import explain
from audioset.tracking.client.client import (
    backend_is_missing,
    mlflow_call,
    open_client,
    shown_uri,
)
from audioset.tracking.client.dataset_input import (
    DIGEST_TAG,
    KIND_TAG,
    KIND_VERSION,
    VERSION_TAG,
    experiment_name,
)
from audioset.tracking.client.tracking import Tracking, is_server
from audioset.tracking.moves import sqlite_path

_LOCK_SECONDS = 1.0
_RUNS_OF_VERSIONS = 1000  # of versions of one dataset, in one answer of a server
_FINISHED = "FINISHED"

# Version number and digest of a published version.
KnownVersions = frozenset[tuple[int, str]]

_QUERY = """
SELECT version.value, digest.value
FROM runs
JOIN experiments ON experiments.experiment_id = runs.experiment_id AND experiments.name = ?
JOIN tags AS kind ON kind.run_uuid = runs.run_uuid AND kind.key = ? AND kind.value = ?
JOIN tags AS version ON version.run_uuid = runs.run_uuid AND version.key = ?
JOIN tags AS digest ON digest.run_uuid = runs.run_uuid AND digest.key = ?
WHERE runs.status = ? AND runs.lifecycle_stage = 'active'
"""


def ask_known_versions(tracking: Tracking, dataset: str) -> KnownVersions | None:
    """Ask MLflow for the versions that it knows; None where its file is not made yet.

    Args:
        tracking: where MLflow is.
        dataset: whose versions.

    Raises:
        TrackingError: it does not answer soon, or what answers is no MLflow.
    """
    if backend_is_missing(tracking):
        return None
    experiment = experiment_name(dataset)
    file = sqlite_path(tracking.uri)
    try:
        if file is not None:
            return _ask_file(file, experiment)
        if is_server(tracking.uri):
            return _ask_server(tracking.uri.rstrip("/"), experiment)
    except (sqlite3.Error, OSError, ValueError, KeyError) as error:
        raise TrackingError(f"MLflow at {shown_uri(tracking.uri)}: {explain(error)}") from error
    return _ask_mlflow(tracking, experiment)


def _ask_file(file: Path, experiment: str) -> KnownVersions:
    address = f"{file.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, timeout=_LOCK_SECONDS)) as connection:
        asked = (experiment, KIND_TAG, KIND_VERSION, VERSION_TAG, DIGEST_TAG, _FINISHED)
        return frozenset(
            (int(number), digest) for number, digest in connection.execute(_QUERY, asked)
        )


def _ask_server(uri: str, experiment: str) -> KnownVersions:
    from audioset.tracking.light.server import ask_server

    query = urllib.parse.urlencode({"experiment_name": experiment})
    found = ask_server(uri, f"experiments/get-by-name?{query}")
    if found is None:
        return frozenset()
    condition = f"tags.`{KIND_TAG}` = '{KIND_VERSION}' and attributes.status = '{_FINISHED}'"
    runs = ask_server(
        uri,
        "runs/search",
        {
            "experiment_ids": [found["experiment"]["experiment_id"]],
            "filter": condition,
            "max_results": _RUNS_OF_VERSIONS,
        },
    )
    tags = (
        {tag["key"]: tag["value"] for tag in run["data"].get("tags", ())}
        for run in runs.get("runs", ())
    )
    return frozenset((int(each[VERSION_TAG]), each[DIGEST_TAG]) for each in tags)


def _ask_mlflow(tracking: Tracking, experiment: str) -> KnownVersions:
    """Ask a backend that only MLflow itself can read, such as a database of a team."""
    with mlflow_call(tracking):
        client = open_client(tracking)
        found = client.get_experiment_by_name(experiment)
        if found is None:
            return frozenset()
        condition = f"tags.`{KIND_TAG}` = '{KIND_VERSION}' and attributes.status = '{_FINISHED}'"
        runs = client.search_runs([found.experiment_id], condition, max_results=_RUNS_OF_VERSIONS)
        tags = (run.data.tags for run in runs)
        return frozenset((int(each[VERSION_TAG]), each[DIGEST_TAG]) for each in tags)
