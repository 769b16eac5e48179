"""Chapter 1, goes on: ready clips taken in; clips measured, described, transcribed, listed."""

import dataclasses
from collections.abc import Mapping
from contextlib import nullcontext
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.api.names import Names, Reference
from audioset.api.synced import on_engine
from audioset.engine import Progress
from audioset.notebook import notebook_progress
from audioset.records.several import Several, several

if TYPE_CHECKING:
    from audioset.curation.measure import MeasureReport
    from audioset.hearing.plugins import Plugin
    from audioset.interop.exporters import ExportedLines
    from audioset.interop.importers import ImportReport
    from audioset.records.corpus_report import CorpusReport
    from audioset.records.description import Description
    from audioset.records.transcribe_report import TranscribeReport


class ClipsChapter(Names):
    """The verbs that take clips in, and measure, describe, transcribe and list them."""

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
        progress: Progress = notebook_progress,
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

        was_workspace = self.settings.is_workspace
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
        found = run(Path(directory), options, working=self._any_working, progress=progress)
        return dataclasses.replace(
            found, notes=(*self._begun(was_workspace=was_workspace), *found.notes)
        )

    def import_corpus(
        self,
        path: str | Path,
        *,
        format: str | None = None,
        corpus: str | None = None,
        audio: Several[str | Path] = (),
        speaker: str | None = None,
        facts: Mapping[str, str] | None = None,
        dry_run: bool = False,
        yes: bool = False,
        workers: int | None = None,
        progress: Progress = notebook_progress,
    ) -> "CorpusReport":
        """Take a corpus of a known layout into the workspace: `docs/import.md` lists them.

        Whole files become clips, and spans of long recordings become clips of that source.
        Importing it again adds what is new, lists what changed, and says what is gone; nothing is
        removed. What cannot be used is listed, and the rest goes on. Lengths that the corpus claims
        are compared with decoded ones. Nothing that stands in a table is ever run.

        Args:
            path: of the corpus: a folder, or a file such as a manifest or a tar.
            format: its name, such as "ljspeech"; found out when None.
            corpus: name of the corpus, which goes before ids of speakers that are bare numbers, and
                by which it is known again; that of its folder or file when None.
            audio: further folders of which files may be used; else a path in a table that leads out
                of the corpus is not followed.
            speaker: who speaks, where the corpus names nobody.
            facts: static facts of every clip, where the corpus says nothing.
            dry_run: only tell; sound is not decoded.
            yes: also take over what changed in items that are clips already.
            workers: processes; None for as many as serve.

        Raises:
            NotFoundError: nothing lies there, or no such format is known.
            InvalidInputError: no format fits, several do (they are listed), the corpus as a whole
                cannot be read or holds nothing, or a fact is not allowed.
            StorageError: the workspace cannot be written.
        """
        from audioset.interop.importers import import_corpus as run
        from audioset.records.corpus_report import CorpusOptions

        was_workspace = self.settings.is_workspace
        options = CorpusOptions(
            format=format,
            corpus=corpus,
            audio=tuple(Path(folder) for folder in several(audio)),
            facts={**(facts or {}), **({"speaker": speaker} if speaker else {})},
            dry_run=dry_run,
            yes=yes,
            workers=workers,
        )
        found = run(Path(path), options, working=self._any_working, progress=progress)
        return dataclasses.replace(
            found, notes=(*self._begun(was_workspace=was_workspace), *found.notes)
        )

    def describe(
        self,
        what: Reference | None = None,
        *,
        where: str | None = None,
        by: Several[str] = (),
        goal_seconds: float | None = None,
        plot: str | Path | None = None,
    ) -> "Description":
        """Summarise lengths, totals and quality of clips, and how alike several reviewers judge.

        Working clips that were withdrawn are not counted, where the store is a folder of this
        machine: others are not asked for each description, and there only `publish` tells.

        Args:
            what: a manifest file, a folder of manifests, a version `name@v3` or a view of one,
                written `name@v3?snr_db > 20`, or None for the working manifests with what people
                decided.
            where: SQL condition on the columns of the manifest, and for the working clips on
                `note`, `tags` (a list) and `accepted_text` too; other clips are not counted. How
                alike reviewers judge is told of all clips alone.
            by: columns or facts, such as "gender", whose values are counted in `groups`: clips,
                length and share of each, and of the clips that do not say it. Several, also as
                "speaker,split", give each combination that occurs.
            goal_seconds: length to collect; the description then tells how far it is.
            plot: PNG file to draw: lengths, and totals per speaker.

        Raises:
            NotFoundError: no such manifest or version, or no clip has a fact that `by` names.
            InvalidInputError: the file is not a manifest, `where` is no condition, or `by` names
                what differs from clip to clip.
            StorageError: the plot cannot be written.
        """
        from audioset.curation.describe import describe_batches, describe_columns, parse_facts
        from audioset.curation.workspace.effective import find_unsure
        from audioset.curation.workspace.private_words import clips_where
        from audioset.versions.read.sieve import WITHDRAWN_COLUMNS, Sieve, Withdrawn
        from audioset.versions.read.withdrawals import list_withdrawals

        facts = parse_facts(several(by))
        columns = describe_columns(facts)
        clips = self._clip_set(what)
        if where is not None:
            clips = clips_where(clips, where, self._any_working if what is None else None)
        asked = what is None and self.store.is_local
        withdrawals = list_withdrawals(self.store, self.name) if asked else []
        sieve = Sieve(Withdrawn.of(withdrawals))
        rows = (
            sieve.sift(clips.scan(tuple(dict.fromkeys([*columns, *WITHDRAWN_COLUMNS]))))
            if withdrawals
            else clips.scan(columns)
        )
        found = describe_batches(rows, name=clips.name, goal_seconds=goal_seconds, by=facts)
        found = dataclasses.replace(found, num_withdrawn=sieve.num_left_out)
        if what is None:
            unsure = find_unsure(self.working)
            if unsure and where is not None:
                ids = (batch.column(0).to_pylist() for batch in clips.scan(["clip_id"]))
                unsure = unsure.intersection(chain.from_iterable(ids))
            found = dataclasses.replace(found, num_unsure=len(unsure))
        if what is None and where is None:
            from audioset.curation.reviewers import read_agreement

            people = read_agreement(self._any_working)
            found = dataclasses.replace(
                found, agreement=people.pairs, num_disagreements=len(people.disagreements)
            )
        if plot is not None:
            from audioset.pages.lengths import plot_lengths

            plot_lengths(found, Path(plot))
        return found

    def transcribe(
        self,
        *,
        model: str = "whisper",
        language: str | None = None,
        again: bool = False,
        clips_at_once: int = 8,
        workers: int = 1,
        engine: str | None = None,
        address: str | None = None,
        progress: Progress = notebook_progress,
    ) -> "TranscribeReport":
        """Let a model write the texts of working clips that have none.

        The manifest says which model wrote a text, and keeps what it wrote when a person writes
        another one. What people wrote, decided or rejected is not touched, nor are texts of
        subtitles and transcripts. Nothing is downloaded but a model of the workspace's own MLflow.

        Args:
            model: a plug-in such as "whisper"; `models:/name@alias` or a folder (with a slash),
                whose files the plug-in whisper loads; or `plugin:` and one of these.
            language: BCP 47 tag; that of each clip when None, and without one the model finds out.
            again: also write anew what models wrote, or found silent.
            clips_at_once: how many clips the model is given together.
            workers: processes, each with a model of its own; they share the CPU cores.
            engine, address: "ray" for a cluster of Ray, and where it is; as for `cut`.

        Raises:
            NotFoundError: there are no working clips, or no such plug-in, model or folder.
            InvalidInputError: the plug-in or its model cannot be loaded.
            TrackingError: MLflow did not answer.
        """
        from audioset.curation.transcribe import transcribe_clips
        from audioset.machine import num_cores
        from audioset.records.model_choice import ModelChoice
        from audioset.records.plugin_contracts import Weights
        from audioset.tracking.models.model_folder import fetched_model

        choice = ModelChoice.from_text(model)
        given = nullcontext(Weights(choice.folder) if choice.folder is not None else None)
        with (
            fetched_model(choice.registered, self.tracking)
            if choice.registered
            else given as weights,
            on_engine(self.settings, engine, address),
        ):
            return transcribe_clips(
                self.working,
                plugin=choice.plugin,
                weights=weights,
                language=language,
                again=again,
                clips_at_once=clips_at_once,
                workers=workers,
                threads=1 if engine else max(1, num_cores() // workers),
                progress=progress,
            )

    def plugins(self) -> "tuple[Plugin, ...]":
        """List the aligners and transcribers of installed packages; see `docs/plugins.md`."""
        from audioset.hearing.plugins import list_plugins

        return list_plugins()

    def measure(
        self,
        *,
        again: bool = False,
        workers: int | None = None,
        engine: str | None = None,
        address: str | None = None,
        progress: Progress = notebook_progress,
    ) -> "MeasureReport":
        """Measure the quality of working clips that lack it: imported ones, or of an older release.

        A cut measures its clips already. What people decided is not touched.

        Args:
            again: measure all clips anew.
            workers: processes; one per CPU core when None.
            engine, address: "ray" for a cluster of Ray, and where it is; as for `cut`.

        Raises:
            NotFoundError: there are no working clips.
        """
        from audioset.curation.measure import measure_clips
        from audioset.machine import num_cores

        with on_engine(self.settings, engine, address):
            return measure_clips(
                self.working,
                again=again,
                workers=workers or num_cores(),
                progress=progress,
            )

    def export_lines(
        self,
        path: str | Path | None = None,
        *,
        source: str | None = None,
        overwrite: bool = False,
    ) -> "tuple[ExportedLines, ...]":
        """Write the texts of sources as lines files, to be corrected and to be cut by.

        One row per line in order of time, with the texts that hold now: `text`, `speaker`, `takes`,
        `text_source`, `text_score`, `hypothesis`, `hypothesis_source`. `cut(..., transcript=path)`
        reads all of it; a text that was changed in the file is then a person's. Takes of a line are
        one row; rejected clips and clips without a text are left out.

        Args:
            path: a CSV or, when the name says so, XLSX file for one source; or a folder, which gets
                a CSV file for each. `lines/` in the workspace when None.
            source: id or file name of the source; all that were cut when None.
            overwrite: also replace a file that says something else, which a person may have
                written.

        Raises:
            NotFoundError: nothing was cut, or no such source.
            InvalidInputError: several sources for one file, a name that fits several sources, or an
                ending that is none of a table.
            AlreadyExistsError: a file says something else; nothing was written.
            StorageError: the file cannot be written, or the catalog cannot be reached.
        """
        from audioset.curation.sources import SourcePlaces
        from audioset.interop.exporters import export_lines as run

        files = run(
            self.working,
            None if path is None else Path(path),
            source=source,
            overwrite=overwrite,
        )
        places = SourcePlaces.read(self.folder).by_sha256
        known = {sha256[:8]: place.path for sha256, place in places.items()}
        return tuple(
            dataclasses.replace(file, source_path=known.get(file.source_id[-8:])) for file in files
        )
