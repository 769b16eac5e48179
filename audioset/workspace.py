"""Workspace: what a person holds. Its verbs are the chapters of `audioset.api`."""

from pathlib import Path
from typing import TYPE_CHECKING

from audioset.api.checkout import CheckoutChapter
from audioset.api.clips import ClipsChapter
from audioset.api.cutting import CuttingChapter
from audioset.api.everyday import EverydayChapter
from audioset.api.experiments import ExperimentsChapter
from audioset.api.lineage import LineageChapter
from audioset.api.reshaping import ReshapingChapter
from audioset.api.review import ReviewChapter
from audioset.api.reviewers import ReviewersChapter
from audioset.api.synced import find_folder, send_settings
from audioset.api.tables import TablesChapter
from audioset.api.training import TrainingChapter
from audioset.api.versions import VersionsChapter
from audioset.nearby import folder_meant
from audioset.new_workspace import create_workspace
from audioset.review.chapter import ReviewPageChapter
from audioset.settings import load_settings

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from audioset.records.doctor_report import DoctorReport
    from audioset.records.pin import Pin
    from audioset.records.several import Several
    from audioset.settings import Settings
    from audioset.tracking.trainers.lightning import LightningCallback
    from audioset.tracking.trainers.transformers import TransformersCallback
    from audioset.training.reader import Dataset
    from audioset.training.torch_stream import TorchStream


class Workspace(
    CuttingChapter,
    ClipsChapter,
    ReviewChapter,
    ReviewersChapter,
    ReshapingChapter,
    ReviewPageChapter,
    TablesChapter,
    VersionsChapter,
    CheckoutChapter,
    TrainingChapter,
    ExperimentsChapter,
    LineageChapter,
    EverydayChapter,
):
    """A folder that holds one dataset, with its store, its catalog and its MLflow.

    `audioset.open_workspace` gives one. Nothing is contacted before a verb needs it; store, catalog
    and MLflow are then opened once.

    Example:
        >>> ws = audioset.open_workspace("scots")
        >>> ws.cut("talk.mp4", speaker="isla")
        >>> ws.publish(message="first clips")
    """

    def __repr__(self) -> str:
        return f"Workspace({str(self.folder)!r}, name={self.name!r})"


def init(directory: str | Path = ".", *, name: str | None = None) -> Workspace:
    """Make a folder a workspace: write its `audioset.toml`.

    Args:
        directory: made when missing; or the address of one on object storage.
        name: of the dataset, `[a-z0-9-]`; the folder's name when None.

    Raises:
        AlreadyExistsError: the folder is a workspace already.
        InvalidInputError: the name is not allowed, or the folder lies inside of a workspace.
        StorageError: the store of one on object storage did not answer.
    """
    folder, address = find_folder(directory)
    settings = create_workspace(folder or directory, name=name)
    if address is None:
        return Workspace(settings)
    send_settings(settings)
    return Workspace(load_settings(workspace=folder, address=address))


def open_workspace(
    workspace: str | Path | None = None,
    *,
    name: str | None = None,
    store: str | Path | None = None,
    catalog: str | None = None,
    tracking: str | None = None,
    cache: str | Path | None = None,
    cache_bytes: int | None = None,
) -> Workspace:
    """Open a workspace; every argument wins over the environment, which wins over `audioset.toml`.

    Args:
        workspace: its folder, or its address on object storage, such as `s3://bucket/work`; the
            nearest folder upwards that holds `audioset.toml` when None, else the current folder
            with defaults.
        name: of the dataset, `[a-z0-9-]`.
        store: root of the published versions: a folder, `s3://bucket/prefix`, `gs://…` or `az://…`.
        catalog: SQLAlchemy URL of the database that holds what people decided.
        tracking: MLflow tracking URI.
        cache: folder where shards of a remote store are kept for training.
        cache_bytes: how large that folder may become.

    Raises:
        NotFoundError: the workspace that is named is no folder; the text says where one is. In a
            folder that is none yet, this is raised by the verbs that need one.
        InvalidInputError: `audioset.toml` is not TOML, or it has an unknown key or a bad value.
        StorageError: the store of a workspace on object storage did not answer.
    """
    folder, address = find_folder(workspace)
    opened = Workspace(
        load_settings(
            workspace=folder,
            address=address,
            name=name,
            store=None if store is None else str(store),
            catalog=catalog,
            tracking=tracking,
            cache=cache,
            cache_bytes=cache_bytes,
        )
    )
    opened._tracking_uri  # noqa: B018  a workspace that moved has so for MLflow alone, too
    return opened


def doctor(
    workspace: str | Path | None = None,
    *,
    name: str | None = None,
    store: str | Path | None = None,
    catalog: str | None = None,
    tracking: str | None = None,
) -> "DoctorReport":
    """Look at all that verbs rest on, also where no workspace can be opened.

    See `Workspace.doctor`; the arguments are those of `open_workspace`. Nothing is raised: settings
    that cannot be read are a trouble like others.
    """
    from audioset.health import examine

    def load() -> "Settings":
        folder, address = find_folder(workspace)
        return load_settings(
            workspace=folder,
            address=address,
            name=name,
            store=None if store is None else str(store),
            catalog=catalog,
            tracking=tracking,
        )

    return examine(load, folder_meant(workspace))


def open(reference: str | Path) -> "Dataset":
    """Open a version or a view of the current workspace for reading; see `Workspace.open`."""
    return open_workspace().open(reference)


def pin(
    reference: "str | Path | Dataset",
    *,
    context: str = "training",
    run_id: str | None = None,
    frozen_test: str | Path | None = None,
    frozen_by: "Several[str] | None" = None,
    allow_leak: bool = False,
) -> "Pin":
    """Pin a version of the current workspace in the active MLflow run; see `Workspace.pin`."""
    return open_workspace().pin(
        reference,
        context=context,
        run_id=run_id,
        frozen_test=frozen_test,
        frozen_by=frozen_by,
        allow_leak=allow_leak,
    )


def training_run(
    reference: "str | Path | Dataset",
    *,
    experiment: str | None = None,
    run_name: str | None = None,
    frozen_test: str | Path | None = None,
    frozen_by: "Several[str] | None" = None,
    allow_leak: bool = False,
) -> "AbstractContextManager[Pin]":
    """Start an MLflow run that pins a version of the current workspace.

    See `Workspace.training_run`.
    """
    return open_workspace().training_run(
        reference,
        experiment=experiment,
        run_name=run_name,
        frozen_test=frozen_test,
        frozen_by=frozen_by,
        allow_leak=allow_leak,
    )


def lightning_callback(
    reference: "str | Path | Dataset",
    *,
    stream: "TorchStream | None" = None,
    frozen_test: str | Path | None = None,
    frozen_by: "Several[str] | None" = None,
    allow_leak: bool = False,
) -> "LightningCallback":
    """Give a Lightning callback for the current workspace; see `Workspace.lightning_callback`."""
    return open_workspace().lightning_callback(
        reference,
        stream=stream,
        frozen_test=frozen_test,
        frozen_by=frozen_by,
        allow_leak=allow_leak,
    )


def transformers_callback(
    reference: "str | Path | Dataset",
    *,
    frozen_test: str | Path | None = None,
    frozen_by: "Several[str] | None" = None,
    allow_leak: bool = False,
) -> "TransformersCallback":
    """Give a callback of transformers for the current workspace.

    See `Workspace.transformers_callback`.
    """
    return open_workspace().transformers_callback(
        reference, frozen_test=frozen_test, frozen_by=frozen_by, allow_leak=allow_leak
    )
