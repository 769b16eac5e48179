"""Floor 0: the frozen Settings of one workspace, read once.

A value comes from the first of: a flag (argument), the environment, `audioset.toml`, a default.
A workspace holds them, and hands down what is made of them, never the settings themselves.
"""

import getpass
import os
import re
import shlex
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from audioset.errors import InvalidInputError
from audioset.hiding import hide, require_address
from audioset.locations import require_location
from audioset.near_names import near_or_all
from audioset.nearby import (
    MANIFESTS_FOLDER,
    WORKSPACE_FILE,
    WORKSPACE_VARIABLE,
    is_workspace,
    require_folder,
    workspace_above,
)

# What a workspace has where nothing else is chosen: a folder, and two databases.
OWN_PLACES = {"store": "store", "catalog": "catalog.db", "tracking": "mlflow.db"}
SQLITE_FILE = "sqlite:///"
KNOWN_KEYS = frozenset(
    {
        "name",
        "store",
        "catalog",
        "tracking",
        "cache",
        "cache_bytes",
        "read_ahead_bytes",
        "dead_share",
        "log_reports",
        "cut_into_store",
        "cut",
        "split",
    }
)
DEFAULT_CACHE_BYTES = 50_000_000_000
DEFAULT_READ_AHEAD_BYTES = 400_000_000
DEFAULT_DEAD_SHARE = 0.1
_YES_OR_NO = {"true": True, "1": True, "false": False, "0": False}
NAME_PATTERN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Settings:
    """Where a workspace keeps things. A workspace holds one dataset.

    Attributes:
        workspace: the folder that holds `audioset.toml`, `manifests/` and `clips/`.
        name: the dataset's name, `[a-z0-9-]`, at most 64 characters.
        store: root of the published versions: a folder, or `s3://bucket/prefix`, `gs://…`, `az://…`.
        catalog: SQLAlchemy URL of the database that holds what people decided.
        tracking: MLflow tracking URI.
        cut_defaults: the `[cut]` table of `audioset.toml`, unchecked; `CutOptions` checks it.
        split_defaults: the `[split]` table, unchecked; `SplitOptions` checks it.
        cache: folder where shards of a remote store are kept for training; None keeps none.
        cache_bytes: how large that folder may become.
        read_ahead_bytes: encoded clips of a remote store that a training process may hold.
        dead_share: of the bytes of a version's shards, that clips of earlier versions may have;
            0 allows none.
        log_reports: whether `publish` and `log` put a report on the version's run in MLflow.
        cut_into_store: whether the clips of sources that were never cut go straight into the store.
        address: of a workspace on object storage, for which `workspace` stands as long as this
            process lives; None of one that is a folder.
    """

    workspace: Path
    name: str
    store: str
    catalog: str
    tracking: str
    cut_defaults: Mapping[str, Any] = field(default_factory=dict)
    split_defaults: Mapping[str, Any] = field(default_factory=dict)
    cache: Path | None = None
    cache_bytes: int = DEFAULT_CACHE_BYTES
    read_ahead_bytes: int = DEFAULT_READ_AHEAD_BYTES
    dead_share: float = DEFAULT_DEAD_SHARE
    log_reports: bool = True
    cut_into_store: bool = False
    address: str | None = None

    def __repr__(self) -> str:
        """Show what is chosen most, without the passwords in addresses."""
        shown = {
            "workspace": self.address or str(self.workspace),
            "name": self.name,
            "store": hide(self.store, self.store),
            "catalog": hide(self.catalog, self.catalog),
            "tracking": hide(self.tracking, self.tracking),
        }
        return f"Settings({', '.join(f'{name}={text!r}' for name, text in shown.items())})"

    @property
    def is_workspace(self) -> bool:
        """Whether the folder is a workspace: it has `audioset.toml`, or something was cut there."""
        return is_workspace(self.workspace)

    @property
    def has_store(self) -> bool:
        """Whether there can be a store: not where it would lie in a folder that is no workspace."""
        return "://" in self.store or self._can_be(Path(self.store))

    @property
    def has_tracking(self) -> bool:
        """Whether there can be an MLflow, as `has_store`."""
        is_file = self.tracking.startswith(SQLITE_FILE)
        return not is_file or self._can_be(Path(self.tracking.removeprefix(SQLITE_FILE)))

    def _can_be(self, path: Path) -> bool:
        return path.parent != self.workspace or path.exists() or self.is_workspace

    @property
    def manifests_dir(self) -> Path:
        """Folder of the working manifests, one Parquet file per source."""
        return manifests_dir_of(self.workspace)

    @property
    def clips_dir(self) -> Path:
        """Folder of the working clips, `<clip_id>.flac` each."""
        return clips_dir_of(self.workspace)


def own_place(workspace: Path, setting: str) -> Path:
    """Give where a workspace keeps its store, catalog or tracking unless another is chosen."""
    return workspace / OWN_PLACES[setting]


def shown_here(path: Path) -> str:
    """Give a path as somebody types it who works in the current folder."""
    here = Path.cwd()
    return shlex.quote(str(path.relative_to(here) if path.is_relative_to(here) else path))


def seen_from(path: str, folder: Path) -> str:
    """Give a path as it is typed in a folder, where it lies inside; an address stays as it is."""
    is_inside = "://" not in path and Path(path).is_relative_to(folder)
    return str(Path(path).relative_to(folder)) if is_inside else path


def manifests_dir_of(workspace: Path) -> Path:
    """Give the folder of the working manifests of a workspace."""
    return workspace / MANIFESTS_FOLDER


def clips_dir_of(workspace: Path) -> Path:
    """Give the folder of the working clips of a workspace."""
    return workspace / "clips"


def load_settings(
    *,
    workspace: str | Path | None = None,
    name: str | None = None,
    store: str | None = None,
    catalog: str | None = None,
    tracking: str | None = None,
    cache: str | Path | None = None,
    cache_bytes: int | None = None,
    address: str | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Settings:
    """Read the settings of a workspace; every argument overrides environment and file.

    Without `workspace`, the nearest folder upwards that holds `audioset.toml` is taken, else the
    current folder with defaults, so that every command works before `audioset init`.

    A workspace on object storage has an `address`, beside which its own places lie. A database
    cannot lie there: its catalog and its tracking have to be chosen before they are used.

    Raises:
        NotFoundError: the workspace that is named is no folder.
        InvalidInputError: `audioset.toml` is not TOML, or it has an unknown key or a bad value, or
            names a place that was left behind when the workspace was moved; a password in an
            address cannot be read; the store is neither a folder nor an address.
    """
    root = _find_workspace(workspace, environ.get(WORKSPACE_VARIABLE))
    file = _read_file(root / WORKSPACE_FILE)

    def choose(flag: str | None, variables: tuple[str, ...], key: str, default: str) -> str:
        from_environment = next((environ[v] for v in variables if environ.get(v)), None)
        given = flag or from_environment
        if given or file.get(key) in (None, ""):
            return given or default
        _require_not_left_behind(key, str(file[key]), root)
        return str(file[key])

    cached = choose(str(cache or ""), ("AUDIOSET_CACHE",), "cache", "")
    size = choose(
        str(cache_bytes or ""), ("AUDIOSET_CACHE_BYTES",), "cache_bytes", str(DEFAULT_CACHE_BYTES)
    )
    ahead = choose(
        None,
        ("AUDIOSET_READ_AHEAD_BYTES",),
        "read_ahead_bytes",
        str(DEFAULT_READ_AHEAD_BYTES),
    )
    dead = choose(None, ("AUDIOSET_DEAD_SHARE",), "dead_share", str(DEFAULT_DEAD_SHARE))
    reports = choose(None, ("AUDIOSET_LOG_REPORTS",), "log_reports", "true")
    into_store = choose(
        None, ("AUDIOSET_CUT_INTO_STORE",), "cut_into_store", "true" if address else "false"
    )
    default_name = slug(root.name, fallback="dataset")
    return Settings(
        workspace=root,
        name=require_dataset_name(choose(name, ("AUDIOSET_NAME",), "name", default_name)),
        store=_absolute_location(
            choose(store, ("AUDIOSET_STORE",), "store", OWN_PLACES["store"]), address or root
        ),
        catalog=_database("catalog", choose(catalog, ("AUDIOSET_CATALOG",), "catalog", ""), root),
        tracking=_database(
            "tracking",
            choose(tracking, ("AUDIOSET_TRACKING", "MLFLOW_TRACKING_URI"), "tracking", ""),
            root,
        ),
        cut_defaults=dict(file.get("cut", {})),
        split_defaults=dict(file.get("split", {})),
        cache=Path(_absolute_location(cached, root)) if cached else None,
        cache_bytes=_require_bytes("cache_bytes", size),
        read_ahead_bytes=_require_bytes("read_ahead_bytes", ahead),
        dead_share=_require_share("dead_share", dead),
        log_reports=_require_yes_or_no("log_reports", reports),
        cut_into_store=_require_yes_or_no("cut_into_store", into_store),
        address=address,
    )


def require_dataset_name(name: str) -> str:
    """Return `name` when it may name a dataset.

    Raises:
        InvalidInputError: it holds anything but `a-z`, `0-9` and inner `-`, or over 64 characters.
    """
    if not NAME_PATTERN.fullmatch(name):
        raise InvalidInputError(
            f"dataset name {name!r} is not allowed: use a-z, 0-9 and - (at most 64 characters), "
            f"for example {slug(name, fallback='scots')!r}"
        )
    return name


def user_name() -> str:
    """Give the name of the user at work, "unknown" in a container that has no entry for it."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"


def slug(text: str, *, fallback: str, max_length: int = 60) -> str:
    """Reduce any text to `[a-z0-9-]`, accents dropped; `fallback` when nothing is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:max_length].strip("-") or fallback


def _find_workspace(given: str | Path | None, of_environment: str | None) -> Path:
    if given:
        return require_folder(given, "")
    if of_environment:
        return require_folder(of_environment, WORKSPACE_VARIABLE)
    here = Path.cwd()
    return workspace_above(here) or here


def _read_file(path: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"{path} is not valid TOML: {error}") from error
    unknown = sorted(set(values) - KNOWN_KEYS)
    if unknown:
        known = sorted(KNOWN_KEYS)
        meant = near_or_all(unknown[0], known)
        raise InvalidInputError(f"{path}: unknown setting {unknown[0]!r}; {meant}")
    for table in ("cut", "split"):
        if not isinstance(values.get(table, {}), dict):
            raise InvalidInputError(f"{path}: {table!r} is a table, written [{table}]")
    return values


def _require_not_left_behind(key: str, value: str, root: Path) -> None:
    """Refuse a whole path that is not there while the workspace holds what it named: it moved.

    The old folder would be made again, and what is here not be found.
    """
    path = Path(value.removeprefix(SQLITE_FILE))
    if key == "cache" or not path.is_absolute() or path.exists():
        return
    if (root / path.name).exists():
        here = f"{SQLITE_FILE if value.startswith(SQLITE_FILE) else ''}{path.name}"
        raise InvalidInputError(
            f"{root / WORKSPACE_FILE}: {key} is {value}, which is not there, but "
            f'{root / path.name} is; was the workspace moved? Write {key} = "{here}"'
        )


def _require_bytes(key: str, text: str) -> int:
    try:
        size = int(text)
    except ValueError:
        size = 0
    if size <= 0:
        raise InvalidInputError(f"{key} is a number of bytes above 0, not {text!r}")
    return size


def _require_share(key: str, text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise InvalidInputError(f"{key} is a share from 0 to 1, such as 0.1, not {text!r}")
    return share


def _require_yes_or_no(key: str, text: str) -> bool:
    if text.lower() not in _YES_OR_NO:
        raise InvalidInputError(f"{key} is true or false, not {text!r}")
    return _YES_OR_NO[text.lower()]


def _absolute_location(location: str, root: Path | str) -> str:
    if "://" in require_location(location):
        return location
    if isinstance(root, str):
        if Path(location).expanduser().is_absolute():
            return str(Path(location).expanduser())
        return f"{root}/{location.strip('/')}"
    return str((root / Path(location).expanduser()).resolve())


def _database(setting: str, url: str, root: Path) -> str:
    """Give the address of a database that is chosen, or of its file in the workspace."""
    default = f"{SQLITE_FILE}{OWN_PLACES[setting]}"
    return _absolute_sqlite(require_address(url or default, setting), root)


def _absolute_sqlite(url: str, root: Path) -> str:
    """Tie a relative SQLite path to the workspace, so that the current folder never matters."""
    path = url.removeprefix(SQLITE_FILE)
    if not url.startswith(SQLITE_FILE) or path in ("", ":memory:") or Path(path).is_absolute():
        return url
    return SQLITE_FILE + str((root / path).resolve())
