"""Chapter 1: from recordings to clips."""

import dataclasses
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.api.names import Names
from audioset.api.synced import on_engine
from audioset.engine import Ask, Progress
from audioset.errors import InvalidInputError
from audioset.notebook import notebook_progress
from audioset.records.several import Several, several

if TYPE_CHECKING:
    from audioset.curation.cut import CutReport
    from audioset.hearing.align.voices.phone_models import PhoneModels
    from audioset.records.cut_options import CutOptions
    from audioset.records.line_options import TranscriptOptions
    from audioset.versions.read.sieve import Withdrawn


class CuttingChapter(Names):
    """The verb that makes clips."""

    def cut(
        self,
        sources: Several[str | Path],
        *,
        speaker: str | None = None,
        facts: Mapping[str, str] | None = None,
        options: "CutOptions | Mapping[str, object] | None" = None,
        labels: str | Path | None = None,
        transcript: "str | Path | TranscriptOptions | None" = None,
        report: str | Path | None = None,
        replace: bool | None = None,
        into_store: bool | None = None,
        slice: str | None = None,
        yes: bool = False,
        workers: int | None = None,
        engine: str | None = None,
        address: str | None = None,
        ask: Ask | None = None,
        progress: Progress = notebook_progress,
    ) -> "CutReport":
        """Cut sources into clips and write one manifest per source.

        How a source was cut stays with it: without options, labels and transcript, a source that
        was cut before is cut as it was, and only where something about it changed. What is given
        wins over what is its own, option by option. A source that cannot be used is listed in the
        report with its reason; the others go on.

        When a source is cut again, clips of the same span keep their ids, what was decided about
        them and texts that models wrote for them. Where texts, decisions, splits or facts would be
        left behind, nothing of that source is replaced without `yes`: it is "kept", and the report
        counts what would be left behind.

        Args:
            sources: files, folders (searched for media), globs and URLs such as
                `s3://bucket/talks/`; one or several. Also the id of a source that was cut: its file
                is looked for by its hash, under whatever name, where it lay and in known folders.
            speaker: who speaks in all of them.
            facts: static facts of every clip of these sources, such as `{"accent": "glasgow"}`.
            options: how to cut; a mapping says what differs from the source's own options, or where
                it was never cut from `[cut]` in `audioset.toml`. `CutOptions` says all of them.
            labels: file of cues to cut by, or a folder of such files; None looks beside each
                source, and for subtitles inside it, when `by` is "labels" or "subtitles".
            transcript: text file with one phrase per line (also docx, csv, xlsx), or a folder of
                such files: each phrase is found in the source, with all its takes.
                `TranscriptOptions` says more. With `by` "lines" and None, a file beside each
                source.
            report: HTML file to write where sources are cut by lines: every take to be listened
                to, missing lines, and speech that is in no line.
            replace: what a file is that holds other bytes where a source lay, such as an edited
                video. True: its successor; decisions and texts of clips whose sound is there again
                are carried over, the report lists the others, and the earlier source leaves the
                workspace as by `remove`. False: a source of its own. None: it is not cut, the
                source is "kept" as it was, and the report says so.
            into_store: True: the clips of each source go straight into the store, as one shard, and
                none of them lies in `clips/`; rows say where their audio is, and a publish names it
                there and sends nothing. What was cut into files before is cut once more. False:
                into files. None: as the source was cut, and where it never was, as
                `cut_into_store` of the settings says.
            slice: cut a share of the sources only, such as "3/200" for the third of two hundred:
                each job of an array does one, all into one workspace. To which a source belongs its
                name decides, so that it stays there when others come or go.
            yes: really leave behind what would be left behind.
            workers: CPU cores to use; None for all that are not busy with other work. One source
                uses two at most.
            engine: "ray" for a cluster of Ray, which cuts each source on one of its nodes.
            address: of the cluster, such as `ray://head:10001`; the one that `RAY_ADDRESS` names
                when None, else one is made on this machine.
            ask: called with a question before anything is left behind; True for yes. None asks
                nobody.

        Raises:
            NotFoundError: no such transcript, lexicon, voice or registered aligner, or no file of a
                source whose id is named.
            InvalidInputError: nothing to cut, a fact, an option or the slice is not allowed, the
                transcript cannot be read, or there is a `report` to write of a cut that is not by
                lines.
            StorageError: the workspace or the report cannot be written. What the store refuses of
                a source is the source's own error, in the report.
        """
        from audioset.curation.begin import begun_processes

        words, working = several(sources), self._any_working
        # A cluster begins its own; and of a share nobody knows yet what it holds.
        here = words if engine is None and slice is None else ()
        with begun_processes(here, working.manifests_dir, workers) as cores:
            from audioset.curation.cut import CutWish, cut_sources
            from audioset.curation.reshape import FinishCut
            from audioset.records.cut_options import CutOptions
            from audioset.records.line_options import TranscriptOptions
            from audioset.records.source_slice import SourceSlice
            from audioset.tracking.models.aligners import fetch_phone_models
            from audioset.versions.cut_shards import StoreShards

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
            share = SourceSlice.from_text(slice) if slice is not None else None
            files = Path(labels) if labels is not None else None
            was_workspace = self.settings.is_workspace
            cut = partial(
                cut_sources,
                words,
                working,
                options=chosen,
                facts={**(facts or {}), **({"speaker": speaker} if speaker else {})},
                labels=files,
                transcript=transcript,
                wish=CutWish(
                    options=options
                    if isinstance(options, CutOptions)
                    else {**({"by": wished} if wished else {}), **(options or {})},
                    defaults=self.settings.cut_defaults,
                    labels=files,
                    transcript=transcript,
                ),
                models=models,
                fetch_models=partial(fetch_phone_models, self.tracking),
                yes=yes,
                ask=ask,
                replace_sources=replace,
                finish=FinishCut.of(working),
                shards=StoreShards(self.settings.store, self.name),
                into_store=into_store,
                new_into_store=self.settings.cut_into_store,
                share=share,
                workers=workers,
                cores=cores,
                progress=progress,
            )
            with on_engine(self.settings, engine, address):
                found = cut()
        if wished is None:
            from audioset.interop.importers import with_proposal

            found = with_proposal(found, words)
        # Where all sources failed there is nothing to listen to, and the result says why.
        if report is not None and any(source.lines is not None for source in found.sources):
            from audioset.pages.takes import write_line_page

            write_line_page(found, Path(report), workspace=self.folder, review=self._review_address)
        begun = self._begun(was_workspace=was_workspace)
        return dataclasses.replace(self._with_withdrawn(found), notes=(*begun, *found.notes))

    def _with_withdrawn(self, report: "CutReport") -> "CutReport":
        """Say of sources that they hold withdrawn speech, where the store is asked in no time."""
        from audioset.versions.read.sieve import Withdrawn
        from audioset.versions.read.withdrawals import list_withdrawals

        store = self._store_as_it_is
        withdrawn = Withdrawn.of(list_withdrawals(store, self.name) if store.is_local else ())
        if not withdrawn:
            return report
        told = [
            (each, _of_withdrawn(each.source.sha256, withdrawn) if each.source else ())
            for each in report.sources
        ]
        sources = (dataclasses.replace(s, warnings=(*s.warnings, *why)) for s, why in told)
        return dataclasses.replace(report, sources=tuple(sources))

    def _with_models(
        self, transcript: "TranscriptOptions | None"
    ) -> "tuple[TranscriptOptions | None, PhoneModels | None]":
        """Fetch a trained aligner where one is asked for: its version, and its voice."""
        if transcript is None or not transcript.aligner.startswith("models:/"):
            return transcript, None
        from audioset.curation.cut.lines import said_as_learnt
        from audioset.tracking.models.aligners import fetch_phone_models

        models, name = fetch_phone_models(self.tracking, transcript.aligner)
        transcript = dataclasses.replace(transcript, aligner=f"models:/{name.replace('@', '/')}")
        return said_as_learnt(transcript, models), models


def _of_withdrawn(sha256: str, withdrawn: "Withdrawn") -> tuple[str, ...]:
    """Say what of a source was withdrawn."""
    if sha256 in withdrawn.sources:
        return ("withdrawn (audioset forget): no version takes it again",)
    if sha256 in withdrawn.covered:
        return ("parts of it were withdrawn (audioset forget): no version takes them again",)
    return ()
