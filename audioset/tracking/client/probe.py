"""Whether MLflow answers, and which versions it knows, without loading MLflow where that can be.

It takes longer to load than to answer: a file is read as what it is, and a server is asked by HTTP.
"""

import base64
import json
import os
import sqlite3
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

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
_SERVER_SECONDS = 3.0
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
    query = urllib.parse.urlencode({"experiment_name": experiment})
    found = _call(uri, f"experiments/get-by-name?{query}")
    if found is None:
        return frozenset()
    condition = f"tags.`{KIND_TAG}` = '{KIND_VERSION}' and attributes.status = '{_FINISHED}'"
    runs = _call(
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


def _call(uri: str, what: str, body: Mapping[str, Any] | None = None) -> Any:
    parts = urllib.parse.urlsplit(uri)
    host = parts.netloc.rpartition("@")[2]
    address = parts._replace(netloc=host).geturl()
    headers = {"Content-Type": "application/json", **_credentials(parts)}
    request = urllib.request.Request(  # noqa: S310  is_server has looked at its scheme
        f"{address}/api/2.0/mlflow/{what}",
        data=None if body is None else json.dumps(body).encode(),
        headers=headers,
    )
    try:
        with urllib.request.urlopen(request, timeout=_SERVER_SECONDS, context=_tls()) as answer:  # noqa: S310
            text = answer.read().decode()
    except urllib.error.HTTPError as error:
        if error.code == 404 and b"RESOURCE_DOES_NOT_EXIST" in error.read():
            return None  # MLflow itself says so
        raise OSError(f"error code {error.code}") from error
    except (urllib.error.URLError, TimeoutError) as error:
        raise OSError(f"connection failed: {getattr(error, 'reason', error)}") from error
    try:
        return json.loads(text)
    except ValueError as error:
        raise ValueError("it is not in a valid JSON format") from error


def _credentials(parts: urllib.parse.SplitResult) -> dict[str, str]:
    """Give what MLflow itself would send."""
    user = parts.username or os.environ.get("MLFLOW_TRACKING_USERNAME")
    password = parts.password or os.environ.get("MLFLOW_TRACKING_PASSWORD")
    if user and password:
        pair = f"{urllib.parse.unquote(user)}:{urllib.parse.unquote(password)}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    token = os.environ.get("MLFLOW_TRACKING_TOKEN")
    return {"Authorization": f"Bearer {token}"} if token else {}


def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=os.environ.get("MLFLOW_TRACKING_SERVER_CERT_PATH"))
    if os.environ.get("MLFLOW_TRACKING_INSECURE_TLS", "").lower() == "true":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


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
