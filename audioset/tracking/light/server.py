"""An MLflow server spoken to as MLflow's own client would, by its variables of the environment."""

import base64
import json
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl

SERVER_SECONDS = 3.0
_YES = ("true", "1")
_HEADER_PLUGINS = "mlflow.request_header_provider"
# Ways to be let in that only MLflow itself knows; and workspaces, which divide a server.
_OF_MLFLOW_ALONE = (
    "MLFLOW_TRACKING_AUTH",
    "MLFLOW_WORKSPACE",
    "DATABRICKS_RUNTIME_VERSION",
)
_FLAGS_OF_MLFLOW_ALONE = ("MLFLOW_TRACKING_AWS_SIGV4", "MLFLOW_ENABLE_WORKSPACES")
_FILES_OF_MLFLOW_ALONE = (".mlflow/credentials", ".netrc", "_netrc")


def is_plain_server() -> bool:
    """Tell whether all that MLflow would send to a server is known here too."""
    return not (
        any(os.environ.get(name) for name in _OF_MLFLOW_ALONE)
        or any(_is_set(name) for name in _FLAGS_OF_MLFLOW_ALONE)
        or "NETRC" in os.environ
        or any((Path.home() / name).exists() for name in _FILES_OF_MLFLOW_ALONE)
        or entry_points(group=_HEADER_PLUGINS)
    )


def ask_server(
    uri: str, what: str, body: Mapping[str, Any] | None = None, *, seconds: float = SERVER_SECONDS
) -> Any:
    """Ask a server; None where it says that there is no such thing.

    Args:
        uri: of the server, with a user and a password where it has them.
        what: the question, as MLflow names it.
        body: of the question; it is asked without one when None.
        seconds: to wait for the answer.

    Raises:
        OSError: it does not answer, or refuses.
        ValueError: what answers is no MLflow.
    """
    try:
        text = _open(f"{uri}/api/2.0/mlflow/{what}", body, seconds).decode()
    except urllib.error.HTTPError as error:
        if _says_missing(error):
            return None
        raise OSError(f"error code {error.code}") from error
    try:
        return json.loads(text)
    except ValueError as error:
        raise ValueError("it is not in a valid JSON format") from error


def ask_version(uri: str, *, seconds: float = SERVER_SECONDS) -> str:
    """Ask a server for the version of its MLflow.

    Raises:
        OSError: it does not answer, refuses, or does not say.
    """
    return _open(f"{uri}/version", None, seconds).decode(errors="replace").strip()


def get_file(uri: str, path: str, *, seconds: float) -> bytes:
    """Get a file that the server keeps for its runs, by its path from the root of all artifacts.

    Raises:
        OSError: it does not answer, refuses, or has no such file.
    """
    address = f"{uri}/api/2.0/mlflow-artifacts/artifacts/{urllib.parse.quote(path)}"
    return _open(address, None, seconds)


def _open(address: str, body: Mapping[str, Any] | None, seconds: float) -> bytes:
    parts = urllib.parse.urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    request = urllib.request.Request(  # noqa: S310  who calls has looked at its scheme
        parts._replace(netloc=host).geturl(),
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", **_credentials(parts)},
    )
    context = _tls() if parts.scheme == "https" else None
    try:
        with urllib.request.urlopen(request, timeout=seconds, context=context) as answer:  # noqa: S310
            found: bytes = answer.read()
            return found
    except urllib.error.HTTPError:
        raise
    except (urllib.error.URLError, TimeoutError, HTTPException) as error:
        raise OSError(f"connection failed: {getattr(error, 'reason', error)}") from error


def _says_missing(error: urllib.error.HTTPError) -> bool:
    """Tell whether MLflow itself says so, not somebody before it."""
    return error.code == 404 and b"RESOURCE_DOES_NOT_EXIST" in error.read()


def _credentials(parts: urllib.parse.SplitResult) -> dict[str, str]:
    user = parts.username or os.environ.get("MLFLOW_TRACKING_USERNAME")
    password = parts.password or os.environ.get("MLFLOW_TRACKING_PASSWORD")
    if user and password:
        pair = f"{urllib.parse.unquote(user)}:{urllib.parse.unquote(password)}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    token = os.environ.get("MLFLOW_TRACKING_TOKEN")
    return {"Authorization": f"Bearer {token}"} if token else {}


def _tls() -> "ssl.SSLContext":
    """Trust those that the first of these names, as MLflow would; without, those of the system."""
    import ssl

    names = ("MLFLOW_TRACKING_SERVER_CERT_PATH", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
    trusted = next((os.environ[name] for name in names if os.environ.get(name)), None)
    is_folder = trusted is not None and Path(trusted).is_dir()
    context = ssl.create_default_context(
        cafile=None if is_folder else trusted, capath=trusted if is_folder else None
    )
    if _is_set("MLFLOW_TRACKING_INSECURE_TLS"):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if own := os.environ.get("MLFLOW_TRACKING_CLIENT_CERT_PATH"):
        context.load_cert_chain(own)
    return context


def _is_set(name: str) -> bool:
    return os.environ.get(name, "").lower() in _YES
