"""Chapter 6: from a model back to its exact clips, and from a clip forward to its models."""

from pathlib import Path
from typing import TYPE_CHECKING

from audioset.api.names import Names, Reference, named
from audioset.errors import NotFoundError
from audioset.nearby import require_workspace
from audioset.records.identity import is_reference, is_version_ref

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from audioset.records.clip_lineage import ClipLineage, ConsumedClips
    from audioset.records.guard_report import GuardReport
    from audioset.records.lineage import Lineage
    from audioset.records.version_diff import VersionDiff
    from audioset.tracking.client import MlflowUi
    from audioset.tracking.published import MirrorReport


class LineageChapter(Names):
    """The verbs that follow the links between clips, versions, runs and models."""

    def lineage(self, subject: Reference, *, graph: str | Path | None = None) -> "Lineage":
        """Follow the links of a version, a run or a registered model, both ways.

        Args:
            subject: `name@v3`, `name@alias`, `models:/name@alias`, `models:/name/3`, or an MLflow
                run id.
            graph: HTML file to draw the picture to; it needs nothing else.

        Raises:
            NotFoundError: no such version, model or run.
            InvalidInputError: `graph` has another ending.
            TrackingError: MLflow did not answer.
            StorageError: the store did not answer, or the picture cannot be written.
        """
        from audioset.tracking.lineage import trace

        name = str(named(subject))
        if is_reference(name) and not is_version_ref(name):
            name = str(self._resolve(name).ref)
        found = trace(name, self.tracking, self._store_beside_tracking)
        if graph is not None:
            from audioset.pages.lineage import write_picture
            from audioset.pages.lineage_layout import draw_lineage

            write_picture(draw_lineage(found), Path(graph))
        return found

    def lineage_of_clip(self, clip_id: str, *, graph: str | Path | None = None) -> "ClipLineage":
        """Tell which runs and models consumed a clip, from their receipts where they have them.

        Args:
            clip_id: as a manifest has it.
            graph: as for `lineage`.

        Raises:
            NotFoundError: no version in the store holds the clip; the text says where it is a clip
                of the workspace, or which one it was made again from.
            TrackingError: MLflow did not answer.
            StorageError: the store did not answer, or refused.
        """
        from audioset.curation.workspace.former_ids import why_in_no_version
        from audioset.tracking.lineage import trace_clip

        try:
            found = trace_clip(clip_id, self.tracking, self._store_beside_tracking)
        except NotFoundError as error:
            raise NotFoundError(why_in_no_version(clip_id, self.working) or str(error)) from error
        if graph is not None:
            from audioset.pages.lineage import write_picture
            from audioset.pages.lineage_layout import draw_clip_lineage

            write_picture(draw_clip_lineage(found), Path(graph))
        return found

    def clips_behind(self, subject: str, *, output: str | Path | None = None) -> "ConsumedClips":
        """Give the clips that a model or a run rests on, from its receipt where it has one.

        Args:
            subject: `models:/name@alias`, `models:/name/3`, or an MLflow run id.
            output: also write the table of the clips there, `.parquet` or `.csv`.

        Raises:
            InvalidInputError: the subject is neither a model nor a run, or `output` ends otherwise.
            NotFoundError: no such model or run, or it pinned no version.
            IntegrityError: the store holds other data under the version's name than was used.
            TrackingError: MLflow did not answer.
            StorageError: the store did not answer, or refused.
        """
        from audioset.storage.plain_tables import write_plain_table
        from audioset.tracking.lineage import clips_behind as run

        found = run(subject, self.tracking, self._store_beside_tracking)
        if output is not None:
            write_plain_table(Path(output), found.table)
        return found

    def lineage_diff(self, a: Reference, b: Reference) -> "VersionDiff":
        """Tell what changed from the data of one model to that of another.

        Args:
            a, b: `models:/name@alias`, `models:/name/3`, an MLflow run id, or `name@v3`.

        Raises:
            InvalidInputError: one was trained on several versions.
            NotFoundError: no such model, run or version, or it pinned none.
            IntegrityError: the store holds other data under a version's name than was trained on.
            TrackingError: MLflow did not answer.
            StorageError: the store did not answer, or refused.
        """
        from audioset.tracking.lineage import trained_on
        from audioset.versions.diff import diff_rows, version_input

        before, after = (
            version_input(
                self._store_beside_tracking,
                trained_on(str(named(subject)), self.tracking, self._store_beside_tracking),
            )
            for subject in (a, b)
        )
        return diff_rows(before, after)

    def guard_test_set(self, reference: Reference, model: str) -> "GuardReport":
        """Count test clips whose text a model of the same line wrote and nobody has confirmed.

        Args:
            reference: `name@v3`, `name@alias`, or a pin file: the version whose test split is asked
                about.
            model: `models:/name@alias` or `models:/name/3`, the model to be tested.

        Raises:
            InvalidInputError: the model has another form.
            NotFoundError: no such version or model.
            TrackingError: MLflow did not answer.
            StorageError: the store did not answer, or refused.
        """
        from audioset.tracking.lineage import guard_test_split

        return guard_test_split(self._find_record(reference), model, self.tracking, self.store)

    def log(self) -> "MirrorReport":
        """Bring MLflow up to date with the store: versions that it lacks, links to models."""
        from audioset.tracking.published import log_missing

        return log_missing(self.tracking, self.store, self.name, self.split_options)

    def ui(
        self, *, port: int = 5000, host: str = "127.0.0.1"
    ) -> "AbstractContextManager[MlflowUi]":
        """Start MLflow's own pages on the workspace's tracking backend; they end with the context.

        `page` is the address of the trainings on the dataset, else of its versions, `url` that of
        the server.

        Raises:
            NotFoundError: MLflow would be kept in the workspace, and the folder is none.
            TrackingError: the server did not start, or the port is taken.
        """
        from audioset.tracking.client import start_ui

        if not self.settings.has_tracking:
            require_workspace(self.folder)
        return start_ui(self.tracking, port=port, host=host, dataset=self.name)
