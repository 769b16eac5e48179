"""Working: the clips that are being worked on, and the catalog of what people decided."""

from dataclasses import dataclass, replace
from pathlib import Path

from audioset.catalog.catalog import Catalog
from audioset.curation.workspace.clip_audio import ClipAudio, EitherAudio, WorkingAudio
from audioset.settings import clips_dir_of, manifests_dir_of

_ASIDE = "removed"  # folder of a workspace
_EXPORTED = ".exported"
_ORIGINALS = "originals"
_HEARD = "heard"
PRIVATE_FOLDER = ".review"  # of a workspace; hidden, of this machine, for its user alone


@dataclass(frozen=True, slots=True)
class Working:
    """The working clips of one workspace; picklable, so that worker processes can have it.

    Attributes:
        folder: of the workspace.
        name: of the dataset.
        catalog: what people decided.
        home: folder of the workspace of which this is a part; None for a workspace itself.
        published: reads what lies in the store of the clips; None where nothing can.
    """

    folder: Path
    name: str
    catalog: Catalog
    home: Path | None = None
    published: ClipAudio | None = None

    @property
    def manifests_dir(self) -> Path:
        """Folder of the working manifests, one Parquet file per source."""
        return manifests_dir_of(self.folder)

    @property
    def clips_dir(self) -> Path:
        """Folder of the working clips, `<clip_id>.flac` each."""
        return clips_dir_of(self.folder)

    @property
    def audio(self) -> ClipAudio:
        """The audio of the working clips, wherever it lies: here, or in the store."""
        here = WorkingAudio(self.clips_dir)
        return here if self.published is None else EitherAudio(here, self.published)

    @property
    def exported_dir(self) -> Path:
        """Folder of what tables of clips said when they were exported."""
        return self.folder / _EXPORTED

    @property
    def heard_dir(self) -> Path:
        """Folder of what was heard of sources, to be used again; see `kept_heard`."""
        return (self.home or self.folder) / PRIVATE_FOLDER / _HEARD

    @property
    def own_folders(self) -> tuple[Path, ...]:
        """Folders whose media are clips, and never sources."""
        return (
            self.clips_dir,
            self.aside.folder,
            self.originals.folder,
            self.folder / "store",
        )

    @property
    def aside(self) -> "Working":
        """What was removed and can be brought back: rows and clips in a folder of their own."""
        return replace(self, folder=self.folder / _ASIDE, home=self.folder)

    @property
    def originals(self) -> "Working":
        """Clips as they were before people moved their edges, split or merged them."""
        home = self.home or self.folder
        return replace(self, folder=home / _ORIGINALS, home=home)
