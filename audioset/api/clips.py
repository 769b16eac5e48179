"""Chapter 1: from recordings to clips, and what is known about them."""

import os
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.api.names import Names
from audioset.engine import Progress, no_progress
from audioset.errors import InvalidInputError
from audioset.records.cut_options import CutOptions
from audioset.records.line_options import TranscriptOptions
from audioset.records.several import Several, several

if TYPE_CHECKING:
    import pandas as pd

    from audioset.curation.cut import CutReport, SourceReport
    from audioset.curation.measure import MeasureReport
    from audioset.hearing.align.voices.phone_models import PhoneModels
    from audioset.hearing.plugins import Plugin
    from audioset.interop.exporters import ExportedLines
    from audioset.interop.importers import ImportReport
    from audioset.records.clip_table import ExportedTable
    from audioset.records.description import Description
    from audioset.records.transcribe_report import TranscribeReport
    from audioset.versions.read.sieve import Withdrawn


class ClipsChapter(Names):
    """The verbs that make clips and measure, describe and transcribe them."""

    def cut(
        self,
        sources: Several[str | Path],
        *,
        speaker: str | None = None,
        facts: Mapping[str, str] | None = None,
        options: CutOptions | Mapping[str, object] | None = None,
        labels: str | Path | None = None,
        transcript: str | Path | TranscriptOptions | None = None,
        report: str | Path | None = None,
        workers: int | None = None,
        progress: Progress = no_progress,
    ) -> "CutReport":
        """Cut sources into clips and write one manifest per source.

        A source whose bytes and options did not change is skipped. A source that cannot be used is
        listed in the report with its reason; the others go on. When a source is cut again, clips of
        the same span keep their ids, what was decided about them and texts that models wrote for
        them; the report counts what is left behind.

        Args:
            sources: files, folders (searched for media), globs and URLs such as
                `s3://bucket/talks/`; one or several.
            speaker: who speaks in all of them.
            facts: static facts of every clip of these sources, such as `{"accent": "glasgow"}`.
            options: how to cut; a mapping says what differs from `[cut]` in `audioset.toml`, which
                holds when None.
            labels: file of cues to cut by, or a folder of such files; None looks beside each
                source, and for subtitles inside it, when `by` is "labels" or "subtitles".
            transcript: text file with one phrase per line (also docx, csv, xlsx), or a folder of
                such files: each phrase is found in the source, with all its takes.
                `TranscriptOptions` says more. With `by` "lines" and None, a file beside each
                source.
            report: HTML file to write where sources are cut by lines: every take to be listened
                to, missing lines, and speech that is in no line.
            workers: CPU cores to use, all when None; one source uses two at most.

        Raises:
            NotFoundError: no such transcript, lexicon, voice or registered aligner.
            InvalidInputError: nothing to cut, a fact or an option is not allowed, the transcript
                cannot be read, or there is a `report` to write of a cut that is not by lines.
            StorageError: the workspace or the report cannot be written.
        """
        from audioset.curation.cut import cut_sources

        wished = "lines" if transcript is not None else "labels" if labels is not None else None
        if transcript is not None and not isinstance(transcript, TranscriptOptions):
            transcript = TranscriptOptions(path=Path(transcript))
        chosen = self._cut_options(options, implied=wished)
        if report is not None and chosen.by != "lines":
            raise InvalidInputError(
                f"a report shows the takes of lines, and a cut by {chosen.by} has none; give a "
                "transcript"
            )
        transcript, models = self._with_models(transcript)
        was_workspace = self.settings.is_workspace
        found = cut_sources(
            several(sources),
            self._any_working,
            options=chosen,
            facts={**(facts or {}), **({"speaker": speaker} if speaker else {})},
            labels=Path(labels) if labels is not None else None,
            transcript=transcript,
            models=models,
            workers=workers,
            progress=progress,
        )
        # Where all sources failed there is nothing to listen to, and the result says why.
        if report is not None and any(source.lines is not None for source in found.sources):
            from audioset.pages.takes import write_line_page

            write_line_page(found, Path(report), workspace=self.folder)
        return replace(
            found,
            sources=self._with_withdrawn(found.sources),
            notes=(*self._begun(was_workspace=was_workspace), *found.notes),
        )

    def _begun(self, *, was_workspace: bool) -> tuple[str, ...]:
        """Say that this folder has become a workspace, if it has."""
        if was_workspace or not self.settings.is_workspace:
            return ()
        return (
            f"{self.folder} is a workspace now, of dataset {self.name!r}, on defaults; to name it "
            "otherwise, or to say where things are: audioset init",
        )

    def _with_withdrawn(self, sources: "tuple[SourceReport, ...]") -> "tuple[SourceReport, ...]":
        """Say of sources that they hold withdrawn speech, where the store is asked in no time."""
        from audioset.versions.read.sieve import Withdrawn
        from audioset.versions.read.withdrawals import list_withdrawals

        is_near = self._any_store.is_local
        found = list_withdrawals(self._any_store, self.name) if is_near else []
        withdrawn = Withdrawn.of(found)
        return tuple(
            replace(each, warnings=(*each.warnings, *_of_withdrawn(each.source.sha256, withdrawn)))
            if withdrawn and each.source is not None
            else each
            for each in sources
        )

    def import_folder(
        self,
        directory: str | Path,
        *,
        metadata: str | Path,
        progress: Progress = no_progress,
    ) -> "ImportReport":
        """Take a folder of clips with a table of their facts into the workspace.

        Args:
            directory: holds the audio files.
            metadata: CSV or xlsx with a header; one column names the file, relative to `directory`.

        Raises:
            InvalidInputError: no such folder or table, or no column of the table names files.
        """
        from audioset.interop.importers import import_folder as run

        was_workspace = self.settings.is_workspace
        found = run(Path(directory), Path(metadata), working=self._any_working, progress=progress)
        return replace(found, notes=(*self._begun(was_workspace=was_workspace), *found.notes))

    def describe(
        self,
        what: str | Path | None = None,
        *,
        by: Several[str] = (),
        goal_seconds: float | None = None,
        plot: str | Path | None = None,
    ) -> "Description":
        """Summarise lengths, totals and quality of clips.

        Working clips that were withdrawn are not counted, where the store is a folder of this
        machine: others are not asked for each description, and there only `publish` tells.

        Args:
            what: a manifest file, a folder of manifests, a version `name@v3` or a view of one,
                written `name@v3?snr_db > 20`, or None for the working manifests with what people
                decided.
            by: columns or facts, such as "gender", whose values are counted in `groups`: clips,
                length and share of each, and of the clips that do not say it. Several, also as
                "speaker,split", give each combination that occurs.
            goal_seconds: length to collect; the description then tells how far it is.
            plot: PNG file to draw: lengths, and totals per speaker.

        Raises:
            NotFoundError: no such manifest or version, or no clip has a fact that `by` names.
            InvalidInputError: the file is not a manifest, or `by` names what differs from clip to
                clip.
            StorageError: the plot cannot be written.
        """
        from audioset.curation.describe import describe_batches, describe_columns, parse_facts
        from audioset.versions.read.sieve import WITHDRAWN_COLUMNS, Sieve, Withdrawn
        from audioset.versions.read.withdrawals import list_withdrawals

        facts = parse_facts(several(by))
        columns = describe_columns(facts)
        clips = self._clip_set(what)
        asked = what is None and self.store.is_local
        withdrawals = list_withdrawals(self.store, self.name) if asked else []
        sieve = Sieve(Withdrawn.of(withdrawals))
        rows = (
            sieve.sift(clips.scan(tuple(dict.fromkeys([*columns, *WITHDRAWN_COLUMNS]))))
            if withdrawals
            else clips.scan(columns)
        )
        found = describe_batches(rows, name=clips.name, goal_seconds=goal_seconds, by=facts)
        found = replace(found, num_withdrawn=sieve.num_left_out)
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
        progress: Progress = no_progress,
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

        Raises:
            NotFoundError: there are no working clips, or no such plug-in, model or folder.
            InvalidInputError: the plug-in or its model cannot be loaded.
            TrackingError: MLflow did not answer.
        """
        from audioset.curation.transcribe import transcribe_clips
        from audioset.records.model_choice import ModelChoice
        from audioset.records.plugin_contracts import Weights
        from audioset.tracking.models.model_folder import fetched_model

        choice = ModelChoice.from_text(model)
        given = nullcontext(Weights(choice.folder) if choice.folder is not None else None)
        with (
            fetched_model(choice.registered, self.tracking)
            if choice.registered
            else given as weights
        ):
            return transcribe_clips(
                self.working,
                plugin=choice.plugin,
                weights=weights,
                language=language,
                again=again,
                clips_at_once=clips_at_once,
                workers=workers,
                threads=max(1, (os.cpu_count() or 1) // workers),
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
        progress: Progress = no_progress,
    ) -> "MeasureReport":
        """Measure the quality of working clips that lack it: imported ones, or of an older release.

        A cut measures its clips already. What people decided is not touched.

        Args:
            again: measure all clips anew.
            workers: processes; one per CPU core when None.

        Raises:
            NotFoundError: there are no working clips.
        """
        from audioset.curation.measure import measure_clips

        return measure_clips(
            self.working,
            again=again,
            workers=workers or os.cpu_count() or 1,
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
        from audioset.interop.exporters import export_lines as run

        return run(
            self.working,
            None if path is None else Path(path),
            source=source,
            overwrite=overwrite,
        )

    def export_table(
        self,
        path: str | Path,
        *,
        where: str | None = None,
        columns: Several[str] = (),
        overwrite: bool = False,
    ) -> "ExportedTable":
        """Write working clips as a table for people: look, change cells, and take it back.

        One row each, rejected ones and those without a text too, with what holds now: first what
        people change, then what was measured, then `exported`, which says what the table comes
        from. `decide_table` takes back what was changed. In a workbook each clip is a link to its
        audio, which works where the table lies.

        Args:
            path: of the table: .xlsx, .csv or .tsv.
            where: SQL condition on the columns of the manifest; other clips stay out.
            columns: names of columns and facts in their order, `clip_id` is always there; when
                empty those that people change, all facts, and what is measured of any clip.
            overwrite: also replace a file that is there.

        Raises:
            NotFoundError: nothing was cut yet.
            InvalidInputError: not the name of a table, an unknown column, a condition that is none
                or holds for no clip, or clips that such a file cannot hold.
            AlreadyExistsError: there is a file; nothing was written.
            StorageError: the file cannot be written, or the catalog cannot be reached.
        """
        from audioset.interop.clip_tables import export_table as run

        return run(
            self.working, Path(path), where=where, columns=several(columns), overwrite=overwrite
        )

    def to_pandas(self, *, where: str | None = None, columns: Several[str] = ()) -> "pd.DataFrame":
        """Give the working clips as a DataFrame, with what people decided; rejected ones too.

        One row each, in the order of sources and time; every fact without a column of its own is
        one here. Numbers and truth values that may be missing have the nullable types of pandas.
        `decide_table` takes back what was changed and saved by `to_csv`.

        Args:
            where: SQL condition on the columns of the manifest; other clips stay out.
            columns: names of columns and facts in their order; all when empty.

        Raises:
            NotFoundError: nothing was cut yet.
            InvalidInputError: an unknown column, or a condition that is none.
            StorageError: a manifest or the catalog cannot be read.
        """
        from audioset.curation.workspace.effective import read_all_effective
        from audioset.storage.plain_tables import frame_of

        return frame_of(read_all_effective(self.working, where), several(columns) or None)

    def _with_models(
        self, transcript: TranscriptOptions | None
    ) -> "tuple[TranscriptOptions | None, PhoneModels | None]":
        """Fetch a trained aligner where one is asked for: its version, and its voice."""
        if transcript is None or not transcript.aligner.startswith("models:/"):
            return transcript, None
        from audioset.curation.cut.lines import said_as_learnt
        from audioset.hearing.align.voices.phone_models import PhoneModels
        from audioset.tracking.models.aligners import fetch_aligner

        data, name = fetch_aligner(transcript.aligner, self.tracking)
        models = PhoneModels.from_bytes(data, name=name)
        transcript = replace(transcript, aligner=f"models:/{name.replace('@', '/')}")
        return said_as_learnt(transcript, models), models


def _of_withdrawn(sha256: str, withdrawn: "Withdrawn") -> tuple[str, ...]:
    """Say what of a source was withdrawn."""
    if sha256 in withdrawn.sources:
        return ("withdrawn (audioset forget): no version takes it again",)
    if sha256 in withdrawn.covered:
        return ("parts of it were withdrawn (audioset forget): no version takes them again",)
    return ()
