"""What else explains a run: the sizes of its data, the code's commit, and the environment."""

import platform
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib.metadata import version

import pyarrow as pa

from audioset.errors import AudiosetError
from audioset.records.view import View
from audioset.storage.store import Store
from audioset.tracking.client.client import mlflow_call, open_client
from audioset.tracking.client.tracking import Tracking
from audioset.versions.read.resolve import scan_version
from audioset.versions.read.views import scan_rows

_GIT_SECONDS = 5
_MAX_SPLITS = 10
_PARAM_NAME = re.compile(r"[\w. -]{1,100}", re.ASCII)  # MLflow refuses others, and all with them


def log_circumstances(run_id: str, view: View, tracking: Tracking, store: Store) -> None:
    """Log what else explains a run, as params; never raises.

    Params: `data_clips`, `data_seconds` and both for each split, `code_commit` and `code_dirty` of
    the current folder's repository, `env_python`, `env_platform`, `env_audioset`.
    """
    params = {**_environment(), **_code()}
    with suppress(AudiosetError):
        params |= data_sizes(view, store)
    with suppress(AudiosetError), mlflow_call(tracking):
        from mlflow.entities import Param

        client = open_client(tracking)
        client.log_batch(run_id, params=[Param(key, text) for key, text in params.items()])


def data_sizes(view: View, store: Store) -> dict[str, str]:
    """Give clips and seconds of a version or of a view, in all and by split.

    Raises:
        IntegrityError, StorageError: the manifest cannot be read.
    """
    sizes = {"data_clips": f"{view.num_clips}", "data_seconds": f"{view.length_seconds:.3f}"}
    clips: dict[str, int] = defaultdict(int)
    seconds: dict[str, float] = defaultdict(float)
    for batch in _scan(view, ("split", "length_seconds"), store):
        groups = pa.Table.from_batches([batch]).group_by("split")
        for group in groups.aggregate([("length_seconds", "sum"), ([], "count_all")]).to_pylist():
            if group["split"] is not None:
                clips[group["split"]] += group["count_all"]
                seconds[group["split"]] += group["length_seconds_sum"]
    named = [split for split in clips if _PARAM_NAME.fullmatch(split)]
    for split in sorted(named, key=lambda name: (-clips[name], name))[:_MAX_SPLITS]:
        sizes[f"data_clips.{split}"] = f"{clips[split]}"
        sizes[f"data_seconds.{split}"] = f"{seconds[split]:.3f}"
    return sizes


def _scan(view: View, columns: Sequence[str], store: Store) -> Iterator[pa.RecordBatch]:
    if view.filter is None:
        return scan_version(store, view.record, columns)
    return scan_rows(store, view.record, view.filter, columns)


def _environment() -> dict[str, str]:
    return {
        "env_python": platform.python_version(),
        "env_platform": platform.platform(),
        "env_audioset": version("audioset"),
    }


def _code() -> dict[str, str]:
    """Give the commit of the repository that the training runs in; nothing outside of one."""
    commit = _git("rev-parse", "HEAD")
    changes = _git("status", "--porcelain", "--untracked-files=no")
    if not commit or changes is None:
        return {}
    return {"code_commit": commit, "code_dirty": "yes" if changes else "no"}


def _git(*words: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", *words], capture_output=True, text=True, timeout=_GIT_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return done.stdout.strip()
