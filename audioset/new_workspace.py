"""Floor 0: a folder becomes a workspace by the `audioset.toml` in it."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from audioset.errors import AlreadyExistsError, InvalidInputError
from audioset.nearby import WORKSPACE_FILE, workspace_above
from audioset.settings import Settings, load_settings, require_dataset_name, slug

_WORKSPACE_TEMPLATE = """\
# One workspace holds one dataset. Flags and AUDIOSET_* variables override this file.
name = "{name}"

# store = "store"                      # a folder, or s3://bucket/prefix
# catalog = "sqlite:///catalog.db"     # or postgresql+psycopg://user@host/database
# tracking = "sqlite:///mlflow.db"     # or http://mlflow.example:5000
# cache = "~/.cache/audioset"          # keeps shards of a remote store for training
# cache_bytes = 50_000_000_000         # how large it may become
# read_ahead_bytes = 400_000_000       # of a remote store, held by a training process
# dead_share = 0.1                     # of a version's bytes, clips of earlier versions; 0: none
# log_reports = true                   # a page that plays clips, in MLflow
# cut_into_store = true                # clips go straight into the store, and are no files here

[cut]
# by = "speech"                        # or silence, windows, subtitles, labels
# sampling_rate = 16000                # of the clips; that of the source by default
# pause_seconds = 0.35                 # a pause this long ends a clip
# pad_seconds = 0.15                   # kept on both sides of the speech
# min_seconds = 0.2                    # shorter speech is dropped
# max_seconds = 30.0                   # longer speech is split at its best pause

[split]
# validation = 0.1                     # shares of the length; training gets the rest
# test = 0.1
# by = "speaker,source,sentence,takes,duplicates"  # what splits must not share
# min_words = 4                        # shorter sentences join nothing
"""


def create_workspace(
    directory: str | Path, *, name: str | None = None, places: Mapping[str, str] | None = None
) -> Settings:
    """Write `audioset.toml` into `directory` (made when missing) and return its settings.

    The dataset has the folder's name when None; `places` of "store", "catalog" and "tracking" are
    written, others have defaults.

    Raises:
        AlreadyExistsError: the folder is a workspace already.
        InvalidInputError: the name is not allowed, `directory` is a file, or it lies inside of a
            workspace.
    """
    root = Path(directory).resolve()
    if root.exists() and not root.is_dir():
        raise InvalidInputError(f"{directory} is a file; name a folder for the workspace")
    around = workspace_above(root.parent)
    if around is not None and not (root / WORKSPACE_FILE).exists():
        raise InvalidInputError(
            f"{root} lies inside of the workspace {around}, and a workspace holds one dataset; "
            f"make it beside: audioset init {around.parent / root.name}"
            if root.name != around.name
            else f"{around} is that workspace already, and a workspace holds no other one"
        )
    dataset = require_dataset_name(name or slug(root.name, fallback="dataset"))
    root.mkdir(parents=True, exist_ok=True)
    try:
        with (root / WORKSPACE_FILE).open("x", encoding="utf-8") as file:
            file.write(_with_places(_WORKSPACE_TEMPLATE.format(name=dataset), places or {}))
    except FileExistsError:
        raise AlreadyExistsError(
            f"{root / WORKSPACE_FILE} exists: this folder is a workspace already; edit that file"
        ) from None
    return load_settings(workspace=root)


def _with_places(template: str, places: Mapping[str, str]) -> str:
    """Say in the text of an `audioset.toml` where things are."""
    for setting, place in places.items():
        before, after = re.split(rf"^# {setting} = .*$", template, maxsplit=1, flags=re.MULTILINE)
        template = f"{before}{setting} = {json.dumps(place, ensure_ascii=False)}{after}"
    return template
