"""What a workspace has open: its clips, its store, its MLflow. Opened when needed, once."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.nearby import require_workspace
from audioset.records.split_report import SplitOptions
from audioset.settings import Settings

if TYPE_CHECKING:
    from audioset.curation.workspace.working import Working
    from audioset.storage.store import Store
    from audioset.tracking.client import Tracking


class Opened:
    """A workspace's parts, as the chapters hand them down; nothing is contacted before its use.

    Attributes:
        settings: where the workspace keeps things, read once.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @property
    def name(self) -> str:
        """Name of the dataset."""
        return self.settings.name

    @property
    def folder(self) -> Path:
        """Folder of the workspace."""
        return self.settings.workspace

    @property
    def clips_dir(self) -> Path:
        """Folder of the working clips, `<clip_id>.flac` each."""
        return self.settings.clips_dir

    @property
    def manifests_dir(self) -> Path:
        """Folder of the working manifests, one Parquet file per source."""
        return self.settings.manifests_dir

    @property
    def working(self) -> "Working":
        """The working clips, and what people decided about them.

        Raises:
            NotFoundError: the folder is no workspace; the text says where the nearest one is.
        """
        require_workspace(self.folder)
        return self._any_working

    @cached_property
    def _any_working(self) -> "Working":
        """The working clips where there may be none yet: the folder need not be a workspace."""
        working = self._working_as_it_is
        if working.aside.folder.exists():  # a removal that was broken off is finished first
            from audioset.curation.removed import finish_change

            finish_change(working)
        return working

    @cached_property
    def _working_as_it_is(self) -> "Working":
        from audioset.catalog.catalog import Catalog
        from audioset.curation.workspace.working import Working

        return Working(self.folder, self.name, Catalog(self.settings.catalog))

    @cached_property
    def split_options(self) -> SplitOptions:
        """What `[split]` in `audioset.toml` says."""
        return SplitOptions.from_mapping(self.settings.split_defaults)

    @property
    def store(self) -> "Store":
        """The store of published versions.

        Raises:
            NotFoundError: it would lie in the workspace, and the folder is none.
        """
        if not self.settings.has_store:
            require_workspace(self.folder)
        return self._any_store

    @property
    def _store_beside_tracking(self) -> "Store":
        """The store for questions to MLflow, which answers most of them also where none is."""
        return self._any_store if self.settings.has_tracking else self.store

    @cached_property
    def _any_store(self) -> "Store":
        from audioset.storage.store import open_store

        return open_store(self.settings.store)

    @cached_property
    def tracking(self) -> "Tracking":
        """MLflow, as this workspace uses it."""
        from audioset.tracking.client import Tracking

        return Tracking(self.settings.tracking, self.folder)
