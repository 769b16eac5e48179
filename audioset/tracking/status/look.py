"""A look at MLflow that changes nothing: what it knows, and of which release it is."""

import os
import re
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from audioset.errors import TrackingError
from audioset.tracking.client.probe import ask_known_versions
from audioset.tracking.client.reach import newer_mlflow, schema_of_file
from audioset.tracking.client.tracking import Tracking, is_server
from audioset.tracking.light.server import ask_version
from audioset.tracking.moves import sqlite_path

_STEPS_OF_MLFLOW = "store/db_migrations/versions"  # a file each, `<revision>_<words>.py`
_A_VERSION = re.compile(r"\d+\.\d+[\w.]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class MlflowLook:
    """What was seen of MLflow.

    Attributes:
        num_known: published versions of the dataset that it knows; None where its file is not made
            yet.
        ours: version of the MLflow of this machine.
        theirs: of the server; None where it is none, or does not say.
        file: the SQLite file that it is, if it is one.
        is_writable: by this user; a server tells it only when it is written to.
    """

    num_known: int | None
    ours: str
    theirs: str | None = None
    file: Path | None = None
    is_writable: bool = True


def look_at_mlflow(tracking: Tracking, dataset: str) -> MlflowLook:
    """Ask MLflow what it knows of a dataset, and of which release it is.

    Raises:
        TrackingError: it does not answer soon, what answers is no MLflow, or a newer MLflow than
            that of this machine wrote it.
    """
    ours, file = version("mlflow"), sqlite_path(tracking.uri)
    known = ask_known_versions(tracking, dataset)
    if known is None:
        return MlflowLook(num_known=None, ours=ours, file=file)
    if file is not None:
        schema = schema_of_file(file)
        if schema is not None and not _is_known(schema):
            raise TrackingError(newer_mlflow(str(file), ours, schema))
        is_writable = os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)
        return MlflowLook(num_known=len(known), ours=ours, file=file, is_writable=is_writable)
    theirs = _version_of(tracking.uri.rstrip("/")) if is_server(tracking.uri) else None
    return MlflowLook(num_known=len(known), ours=ours, theirs=theirs)


def _is_known(schema: str) -> bool:
    """Tell whether the MLflow of this machine has a step of that name."""
    package = find_spec("mlflow")
    if package is None or package.origin is None:
        return False
    steps = Path(package.origin).parent / _STEPS_OF_MLFLOW
    return any(steps.glob(f"{schema}_*.py"))


def _version_of(uri: str) -> str | None:
    try:
        text = ask_version(uri)
    except OSError:
        return None
    return text if _A_VERSION.fullmatch(text) else None
