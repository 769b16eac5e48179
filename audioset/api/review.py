"""Chapter 2: what is wrong with clips, and what people say about them."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from audioset.api.names import Names, Reference
from audioset.api.synced import on_engine
from audioset.engine import Progress
from audioset.errors import InvalidInputError, as_option
from audioset.notebook import notebook_progress
from audioset.records.several import Several, several

if TYPE_CHECKING:
    import pyarrow as pa

    from audioset.catalog.decisions import Decision, DecisionKey, Recorded, RecordedDecision
    from audioset.curation.decide import Undone
    from audioset.records.check_report import CheckLimits, CheckReport
    from audioset.records.dedupe_report import DedupeReport
    from audioset.records.published_clips import PublishedClips
    from audioset.records.split_report import SplitCertificate, SplitOptions, SplitReport


class ReviewChapter(Names):
    """The verbs by which people judge clips, and divide them into splits."""

    def decide(
        self,
        decisions: "Several[Decision]",
        *,
        by: str | None = None,
        op_id: str | None = None,
        expected: "Mapping[DecisionKey, int | None] | None" = None,
    ) -> "Recorded":
        """Record what a person decided about clips or speakers, as one operation.

        Nothing is overwritten: the newest decision holds; all stay in the catalog, with who and
        when, and `undo` takes an operation back. A verdict (`accepted`) is True, False or "unsure",
        which is not published unless asked for. A `note`, and tags (`tag:NAME`, True or None), stay
        in the catalog and are never published.

        Args:
            decisions: subject, field and value of each. Another name (`speaker`) of a speaker is
                decided for each of the clips.
            by: who decided; the user's name when None.
            op_id: name of the operation; one that is recorded already adds nothing and gives what
                it gave the first time. A new name when None.
            expected: number of the row of the catalog that held when the person looked, None where
                nothing held, by (subject_kind, subject_id, field).

        Raises:
            NotFoundError: a clip or speaker that no working manifest has.
            InvalidInputError: not a decision, a field that a person cannot decide, or a bad value.
            DecisionConflict: somebody decided otherwise meanwhile; nothing was recorded.
            AlreadyExistsError: another operation has that name.
        """
        from audioset.curation.renamed import spread_names
        from audioset.curation.workspace.effective import record_decisions

        wanted = spread_names(several(decisions), self.working)
        return record_decisions(wanted, self.working, by=by, op_id=op_id, expected=expected)

    def undo(self, operation: str | None = None, *, by: str | None = None) -> "Undone":
        """Take an operation back: what held before it, or what machines wrote, holds again.

        Nothing is removed: the history tells both. To undo an undo decides the same anew. Clips
        whose edges were moved, or that were split, merged or made, are again as they were.

        Args:
            operation: its name, or how that of no other begins; the newest one of `by` that holds
                when None.
            by: who takes it back; the user's name when None.

        Raises:
            NotFoundError: there is no such operation, or none of that person holds.
            InvalidInputError: several operations begin so.
        """
        from audioset.curation.decide import undo_operation
        from audioset.curation.reshape import reshape_after

        undone = undo_operation(operation, self._any_working, by=by)
        keys = [(each.subject_kind, each.subject_id, each.field) for each in undone.fields]
        return dataclasses.replace(undone, waits=reshape_after(self.working, keys))

    def confirm(self, clip_ids: Several[str], *, by: str | None = None) -> "Recorded":
        """Record that the texts of clips are right as they are.

        They become decisions of a person, whoever wrote them first.

        Args:
            clip_ids: of working clips.
            by: who says so; the user's name when None.

        Raises:
            NotFoundError: no such working clip.
            InvalidInputError: a clip has no text.
        """
        from audioset.curation.decide import confirm_texts

        return confirm_texts(several(clip_ids), self.working, by=by)

    def accept_best_takes(self, *, by: str | None = None) -> "Recorded":
        """Accept the proposed take of each line and reject its others.

        Of clips that were cut by the lines of a transcript. Lines that were found once, and those
        of which a person accepted or rejected a take, or was unsure, stay as they are.

        Args:
            by: who decides; the user's name when None.

        Raises:
            NotFoundError: nothing in the workspace was cut by lines.
        """
        from audioset.curation.decide import accept_best_takes as run

        return run(self.working, by=by)

    def history(
        self,
        subject_id: str,
        *,
        subject_kind: Literal["clip", "speaker"] | None = None,
    ) -> "list[RecordedDecision]":
        """List every decision about a clip or a speaker with who and when, oldest first.

        Args:
            subject_id: clip id, or speaker id.
            subject_kind: "clip" or "speaker"; when None a clip of this id, and else a speaker.

        Raises:
            NotFoundError: nothing was ever decided about it, and there is none of that id here.
        """
        from audioset.curation.workspace.effective import read_history

        return read_history(subject_id, self._any_working, subject_kind=subject_kind)

    def check(
        self,
        what: Reference | None = None,
        *,
        limits: "CheckLimits | Mapping[str, float] | None" = None,
        rules: Several[str] = (),
        skip: Several[str] = (),
        report: str | Path | None = None,
        engine: str | None = None,
        address: str | None = None,
        progress: Progress = notebook_progress,
    ) -> "CheckReport":
        """Find what is wrong with clips and facts: damaged audio, odd texts, duplicates, leaks.

        Of facts, with what was decided about them, it finds those of a speaker that contradict each
        other, one value in several spellings, and ages and languages that are none: one finding
        for each value or speaker, in `facts`, with the command that changes it. The rules
        `two_voices` and `same_voice`, applied only when they are asked for, listen to clips of
        every speaker, and need the package Resemblyzer (`docs/everyday.md`).
        Clips that a person rejected are left out. Near-duplicates, and leaks by them, need the
        audio of every clip; all other rules need the manifest alone.

        Args:
            what: as for `describe`.
            limits: of the rules, or those of them that are not to be their defaults, by name.
            rules: names of the rules to apply; those that are on by default when empty. What splits
                must not share is said under `[split]` in `audioset.toml`.
            skip: names of rules to leave out.
            report: HTML file to write, with the worst clips to listen to.
            engine, address: "ray" for a cluster of Ray, which listens, and where it is; as for
                `cut`.

        Raises:
            NotFoundError: no such manifest or version; or voices cannot be compared here.
            InvalidInputError: the file is not a manifest, or no such rule.
            StorageError: the report cannot be written.
        """
        from audioset.curation.check import check_clips
        from audioset.records.check_report import CheckLimits

        clips = self._clip_set(what)
        given = limits if limits is not None else {}
        chosen = given if isinstance(given, CheckLimits) else CheckLimits.from_mapping(given)
        with on_engine(self.settings, engine, address):
            found = check_clips(
                clips,
                limits=chosen,
                only=several(rules),
                skip=several(skip),
                split=self.split_options,
                decided=self._decided_of_clips if what is None else frozenset,
                progress=progress,
            )
        if report is not None:
            from audioset.pages.check import write_check_page

            write_check_page(
                found, clips, Path(report), review=self._review_address if what is None else ""
            )
        return found

    def _decided_of_clips(self) -> set[tuple[str, str]]:
        """Give the clips, and the fields of them, that people decided one by one."""
        from audioset.curation.workspace.effective import read_decisions

        decided = read_decisions(self.working)
        return {(subject, name) for kind, subject, name in decided if kind == "clip"}

    def dedupe(
        self,
        what: Reference | None = None,
        *,
        yes: bool = False,
        near_limit: float | None = None,
        by: str | None = None,
        progress: Progress = notebook_progress,
    ) -> "DedupeReport":
        """Find groups of clips that hold the same recording, and the one of each to keep.

        Kept is a clip that a person accepted, else one of which nobody was unsure, else one that
        has a text, else the best copy: neither clipped nor off centre, with less noise, of much
        more bandwidth, with all of the sound, from a lossless file, of more bandwidth, louder,
        longer, in this order; else the first by clip id. The report says why others are not.

        Args:
            what: as for `describe`.
            yes: really reject all others, as decisions of a person; working clips only.
            near_limit: greatest share of fingerprint bits in which near-duplicates differ; 0 finds
                equal samples only. The default of `CheckLimits.near_duplicate` when None.
            by: who decides; the user's name when None.

        Raises:
            NotFoundError: no such manifest or version.
            InvalidInputError: the file is not a manifest, or `yes` for anything but working clips.
        """
        from audioset.curation.duplicates import find_duplicates, reject_duplicates
        from audioset.curation.workspace.effective import find_unsure
        from audioset.records.check_report import CheckLimits

        if yes and what is not None:
            raise InvalidInputError(
                f"clips of {what} cannot be rejected; dedupe the working clips, then publish again"
            )
        limit = CheckLimits().near_duplicate if near_limit is None else near_limit
        found = find_duplicates(
            self._clip_set(what),
            near_limit=limit or None,
            unsure=find_unsure(self.working) if what is None else frozenset(),
            progress=progress,
        )
        return reject_duplicates(found, self.working, by=by) if yes else found

    def split(
        self,
        *,
        options: "SplitOptions | Mapping[str, object] | None" = None,
        anew: bool = False,
        voices: bool = False,
        yes: bool = False,
        progress: Progress = notebook_progress,
    ) -> "SplitReport":
        """Divide the working clips into train, validation and test; nothing leaks between them.

        Clips that share a speaker, source, sentence, line of a transcript or recording stay
        together. A clip that a version or an earlier run put into a split stays there; new clips
        join those that they share something with, or get no split where they would leak. What
        people decide wins. Clips that were withdrawn get no split, like rejected ones.

        Args:
            options: ratios, and what is held apart; a mapping says what differs from `[split]` in
                `audioset.toml`, which holds when None.
            anew: let clips change sides too, but for what people decided: test splits of earlier
                versions are then no longer held out.
            voices: listen to the speakers, and keep together those who sound like one voice; needs
                the package that `check` compares voices by. Nobody is renamed.
            yes: really record the plan; else only tell what would be decided.

        Raises:
            NotFoundError: there are no working clips; or voices cannot be compared here.
            InvalidInputError: all clips hang together; the text tells what would divide them. Or
                `voices`, though speakers may be shared.
            IntegrityError: a published manifest is damaged.
            StorageError: the store or the catalog did not answer, or refused.
        """
        from audioset.curation.split import CODED_COLUMNS, plan_split, shared_columns, write_split
        from audioset.records.check_report import CheckLimits
        from audioset.versions.read.ever_published import published_clips
        from audioset.versions.read.resolve import list_versions
        from audioset.versions.read.sieve import WITHDRAWN_COLUMNS, Withdrawn
        from audioset.versions.read.withdrawals import list_withdrawals

        wanted = self._split_options(options)
        if voices and "speaker" not in wanted.by:
            raise InvalidInputError(
                f"voices are held apart as speakers are; add speaker to {as_option('by')}"
            )

        def read_published(working_ids: "pa.ChunkedArray") -> "PublishedClips":
            return published_clips(
                self.store,
                list_versions(self.store, self.name),
                shared_columns(wanted),
                working_ids=working_ids,
                coded=CODED_COLUMNS,
            )

        withdrawn = Withdrawn.of(list_withdrawals(self.store, self.name))
        report = plan_split(
            self.working,
            read_published,
            wanted,
            audio=self._any_audio(),
            near_limit=CheckLimits().near_duplicate,
            withdrawn=(WITHDRAWN_COLUMNS, withdrawn.holds) if withdrawn else None,
            anew=anew,
            alike=self._alike_speakers(progress) if voices else (),
            progress=progress,
        )
        return write_split(report, self.working) if yes else report

    def _alike_speakers(self, progress: Progress) -> list[tuple[str, str]]:
        """Give the pairs of speakers of working clips who sound like one voice."""
        from audioset.curation.voices import find_same, hear_voices
        from audioset.records.check_report import CheckLimits

        heard = hear_voices(self._clip_set(None), progress=progress)
        pairs = find_same(heard.names, CheckLimits().same_voice)
        return [(pair.one.name, pair.other.name) for pair in pairs]

    def certify_splits(
        self,
        what: Reference | None = None,
        *,
        options: "SplitOptions | Mapping[str, object] | None" = None,
        listen: bool = True,
        progress: Progress = notebook_progress,
    ) -> "SplitCertificate":
        """Prove that no clip of one split leaks to another, or name those that do.

        Args:
            what: as for `describe`; rejected clips are left out.
            options: what splits must not share, as for `split`.
            listen: compare the sound of all clips for near-duplicates; without, the manifest
                suffices.

        Raises:
            NotFoundError: no such manifest or version.
            InvalidInputError: the file is not a manifest.
        """
        from audioset.curation.split import certify_clips
        from audioset.records.check_report import CheckLimits

        return certify_clips(
            self._clip_set(what),
            self._split_options(options),
            near_limit=CheckLimits().near_duplicate if listen else None,
            progress=progress,
        )
