"""Chapter 3, its verbs for those who have not all audio here: checkout, fetch, free."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.api.names import Names, Reference, tell_withdrawn
from audioset.engine import Progress
from audioset.hiding import hide
from audioset.notebook import notebook_progress
from audioset.settings import SQLITE_FILE, own_place

if TYPE_CHECKING:
    import pyarrow as pa

    from audioset.records.checkout_report import CheckoutReport
    from audioset.records.cut_shards import NoVersionYet
    from audioset.records.local_audio import FetchReport, FreeReport
    from audioset.records.version import VersionRecord


class CheckoutChapter(Names):
    """The verbs over workspaces whose audio lies in the store."""

    def checkout(
        self,
        reference: Reference,
        directory: str | Path | None = None,
        *,
        filter: str | None = None,
        progress: Progress = notebook_progress,
    ) -> "CheckoutReport":
        """Make a workspace of the rows of a version, without its audio.

        All verbs work on it: audio is read from the store, by range and held against its hash,
        where an ear or a model needs it. What is cut there is added by the next publish, which goes
        on from this version. The new `audioset.toml` names the store, and catalog and MLflow where
        these are not files of this workspace, so that decisions are shared with it.

        Args:
            reference: `name@v3`, `name@alias`, a view such as `name@v3?snr_db > 20`, or a pin file.
            directory: made when missing; the dataset's name in the current folder when None. No
                workspace, and not in one.
            filter: SQL condition on the columns of the manifest; other clips stay out.

        Raises:
            NotFoundError: no such version.
            AlreadyExistsError: the folder is a workspace.
            InvalidInputError: the folder lies in a workspace, or is a file; the condition is not
                SQL, or no clip is chosen.
            IntegrityError: the manifest is missing or damaged.
            StorageError: the store did not answer, or the disk is full.
        """
        from audioset.records.view import both_conditions
        from audioset.versions.thin import checkout as run

        record, condition, _ = self._find_view(reference)
        tell_withdrawn(record)
        places, secret = self._shared_places()
        report = run(
            self.store,
            record,
            Path(record.dataset if directory is None else directory).absolute(),
            where=both_conditions(condition, filter),
            places=places,
            progress=progress,
        )
        return replace(report, not_written=secret)

    def fetch(
        self, *, filter: str | None = None, progress: Progress = notebook_progress
    ) -> "FetchReport":
        """Bring audio that lies in the store to the workspace, such as for work without a network.

        What is here with its hash is not fetched again, so that a fetch that was broken off goes
        on. Rows are told where their audio lies now: `forget` may have moved it.

        Args:
            filter: SQL condition on the columns of the manifest; other clips stay in the store.

        Raises:
            NotFoundError: the workspace has no clip, or the dataset no version while no source was
                cut into the store.
            InvalidInputError: the condition is not SQL.
            IntegrityError: a shard is missing or damaged.
            StorageError: the store did not answer, or the disk is full.
        """
        from audioset.versions.thin import fetch as run

        record, rows = self._rows_in_store(filter)
        return run(self.store, record, rows, self.clips_dir, progress=progress)

    def free(
        self,
        *,
        filter: str | None = None,
        yes: bool = False,
        progress: Progress = notebook_progress,
    ) -> "FreeReport":
        """Delete local audio of clips that the store holds, after proving that it does.

        Each clip is read back from the store and hashed first. The workspace works on as before,
        and `fetch` brings the audio back.

        Args:
            filter: SQL condition on the columns of the manifest; audio of other clips stays.
            yes: really do it; else only tell.

        Raises:
            NotFoundError: as `fetch`.
            InvalidInputError: the condition is not SQL.
            StorageError: the store did not answer, or a file cannot be deleted.
        """
        from audioset.versions.thin import free as run

        record, rows = self._rows_in_store(filter)
        return run(self.store, record, rows, self.clips_dir, yes=yes, progress=progress)

    def _rows_in_store(
        self, condition: str | None
    ) -> "tuple[VersionRecord | NoVersionYet, pa.Table]":
        """Note where versions say that audio lies; give the newest, and the clips of a condition.

        Looked at are the newest version and the one that the workspace goes on from. There need be
        none where sources were cut into the store.
        """
        from audioset.curation.workspace.effective import read_all_effective
        from audioset.curation.workspace.stored_places import find_cut_shards, note_places
        from audioset.records.cut_shards import NoVersionYet
        from audioset.versions.read.local_clips import scan_places
        from audioset.versions.read.parent import find_parent
        from audioset.versions.read.resolve import resolve_reference

        if not self._has_version and find_cut_shards(self.working):
            return NoVersionYet(self.name), read_all_effective(self.working, condition)
        newest = resolve_reference(self.store, self._newest())
        _, parent = find_parent(self.store, self.folder, self.name)
        # The newest comes last: what it says of a place holds.
        records = [parent, newest] if parent and parent.version != newest.version else [newest]
        for record in records:
            note_places(self.working, scan_places(self.store, record))
        return newest, read_all_effective(self.working, condition)

    def _shared_places(self) -> tuple[dict[str, str], tuple[str, ...]]:
        """Give what a checkout's `audioset.toml` says, and what it cannot: it keeps no secret."""
        chosen = {"store": self.settings.store}
        for setting in ("catalog", "tracking"):
            place = str(getattr(self.settings, setting))
            if place != f"{SQLITE_FILE}{own_place(self.folder, setting)}":
                chosen[setting] = place
        secret = tuple(name for name, place in chosen.items() if hide(place, place) != place)
        return {name: chosen[name] for name in chosen if name not in secret}, secret
