"""The door to MLflow: open it on a workspace's backend, quietly, and translate its errors.

By itself MLflow keeps artifacts in `./mlruns` of whoever comes first, tries a dead server for
minutes, and talks a lot. Here it writes beside its database, gives up soon, and is quiet.
"""

import logging
import os
import random
import re
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache, wraps
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, TypeVar

from audioset.errors import AudiosetError, NotCopiedWarning, NotFoundError, TrackingError
from audioset.hiding import hide, hide_in_error
from audioset.nearby import WORKSPACE_FILE
from audioset.settings import slug
from audioset.storage.files import name_exclusively
from audioset.storage.synced import find_address
from audioset.tracking.client.answers import explain
from audioset.tracking.client.not_copied import not_copied_text
from audioset.tracking.client.reach import has_answered, require_answer
from audioset.tracking.client.tracking import Tracking, artifact_root
from audioset.tracking.light import MissingError
from audioset.tracking.moves import follow_move, note_home, sqlite_path

Value = TypeVar("Value")

# Read by MLflow when it is imported or called; what the user has set is left as it is.
NO_TELEMETRY = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
_DURING_CALLS = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",  # its default tries a dead server for minutes
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",  # seconds
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}
_CHATTY = ("mlflow", "alembic", "urllib3")
_TRANSLATED = ("mlflow", "sqlalchemy", "requests", "urllib3", "psycopg", "psycopg2", "sqlite3")
PAGE = 1000  # results of one search; MLflow's own limit is 50,000
CHUNK = 500  # ids in one filter; MLflow's HTTP client sends them in the URL, which has a limit

# MLflow checks, then inserts: two that log the same new dataset, or set the same new tag, at once
# collide, and it does not try again. Seen on SQLite and on PostgreSQL.
_RACE = re.compile(r"UNIQUE constraint|UniqueViolation|duplicate key|database is locked", re.I)
_RACE_TRIES = 6
_RACE_SECONDS = 8  # each try waits for 5 s where a SQLite file is locked
_REPEATABLE = (
    "delete_tag",
    "log_inputs",
    "log_batch",
    "log_param",
    "set_tag",
    "set_terminated",
    "set_model_version_tag",
    "set_registered_model_alias",
    "update_model_version",
)


class _Call:
    """Context of one conversation with MLflow: quiet, short retries, errors translated.

    MLflow lets errors of the libraries below it through, and those may not be installed: they are
    told by the module that defines them. Log levels, warnings and environment belong to the whole
    process, so one conversation goes on at a time.
    """

    _one_at_a_time = threading.RLock()
    depth: ClassVar[int] = 0  # of conversations in this one
    to_tell: ClassVar[list[str]] = []

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._levels: dict[str, int] = {}
        self._variables: list[str] = []
        self._warnings = warnings.catch_warnings()

    def __enter__(self) -> None:
        self._one_at_a_time.acquire()
        _Call.depth += 1
        self._warnings.__enter__()
        warnings.simplefilter("ignore")
        self._variables = [name for name in _DURING_CALLS if name not in os.environ]
        os.environ.update({name: _DURING_CALLS[name] for name in self._variables})
        import mlflow  # noqa: F401  its import sets the levels of its loggers

        for name in _CHATTY:
            logger = logging.getLogger(name)
            self._levels[name] = logger.level
            logger.setLevel(logging.CRITICAL)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        for name, level in self._levels.items():
            logging.getLogger(name).setLevel(level)
        for name in self._variables:
            os.environ.pop(name, None)
        self._warnings.__exit__(None, None, None)
        _Call.depth -= 1
        self._one_at_a_time.release()
        if error is not None and not isinstance(error, AudiosetError) and _is_library(error):
            hide_in_error(error, self._uri)
            raise TrackingError(f"MLflow at {shown_uri(self._uri)}: {explain(error)}") from error


@contextmanager
def mlflow_call(tracking: Tracking) -> Iterator[None]:
    """Talk to MLflow inside this block.

    Raises:
        TrackingError: MLflow, or a library below it, raised inside the block.
    """
    for name, value in NO_TELEMETRY.items():
        os.environ.setdefault(name, value)
    with _Call(tracking.uri):
        yield
    _tell()


def open_client(tracking: Tracking) -> Any:
    """Give an MlflowClient on the workspace's backend; its database is made when missing.

    Call it inside `mlflow_call`.
    """
    prepare_backend(tracking)
    client = patient_client(tracking.uri)
    tell_not_copied(tracking, client)
    return client


def tell_not_copied(tracking: Tracking, client: Any) -> None:
    """Warn once of runs in the workspace's own database that its MLflow does not have."""
    _tell(not_copied_text(tracking, client))


def _tell(text: str = "") -> None:
    """Warn of what was not copied, after the conversation: in it every warning is held back."""
    _Call.to_tell += [text] if text else []
    while _Call.depth == 0 and _Call.to_tell:
        warnings.warn(_Call.to_tell.pop(), NotCopiedWarning, stacklevel=4)


def prepare_backend(tracking: Tracking) -> None:
    """Require that MLflow answers; make a missing SQLite database.

    The default experiment of a database that is made writes beside it.

    It is made under another name and linked into its place when it is whole: MLflow cannot go on
    with a database that was left half-made.

    Raises:
        TrackingError: its folder cannot be written, or is gone since the last time; or it is of
            another MLflow (`reach.py`).
    """
    if not backend_is_missing(tracking):
        follow_move(tracking.uri, tracking.folder)
        require_answer(tracking.uri, sqlite_path(tracking.uri), _DURING_CALLS)
        note_home(tracking.uri, tracking.folder)
        return
    database = sqlite_path(tracking.uri) or Path()
    if has_answered(tracking.uri) and not (tracking.folder / WORKSPACE_FILE).is_file():
        raise TrackingError(
            f"{database} was there and is gone: the workspace was moved, renamed or removed while "
            "it was in use; begin again in the folder where it is now"
        )
    if database.parent == tracking.folder and find_address(tracking.folder) is not None:
        raise TrackingError(
            "a workspace on object storage has no MLflow of its own: name a server (--tracking, "
            "MLFLOW_TRACKING_URI, or tracking in its audioset.toml)"
        )
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrackingError(
            f"MLflow at {shown_uri(tracking.uri)}: {database.parent} cannot be made "
            f"({error.strerror})"
        ) from error
    if not os.access(database.parent, os.W_OK):
        raise TrackingError(
            f"MLflow at {shown_uri(tracking.uri)}: it does not exist, and its folder cannot "
            "be written to make it"
        )
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    part = database.with_name(f".{database.name}.{os.getpid()}.part")
    try:
        SqlAlchemyStore(f"sqlite:///{part}", artifact_root(tracking)).engine.dispose()
        with suppress(FileExistsError):  # somebody else was faster: theirs is as good
            name_exclusively(part, database)
        note_home(tracking.uri, tracking.folder)
    finally:
        part.unlink(missing_ok=True)


def backend_is_missing(tracking: Tracking) -> bool:
    """Tell whether tracking is a SQLite file that nobody has made yet: nothing is logged there.

    Raises:
        TrackingError: it can never be made, since its folder is a file.
    """
    database = sqlite_path(tracking.uri)
    if database is None or database.exists():
        return False
    if database.parent.exists() and not database.parent.is_dir():
        raise TrackingError(
            f"MLflow at {shown_uri(tracking.uri)}: {database.parent} is a file, not a folder"
        )
    _tell(not_copied_text(tracking, None))
    return True


def require_backend(tracking: Tracking, wanted: str) -> None:
    """Require that something was ever logged: a question must not make a database.

    Call it before what only reads opens a client.

    Args:
        tracking: where MLflow is.
        wanted: what is asked for, such as `models:/scots@prod`.

    Raises:
        NotFoundError: tracking is a SQLite file that nobody has made yet.
    """
    if backend_is_missing(tracking):
        raise NotFoundError(
            f"nothing is logged yet ({shown_uri(tracking.uri)} does not exist), so there is "
            f"no {wanted}"
        )


def ensure_experiment(client: Any, name: str, tracking: Tracking) -> str:
    """Give the id of an experiment, made when missing.

    Raises:
        TrackingError: it was deleted in MLflow.
    """
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(name)
    if found is None:
        root = artifact_root(tracking)
        location = f"{root}/{slug(name, fallback='experiment')}" if root else None
        try:
            return str(client.create_experiment(name, artifact_location=location))
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
            found = client.get_experiment_by_name(name)  # somebody made it meanwhile
    if found.lifecycle_stage != "active":
        raise TrackingError(
            f"MLflow experiment {name!r} was deleted; restore it with: "
            f"mlflow experiments restore --experiment-id {found.experiment_id}"
        )
    return str(found.experiment_id)


def all_pages(search: Callable[[str | None], Any]) -> list[Any]:
    """Collect all pages of an MLflow search, given as a function of the page token."""
    found: list[Any] = []
    token: str | None = None
    while True:
        page = search(token)
        found.extend(page)
        token = page.token
        if not token:
            return found


def chunks(values: Sequence[Value], size: int = CHUNK) -> Iterator[Sequence[Value]]:
    """Divide ids into parts that fit into one MLflow filter."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def is_missing(error: BaseException) -> bool:
    """Tell whether MLflow means that the thing asked for does not exist."""
    code = getattr(error, "error_code", "")
    return code == "RESOURCE_DOES_NOT_EXIST" or "not found" in str(error)


def mlflow_errors() -> tuple[type[Exception], ...]:
    """Give what MLflow's client and the light ones raise; MLflow's own only when it is loaded."""
    loaded = sys.modules.get("mlflow.exceptions")
    return (MissingError,) if loaded is None else (MissingError, loaded.MlflowException)


def patient_client(tracking_uri: str | None = None) -> Any:
    """Give an MlflowClient that writes again what collided with somebody else's writing.

    Only calls that may be repeated without harm are repeated.

    Args:
        tracking_uri: of the backend; the one that MLflow uses at the moment when None.
    """
    return _patient_class()(tracking_uri=tracking_uri)


@cache
def _patient_class() -> Any:
    from mlflow import MlflowClient

    methods = {name: _patient(getattr(MlflowClient, name)) for name in _REPEATABLE}
    return type("PatientClient", (MlflowClient,), methods)


def _patient(method: Callable[..., Value]) -> Callable[..., Value]:
    @wraps(method)
    def repeat(*args: Any, **named: Any) -> Value:
        from mlflow.exceptions import MlflowException

        give_up = time.monotonic() + _RACE_SECONDS
        for attempt in range(1, _RACE_TRIES):
            try:
                return method(*args, **named)
            except MlflowException as error:
                if not _RACE.search(str(error)) or time.monotonic() > give_up:
                    raise
            # Those who collided would collide again if they all waited for the same time.
            time.sleep(0.05 * 2**attempt * random.uniform(0.5, 1.5))  # noqa: S311
        return method(*args, **named)

    return repeat


def shown_uri(uri: str) -> str:
    """Give a URI without passwords and tokens."""
    return hide(uri, uri)


def _is_library(error: BaseException) -> bool:
    modules = {base.__module__.partition(".")[0] for base in type(error).__mro__}
    return isinstance(error, OSError) or not modules.isdisjoint(_TRANSLATED)
