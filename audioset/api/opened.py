"""What a workspace has open: its clips, its store, its MLflow. Opened when needed, once."""

from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.nearby import require_workspace
from audioset.settings import SQLITE_FILE, Settings, own_place

if TYPE_CHECKING:
    from audioset.curation.workspace.clip_audio import PublishedAudio
    from audioset.curation.workspace.working import Working
    from audioset.records.split_report import SplitOptions
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

    @property
    def _any_working(self) -> "Working":
        """The working clips where there may be none yet: the folder need not be a workspace.

        Raises:
            NotFoundError: the folder is not there any more: it was moved while it was open.
        """
        if not self.folder.is_dir():
            require_workspace(self.folder)
        return self._finished_working

    @cached_property
    def _finished_working(self) -> "Working":
        working = self._working_as_it_is
        if working.aside.folder.exists():  # a removal that was broken off is finished first
            from audioset.curation.removed import finish_change

            finish_change(working)
        return working

    @cached_property
    def _working_as_it_is(self) -> "Working":
        from audioset.catalog.catalog import Catalog
        from audioset.curation.workspace.working import Working

        own = own_place(self.folder, "catalog")
        is_kept = self.settings.address is None or self.settings.catalog != f"{SQLITE_FILE}{own}"
        catalog = Catalog(self.settings.catalog, own=own, is_kept=is_kept)
        return Working(self.folder, self.name, catalog, published=self._published_audio)

    @property
    def _published_audio(self) -> "PublishedAudio":
        """The audio of clips of the dataset that were published; the store is not asked yet."""
        from audioset.curation.workspace.clip_audio import PublishedAudio
        from audioset.versions.layout import shard_key

        place = self.settings.store
        return PublishedAudio(
            place, partial(shard_key, self.name), partial(_find_moved, place, self.name)
        )

    def _begun(self, *, was_workspace: bool) -> tuple[str, ...]:
        """Say that this folder has become a workspace, if it has."""
        if was_workspace or not self.settings.is_workspace:
            return ()
        return (
            f"{self.folder} is a workspace now, of dataset {self.name!r}, on defaults; to name it "
            "otherwise, or to say where things are: audioset init",
        )

    @cached_property
    def split_options(self) -> "SplitOptions":
        """What `[split]` in `audioset.toml` says."""
        from audioset.records.split_report import SplitOptions

        return SplitOptions.from_mapping(self.settings.split_defaults)

    @cached_property
    def store(self) -> "Store":
        """The store of published versions; told when it lacks those that lie in the workspace.

        Raises:
            NotFoundError: it would lie in the workspace, and the folder is none.
        """
        if not self.settings.has_store:
            require_workspace(self.folder)
        own = own_place(self.folder, "store")
        if (own / self.name).is_dir() and self.settings.store != str(own):
            from audioset.versions.copy import tell_not_copied

            tell_not_copied(self._store_as_it_is, own, self.name)
        return self._store_as_it_is

    @property
    def _store_beside_tracking(self) -> "Store":
        """The store for questions to MLflow, which answers most of them also where none is."""
        return self._store_as_it_is if self.settings.has_tracking else self.store

    @cached_property
    def _store_as_it_is(self) -> "Store":
        from audioset.storage.store import open_store

        return open_store(self.settings.store)

    @cached_property
    def tracking(self) -> "Tracking":
        """MLflow, as this workspace uses it."""
        from audioset.tracking.client import Tracking

        return Tracking(self._tracking_uri, self.folder, logs_reports=self.settings.log_reports)

    @cached_property
    def _tracking_uri(self) -> str:
        """Where MLflow is; what it keeps of places has followed the workspace, when that moved."""
        uri = self.settings.tracking
        if not uri.startswith("sqlite:"):
            return uri
        from audioset.tracking.moves import follow_move

        return follow_move(uri, self.folder)


def _find_moved(
    address: str, dataset: str, clip_id: str, audio_sha256: str
) -> tuple[str, int, int] | None:
    from audioset.versions.read.moved import find_moved  # late: hardly ever

    return find_moved(address, dataset, clip_id, audio_sha256)
