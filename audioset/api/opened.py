"""What a workspace has open: its clips, its store, its MLflow. Opened when needed, once."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

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

    @cached_property
    def working(self) -> "Working":
        """The working clips, and what people decided about them."""
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

    @cached_property
    def store(self) -> "Store":
        """The store of published versions."""
        from audioset.storage.store import open_store

        return open_store(self.settings.store)

    @cached_property
    def tracking(self) -> "Tracking":
        """MLflow, as this workspace uses it."""
        from audioset.tracking.client import Tracking
        from audioset.tracking.client.moves import follow_move

        return follow_move(Tracking(self.settings.tracking, self.folder))
