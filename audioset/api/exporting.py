"""Chapter 3, for others: versions in the formats that other tools read."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.api.names import Names, Reference
from audioset.api.synced import store_on_engine
from audioset.engine import Progress
from audioset.notebook import notebook_progress
from audioset.records.several import Several, several

if TYPE_CHECKING:
    from audioset.records.dataset_card import DatasetCard
    from audioset.records.export_contracts import ExportRows
    from audioset.records.export_report import ExportReport
    from audioset.records.version import VersionRecord


class ExportVerb(Names):
    """The verb that writes a version in the format of others."""

    def export(
        self,
        format: str,
        reference: Reference,
        to: str | Path,
        *,
        where: str | None = None,
        splits: Several[str] = (),
        sampling_rate: int | None = None,
        channels: str | None = None,
        text_column: str = "text",
        audio: str | None = None,
        part_bytes: int | None = None,
        push: str | None = None,
        workers: int | None = None,
        engine: str | None = None,
        address: str | None = None,
        progress: Progress = notebook_progress,
    ) -> "ExportReport":
        """Write a version, or a part of one, in a format of others; `docs/export.md` lists them.

        Rejected and withdrawn clips stay out. What the format has no place for is counted in the
        report. The same version, options and place give the same bytes.

        Args:
            format: such as "huggingface", "kaldi", "lhotse-shar", "nemo", "webdataset".
            reference: `name@v3`, `name@alias`, a view such as `name@v3?snr_db > 20`, or a pin file.
            to: a folder, made when missing, which must be empty: it appears when all of it is
                whole. Or a URL, `s3://…`, `gs://…` or `az://…`, where nothing lies yet: what
                stands for the rest comes last, and the same export again goes on where it broke.
            where: SQL condition on the columns of the manifest; other clips stay out.
            splits: train, validation, test; all when empty.
            sampling_rate: of the clips, in Hz; that of each clip when None.
            channels: "mix" writes the mean of all channels as one; all are kept when None.
            text_column: which column or further fact is the text.
            audio: "flac" or "wav"; the format's own choice when None.
            part_bytes: about how large a file that holds many clips becomes; 500 MB when None.
            push: name of a repository on the Hugging Face Hub that takes the folder too, where the
                format is its own; only with a token.
            workers: CPU cores to use, all when None.
            engine, address: "ray" for a cluster of Ray, whose nodes read and convert the sound
                while this machine writes the files, and where it is, as for `cut`. Sound that goes
                out as it lies needs none, and is read here.

        Raises:
            NotFoundError: no such version, or no such format.
            InvalidInputError: an option that cannot be, no clip is left, or the place cannot be
                used.
            AlreadyExistsError: something lies there.
            IntegrityError: a shard or the manifest is missing or damaged; nothing was written.
            StorageError: the store did not answer, or the disk is full.
        """
        from audioset.interop.exporters import export as run
        from audioset.machine import num_cores
        from audioset.records.export_contracts import DEFAULT_PART_BYTES, ExportOptions
        from audioset.records.view import both_conditions

        opened = self._open(reference)
        options = ExportOptions(
            sampling_rate=sampling_rate,
            channels=channels,
            text_column=text_column,
            audio=audio,
            part_bytes=DEFAULT_PART_BYTES if part_bytes is None else part_bytes,
            push=push,
        )
        with store_on_engine(opened.store, opened.record.dataset, engine, address):
            return run(
                opened.store,
                opened.record,
                str(to),
                format=format,
                options=options,
                card_of=partial(self._card_of_rows, opened.record),
                where=both_conditions(opened.filter, where),
                splits=several(splits),
                workers=workers or num_cores(),
                progress=progress,
            )

    def _card_of_rows(self, record: "VersionRecord", rows: "ExportRows") -> "DatasetCard":
        """Write the card of some clips of a version, with the author's words."""
        from audioset.pages.card import CardWords, card_of_rows

        words = CardWords.read(self.folder)
        return card_of_rows(self.store, record, self.split_options, rows, words=words)
