"""The workspace itself: how it stands, what comes in as it is, what leaves it and comes back."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.api.names import Names
from audioset.engine import Progress, no_progress
from audioset.errors import AudiosetError, one_line
from audioset.records.several import Several, several

if TYPE_CHECKING:
    from audioset.interop.importers import ImportReport
    from audioset.records.removal_report import RemovalReport
    from audioset.records.workspace_status import WorkspaceStatus


class EverydayChapter(Names):
    """The verbs over what lies in a workspace."""

    def status(self) -> "WorkspaceStatus":
        """Tell how things stand, and what is sensible to do next; nothing is written.

        Sources are looked for where this machine remembers them, clips are counted with what people
        decided, the rows of the next publish are held against those of the latest version, and
        store, catalog and MLflow are asked whether they answer, each for some seconds at most. A
        part that is silent or damaged is a problem of the result, and never an error.
        """
        from audioset.tracking.status import read_status

        return read_status(self.settings, self._working_as_it_is, self.tracking)

    def import_folder(
        self,
        directory: str | Path,
        *,
        metadata: str | Path | None = None,
        file_column: str | None = None,
        text_column: str | None = None,
        sheet: str | int | None = None,
        speaker: str | None = None,
        facts: Mapping[str, str] | None = None,
        folder_as: str | None = None,
        exact: bool = False,
        named_only: bool = False,
        dry_run: bool = False,
        yes: bool = False,
        progress: Progress = no_progress,
    ) -> "ImportReport":
        """Take a folder of clips, with a table of their facts, into the workspace.

        Each media file of the folder becomes one clip, whole. Names in the table are compared over
        case, blanks, endings, zeros, Unicode forms and folders before them; a misspelling is taken
        when it can mean one file only. The report says what became of each row and each file.
        Importing the folder again, also renamed or moved, changes texts and facts and doubles
        nothing; what people decided holds. Texts and clips that would be lost are told first, and
        nothing is written then without `yes`.

        Args:
            directory: holds the audio files, also in folders.
            metadata: xlsx, CSV with any separator, or JSON lines. None looks for the one table in
                the folder, or beside it, that names its files.
            file_column, text_column: heading of a column, its letter, or its number from 1; found
                by what is in it, and by its heading, when None.
            sheet: name of the sheet, or its number from 1; the one that names files when None.
            speaker: who speaks, where the table names nobody.
            facts: static facts of every clip, where the table says nothing.
            folder_as: fact that the first folder of a file's path gives, such as "speaker".
            exact: ask about misspelt names instead of taking them.
            named_only: leave out files that no row names, and leave those as they are that were
                imported before; else they are clips without a text.
            dry_run: only tell; sound is not decoded.
            yes: write although texts or clips would be lost.

        Raises:
            InvalidInputError: no such folder or table, no media file, several tables, sheets or
                columns that fit, no row that names a file, a fact that is not allowed, or not one
                file that can be used.
            StorageError: the workspace cannot be written.
        """
        from audioset.interop.importers import ImportOptions
        from audioset.interop.importers import import_folder as run

        options = ImportOptions(
            metadata=Path(metadata) if metadata is not None else None,
            file_column=file_column,
            text_column=text_column,
            sheet=str(sheet) if sheet is not None else None,
            facts={**(facts or {}), **({"speaker": speaker} if speaker else {})},
            folder_as=folder_as,
            exact=exact,
            named_only=named_only,
            dry_run=dry_run,
            yes=yes,
        )
        return run(Path(directory), options, working=self.working, progress=progress)

    def remove(
        self, names: Several[str] = (), *, undo: bool = False, yes: bool = False
    ) -> "RemovalReport":
        """Take sources or clips out of the workspace, or bring them back; no version changes.

        Rows and clips are kept aside in `removed/` until the next publish, which lets them go; what
        people decided stays in the catalog. So `undo` brings everything back as it was. A later
        `cut` of a folder does not take what was removed; one that names a removed source's file
        brings it back. `forget` is another thing: it withdraws recordings from every version.

        Args:
            names: source ids, file names of sources (also without ending), clip ids, and patterns
                such as `talk*`; one or several.
            undo: bring back what is named, or all that is kept aside. What a publish let go is made
                anew by the next cut of its source.
            yes: really do it; else only tell.

        Raises:
            InvalidInputError: nothing is named, or a name means several sources.
            NotFoundError: no such source or clip, or nothing was removed that could come back.
            StorageError: the workspace or the catalog cannot be read or written.
        """
        from audioset.curation.removed import remove_clips
        from audioset.versions.read.holding import versions_holding

        report = remove_clips(several(names), self.working, undo=undo, yes=yes)
        if undo:
            return report
        try:
            versions = versions_holding(self.store, self.name, report.clip_ids)
        except AudiosetError as error:  # what leaves the workspace does not depend on it
            return replace(report, versions_error=one_line(error))
        return replace(report, versions=versions)
