"""Chapter 4: reading a version for training, and saying which one a run used."""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.api.names import Names, Reference
from audioset.records.pin import Pin
from audioset.records.several import Several, several

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from audioset.records.version import VersionRecord
    from audioset.records.version_urls import VersionUrls
    from audioset.records.view import View
    from audioset.tracking.trainers.lightning import LightningCallback
    from audioset.tracking.trainers.transformers import TransformersCallback
    from audioset.training.reader import Dataset
    from audioset.training.torch_stream import TorchStream


class TrainingChapter(Names):
    """The verbs of a training."""

    def open(self, reference: Reference) -> "Dataset":
        """Open a published version, or a view of it, for reading. Needs the store only.

        Args:
            reference: `name@v3`, `name@alias`, a view such as `name@v3?snr_db > 20`, or a pin file,
                whose digest is then required.

        Raises:
            NotFoundError: no such version.
            InvalidInputError: the condition of the view is not SQL on the columns of the manifest.
            IntegrityError: the version or the view is not the one that the pin file names.
        """
        return self._open(reference)

    def urls(self, reference: Reference) -> "VersionUrls":
        """Tell where shards and manifest of a version lie, for readers that know nothing of us.

        Stock webdataset reads the shards; pandas, Polars, DuckDB, and Hugging Face's `datasets`
        read the parts of the manifest.

        Args:
            reference: `name@v3`, `name@alias` or a pin file.

        Raises:
            NotFoundError: no such version.
            InvalidInputError: it names a part of a version.
            IntegrityError: the version is not the one that the pin file names.
        """
        from audioset.versions.read.version_urls import find_urls

        return find_urls(self.store, self._resolve(reference))

    def pin(
        self,
        reference: "Reference | Dataset",
        *,
        context: str = "training",
        run_id: str | None = None,
        frozen_test: Reference | None = None,
        frozen_by: Several[str] | None = None,
        allow_leak: bool = False,
    ) -> Pin:
        """Pin a version or a view in the active MLflow run: log it as the run's dataset input.

        Works beside any framework and with `mlflow.autolog()`. Where no run is active it starts
        one, as MLflow's own logging functions do; pin before the clips are read, since they go into
        the receipt from then on. Whoever ends the run, its receipt is logged and its models are
        linked. A view is logged with its own digest, its condition and the digest of its version,
        so that the lineage of the version finds the run.

        Args:
            reference: as for `open`, or an open dataset.
            context: what the run uses it for: training, validation, test.
            run_id: of a run that goes on, such as one that is active in another thread; the active
                run of this thread when None. MLflow knows no run of other threads: where one goes
                on there that has no pin, and this thread has none, a warning says so.
            frozen_test, frozen_by, allow_leak: as for `training_run`.

        Raises:
            NotFoundError: no such version.
            InvalidInputError: the training split overlaps the frozen test split.
            TrackingError: MLflow did not answer, or refused; or `run_id` has ended.
        """
        from audioset.tracking.run.pins import log_pin

        view = self._view_of(reference)
        tags = self._held_out_tags(view.record, frozen_test, frozen_by, allow_leak=allow_leak)
        return log_pin(
            view.record,
            self.tracking,
            self.store,
            self.split_options,
            context=context,
            run_id=run_id,
            view=view,
            tags=tags,
        )

    def training_run(
        self,
        reference: "Reference | Dataset",
        *,
        experiment: str | None = None,
        run_name: str | None = None,
        frozen_test: Reference | None = None,
        frozen_by: Several[str] | None = None,
        allow_leak: bool = False,
    ) -> "AbstractContextManager[Pin]":
        """Start an MLflow run that pins a version or a view; link its models at its end.

        Args:
            reference: as for `open`, or an open dataset.
            experiment: MLflow experiment; `<dataset>-training` when None.
            run_name: MLflow's choice when None.
            frozen_test: the version whose test split the model is to be tested on; nothing that the
                training split of `reference` holds may be in it.
            frozen_by: what they must not have in common: clip, samples, span (of a source),
                sentence, speaker. When None the first three, and of the last two what `[split]`
                holds apart.
            allow_leak: train all the same, with a warning and a tag of the run that says so.

        Raises:
            NotFoundError: no such version.
            InvalidInputError: the training split overlaps the frozen test split; or it has none.
        """
        from audioset.tracking.run.pins import pinned_run

        view = self._view_of(reference)
        tags = self._held_out_tags(view.record, frozen_test, frozen_by, allow_leak=allow_leak)
        return pinned_run(
            view.record,
            self.tracking,
            self.store,
            self.split_options,
            experiment=experiment,
            run_name=run_name,
            view=view,
            tags=tags,
        )

    def lightning_callback(
        self,
        reference: "Reference | Dataset",
        *,
        stream: "TorchStream | None" = None,
        frozen_test: Reference | None = None,
        frozen_by: Several[str] | None = None,
        allow_leak: bool = False,
    ) -> "LightningCallback":
        """Give a Lightning callback that pins a version or a view in the MLflow run of the trainer.

        Args:
            reference: as for `open`, or an open dataset.
            stream: of `Dataset.torch`, that the trainer's DataLoader reads; checkpoints then hold
                its position, and a fit from a checkpoint goes on at the next batch.
            frozen_test, frozen_by, allow_leak: as for `training_run`.

        Raises:
            NotFoundError: no such version.
            InvalidInputError: Lightning is not installed, or the training split overlaps the frozen
                test split.
        """
        from audioset.tracking.trainers.lightning import LightningCallback

        view = self._view_of(reference)
        tags = self._held_out_tags(view.record, frozen_test, frozen_by, allow_leak=allow_leak)
        return LightningCallback(
            view, self.tracking, self.store, self.split_options, stream=stream, tags=tags
        )

    def transformers_callback(
        self,
        reference: "Reference | Dataset",
        *,
        frozen_test: Reference | None = None,
        frozen_by: Several[str] | None = None,
        allow_leak: bool = False,
    ) -> "TransformersCallback":
        """Give a callback for Hugging Face's Trainer that pins a version or a view in its run.

        Args:
            reference: as for `open`, or an open dataset.
            frozen_test, frozen_by, allow_leak: as for `training_run`.

        Raises:
            NotFoundError: no such version.
            InvalidInputError: transformers is not installed, or the training split overlaps the
                frozen test split.
        """
        from audioset.tracking.trainers.transformers import TransformersCallback

        view = self._view_of(reference)
        tags = self._held_out_tags(view.record, frozen_test, frozen_by, allow_leak=allow_leak)
        return TransformersCallback(view, self.tracking, self.store, self.split_options, tags=tags)

    def write_pin(
        self,
        reference: "Reference | Dataset",
        path: str | Path | None = None,
    ) -> Path:
        """Write a pin file for git and return its path.

        Args:
            reference: as for `open`, or an open dataset.
            path: `<dataset>.pin.json` in the current folder when None.

        Raises:
            NotFoundError: no such version.
            StorageError: the file cannot be written.
        """
        from audioset.storage.files import cannot_write

        made = self._view_of(reference).pin(self.store.url)
        target = Path(path) if path is not None else Path(f"{made.dataset}.pin.json")
        try:
            target.write_text(made.to_json(), encoding="utf-8")
        except OSError as error:
            raise cannot_write(target, error) from error
        return target

    def _held_out_tags(
        self,
        record: "VersionRecord",
        frozen_test: Reference | None,
        frozen_by: Several[str] | None,
        *,
        allow_leak: bool,
    ) -> dict[str, str]:
        """Refuse to train on what a frozen test split holds; give tags that tell of the test."""
        from audioset.records.overlap import require_overlap_kinds, usual_kinds
        from audioset.tracking.run.held_out import describe_test_split, held_out_tags
        from audioset.versions.diff import find_overlap

        if frozen_test is None:
            return {}
        test = self._find_record(frozen_test)
        options = self.split_options
        kinds = several(frozen_by or usual_kinds(options.by))
        found = find_overlap(
            self.store, record, test, require_overlap_kinds(kinds), min_words=options.min_words
        )
        if not allow_leak:
            found.require_none()
        elif found.num_clips:
            warnings.warn(
                f"{found.training} leaks to the test split of {found.test}: {found.verdict}",
                stacklevel=3,
            )
        return held_out_tags(describe_test_split(self.store, test), found)

    def _view_of(self, reference: "Reference | Dataset") -> "View":
        """Describe the version or view that a reference, a pin file or an open dataset is."""
        return self._dataset(reference).view
