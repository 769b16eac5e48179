"""The recipe of a run: kept when it pins its data, read when it is to be run again."""

import json
import platform
import shlex
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from importlib.metadata import distributions
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from audioset.errors import AudiosetError, IntegrityError, InvalidInputError, NotFoundError
from audioset.records.pin import Pin
from audioset.records.recipe import CodeState, Recipe
from audioset.settings import user_name
from audioset.storage.store import Store
from audioset.tracking.client.client import mlflow_call, open_client, require_backend
from audioset.tracking.client.dataset_input import (
    DATASET_TAG,
    DIGEST_TAG,
    FILTER_TAG,
    KIND_TAG,
    VERSION_DIGEST_TAG,
    VERSION_TAG,
)
from audioset.tracking.client.queries import parent_run
from audioset.tracking.client.subjects import run_of
from audioset.tracking.client.tracking import Tracking
from audioset.tracking.moves import earlier_homes
from audioset.tracking.run.code_state import this_code
from audioset.tracking.run.moved_code import code_of_now
from audioset.versions.read.resolve import resolve

PACKAGES_FILE = "audioset/packages.txt"
RECIPE_FILE = "audioset/recipe.json"
PATCH_FILE = "audioset/code.patch"
SCRIPT_FOLDER = "audioset/script"
COMMAND_TAG = "audioset.command"  # for people; it also tells that there is a recipe
REPRODUCES_TAG = "audioset.reproduces"
REPRODUCED_TAG = "audioset.reproduced_by"
KIND_REPRODUCTION = "reproduction"
_CODE_FORMAT = 2  # 2 tells what was hidden in the command
_MAX_TAG = 5000
_MAX_NAMED = 8  # packages in a warning


def log_recipe(run_id: str, tracking: Tracking) -> None:
    """Keep with a run how it can be run again: command, commit, changes, packages; never raises."""
    with suppress(AudiosetError), mlflow_call(tracking):
        client = open_client(tracking)
        code = this_code()
        values = {"format": _CODE_FORMAT, **asdict(code.state)}
        client.log_text(run_id, json.dumps(values, indent=2), RECIPE_FILE)
        client.log_text(run_id, _packages(), PACKAGES_FILE)
        with TemporaryDirectory(prefix="audioset-") as scratch:
            if code.patch is not None:
                path = Path(scratch) / Path(PATCH_FILE).name
                path.write_bytes(code.patch)
                client.log_artifact(run_id, str(path), str(Path(PATCH_FILE).parent))
            if code.script is not None:
                name, text = code.script
                path = Path(scratch) / name
                path.write_bytes(text)
                client.log_artifact(run_id, str(path), SCRIPT_FOLDER)
        # The tag comes last: it promises the files.
        client.set_tag(run_id, COMMAND_TAG, shlex.join(code.state.words)[:_MAX_TAG])


def read_recipe(subject: str, tracking: Tracking, store: Store) -> Recipe:
    """Read the recipe of a model's run, or of a run.

    A run nested in another, without a recipe of its own, has that of the run around it.

    Args:
        subject: `models:/name@alias`, `models:/name/3`, or an MLflow run id.
        tracking: where MLflow is.
        store: of the versions.

    Raises:
        InvalidInputError: the subject has another form.
        NotFoundError: no such model or run; or it has no recipe; or a version it used is gone.
        IntegrityError: the store holds other data under the name of a version.
        TrackingError: MLflow did not answer.
    """
    require_backend(tracking, subject)
    with mlflow_call(tracking):
        client = open_client(tracking)
        asked = run_of(client, subject, tracking)
        run: Any | None = asked
        while run is not None and COMMAND_TAG not in run.data.tags:
            run = parent_run(client, run)
        if run is None:
            raise NotFoundError(
                f"MLflow run {asked.info.run_id} has no recipe: it pinned no version, or by an "
                "older audioset; train again inside audioset.training_run"
            )
        code, moved = code_of_now(
            kept_code(client, run), earlier_homes(tracking.uri, tracking.folder)
        )
        pins = tuple(_pins(run, store))
        return Recipe(
            subject=subject,
            run_id=run.info.run_id,
            run_name=run.info.run_name or "",
            experiment=client.get_experiment(run.info.experiment_id).name,
            code=code,
            pins=pins,
            params=dict(run.data.params),
            metrics=dict(run.data.metrics),
            warnings=(*moved, *_differences(code, run, _read_text(client, run, PACKAGES_FILE))),
            withdrawn=_require_data(pins, store),
        )


def kept_code(client: Any, run: Any) -> CodeState:
    """Read with which code a run was made; it has the tag `COMMAND_TAG`.

    Raises:
        InvalidInputError: a newer audioset wrote it.
    """
    values = json.loads(_read_text(client, run, RECIPE_FILE))
    if values.pop("format") > _CODE_FORMAT:
        raise InvalidInputError(
            f"the recipe of MLflow run {run.info.run_id} is of a newer audioset; update it"
        )
    return CodeState(**{**values, "words": tuple(values["words"])})


def fetch_code(recipe: Recipe, tracking: Tracking, folder: Path) -> tuple[Path | None, Path | None]:
    """Fetch what was kept of the code to a folder.

    Returns:
        The patch against the commit, and the script that lay in no repository; None for each that
        there is none of.
    """
    with mlflow_call(tracking):
        client = open_client(tracking)
        patch = script = None
        if recipe.code.changed:
            patch = Path(client.download_artifacts(recipe.run_id, PATCH_FILE, str(folder)))
        listed = client.list_artifacts(recipe.run_id, SCRIPT_FOLDER)
        if listed:
            script = Path(client.download_artifacts(recipe.run_id, listed[0].path, str(folder)))
        return patch, script


def begin_reproduction(recipe: Recipe, tracking: Tracking) -> tuple[str, str]:
    """Make the run that follows a recipe, linked with the first one both ways.

    Returns:
        Its id, and that of its experiment.
    """
    with mlflow_call(tracking):
        client = open_client(tracking)
        first = client.get_run(recipe.run_id)
        tags = {
            KIND_TAG: KIND_REPRODUCTION,
            REPRODUCES_TAG: recipe.run_id,
            "mlflow.user": user_name(),
            "mlflow.source.name": first.data.tags.get("mlflow.source.name", ""),
            "mlflow.source.type": "LOCAL",
        }
        made = client.create_run(
            first.info.experiment_id, run_name=f"{recipe.run_name} again", tags=tags
        )
        known = first.data.tags.get(REPRODUCED_TAG, "")
        others = [known] if known else []
        client.set_tag(recipe.run_id, REPRODUCED_TAG, ", ".join([*others, made.info.run_id]))
        return str(made.info.run_id), str(first.info.experiment_id)


def read_result(
    run_id: str, tracking: Tracking, store: Store
) -> tuple[dict[str, float], tuple[Pin, ...]]:
    """Read the metrics of a run, and what it pinned."""
    with mlflow_call(tracking):
        run = open_client(tracking).get_run(run_id)
        return dict(run.data.metrics), tuple(_pins(run, store))


def _packages() -> str:
    """List the installed packages as pip does."""
    found = {f"{item.name}=={item.version}" for item in distributions()}
    lines = [f"# Python {sys.version.split()[0]}", *sorted(found, key=str.lower)]
    return "\n".join(lines) + "\n"


def _read_text(client: Any, run: Any, name: str) -> str:
    with TemporaryDirectory(prefix="audioset-") as scratch:
        path = client.download_artifacts(run.info.run_id, name, scratch)
        return Path(path).read_text(encoding="utf-8")


def _pins(run: Any, store: Store) -> Iterable[Pin]:
    """Give the versions and views that a run pinned, in order of their names."""
    found = set()
    for dataset_input in run.inputs.dataset_inputs if run.inputs else ():
        tags = {tag.key: tag.value for tag in dataset_input.tags}
        if {DATASET_TAG, VERSION_TAG, DIGEST_TAG} <= set(tags):
            found.add(
                Pin(
                    dataset=tags[DATASET_TAG],
                    version=int(tags[VERSION_TAG]),
                    digest=tags[DIGEST_TAG],
                    store=store.url,
                    filter=tags.get(FILTER_TAG),
                    version_digest=tags.get(VERSION_DIGEST_TAG),
                )
            )
    return sorted(found, key=lambda pin: (pin.dataset, pin.version, pin.digest))


def _require_data(pins: Iterable[Pin], store: Store) -> dict[str, int]:
    """Require that the store still holds what was pinned; gives what was withdrawn of it."""
    withdrawn = {}
    for pin in pins:
        record = resolve(store, pin.ref)
        wanted = pin.version_digest or pin.digest
        if record.digest != wanted:
            raise IntegrityError(
                f"{pin.ref} in {store.url} has digest {record.digest[:12]}, but the run used "
                f"{wanted[:12]}: it is not the same data; name the store that it was in"
            )
        if record.num_withdrawn:
            withdrawn[str(pin.ref)] = record.num_withdrawn
    return withdrawn


def _differences(code: CodeState, run: Any, packages: str) -> Iterable[str]:
    """Say what is not here as it was there."""
    if code.python != platform.python_version():
        yield f"Python was {code.python}, here it is {platform.python_version()}"
    there = run.data.params.get("env_platform")
    if there not in (None, platform.platform()):
        yield f"the platform was {there}, here it is {platform.platform()}"
    before, now = _versions(packages), _versions(_packages())
    changed = [
        f"{name} {version} → {now.get(name, 'not installed')}"
        for name, version in sorted(before.items())
        if now.get(name) != version
    ]
    if changed:
        named = ", ".join(changed[:_MAX_NAMED])
        more = f" and {len(changed) - _MAX_NAMED} more" if len(changed) > _MAX_NAMED else ""
        yield f"packages differ: {named}{more}"


def _versions(listed: str) -> dict[str, str]:
    pairs = (line.partition("==") for line in listed.splitlines() if not line.startswith("#"))
    return {name.lower().replace("_", "-"): version for name, _, version in pairs}
