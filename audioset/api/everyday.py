"""On any day, the workspace itself: how it stands, what leaves it, and what comes back."""

from dataclasses import replace
from typing import TYPE_CHECKING

from audioset.api.names import Names
from audioset.errors import AudiosetError, one_line
from audioset.nearby import require_workspace
from audioset.records.several import Several, several

if TYPE_CHECKING:
    from audioset.records.doctor_report import DoctorReport
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

        Raises:
            NotFoundError: the folder is no workspace; the text says where the nearest one is.
        """
        from audioset.tracking.status import read_status

        require_workspace(self.folder)
        return read_status(self.settings, self._working_as_it_is, self.tracking)

    def doctor(self) -> "DoctorReport":
        """Look at all that verbs rest on: what is installed, this machine, and what is used.

        Versions and extras, codecs, variables and proxies, the workspace with its manifests and its
        drive, room and memory, whether store, catalog and MLflow answer and may be written, whether
        the store lets one writer alone create an object, and the clock. All of it is looked at side
        by side, whatever is broken, and each trouble comes with its cure. Nothing stays written.
        """
        from audioset.health import examine

        return examine(lambda: self.settings, self.folder)

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
