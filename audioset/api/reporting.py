"""Chapter 3, its verbs for those who look and listen: pages about clips."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.api.names import WORKING, Names, Reference, named
from audioset.records.identity import is_reference, split_view

if TYPE_CHECKING:
    from audioset.curation.workspace.clip_audio import ClipAudio
    from audioset.curation.workspace.clip_sets import ClipSet
    from audioset.pages.card import CardWords
    from audioset.records.dataset_card import DatasetCard
    from audioset.records.dataset_report import DatasetReport
    from audioset.records.version_diff import VersionDiff


class ReportVerb(Names):
    """Writes what clips are like as pages."""

    def report(
        self, what: Reference | None = None, *, to: str | Path = "report.html"
    ) -> "DatasetReport":
        """Write one page about clips: totals, spread, groups, splits, and some of them to be heard.

        The page is one file that loads nothing, at most 8 MB whatever the dataset, so that it can
        be sent and kept. Rejected and withdrawn clips are only counted in it, and notes and tags
        of reviewers never stand there. The worst, the best and some clips by chance can be heard,
        each at most 20 seconds. The memory that it takes does not grow with the clips, but for the
        certificate of splits.

        Args:
            what: as for `describe`. A version is compared with its parent, the working clips with
                the latest version.
            to: HTML file, replaced when it exists.

        Raises:
            NotFoundError: no such manifest or version.
            InvalidInputError: the file is not a manifest.
            IntegrityError: a stored manifest is missing or damaged.
            StorageError: the store did not answer, or the page cannot be written.
        """
        from audioset.pages.report import write_report_page

        report, audio = self._reported(what)
        write_report_page(
            report, audio, Path(to), review=self._review_address if what is None else ""
        )
        return report

    def card(self, reference: Reference, to: str | Path | None = None) -> "DatasetCard":
        """Write the dataset card of a version: a page of Markdown for who has never seen it.

        It tells totals, splits with their certificate, speakers, licence and consent, how the clips
        were made (how recordings were cut is known where they were, in this workspace), who wrote
        their texts, what was measured, known limits, and how to cite the version; its front matter
        is as Hugging Face reads it. What the author says of the dataset stands in `card.md` of the
        workspace, and in the card of every version; front matter there comes before what the data
        say. Speakers of whom the fact `anonymous` says yes are counted, and not named.

        Args:
            reference: `name@v3`, `name@alias` or a pin file.
            to: file to write, such as `README.md`, replaced when it exists; none when None.

        Raises:
            NotFoundError: no such version.
            InvalidInputError: it names a part of a version, or `card.md` cannot be read as text.
            IntegrityError: a stored manifest is missing or damaged.
            StorageError: the store did not answer, or the file cannot be written.
        """
        from audioset.pages.card import card_of_version

        record = self._find_record(reference)
        card = card_of_version(
            self.store,
            record,
            self.split_options,
            words=self._card_words,
            manifests_dir=self.manifests_dir,
        )
        if to is not None:
            from audioset.storage.files import write_atomically

            data = card.to_markdown().encode()
            write_atomically(Path(to), lambda file: file.write(data))
        return card

    @property
    def _card_words(self) -> "CardWords":
        """What the author says in cards."""
        from audioset.pages.card import CardWords

        return CardWords.read(self.folder)

    def _reported(self, what: Reference | None) -> "tuple[DatasetReport, ClipAudio]":
        from audioset.curation.report import collect_report
        from audioset.pages.version_report import report_version

        clips = self._clip_set(what)
        if what is None:
            return self._report_working(clips), clips.audio
        reference, condition = split_view(str(named(what)))
        if condition is None and is_reference(reference) and not Path(reference).exists():
            record = self._find_record(reference)
            return report_version(self.store, record, self.split_options), clips.audio
        return collect_report(clips, split_options=self.split_options), clips.audio

    def _report_working(self, clips: "ClipSet") -> "DatasetReport":
        """Report what the next publish would take: the store is asked what was withdrawn."""
        from audioset.curation.report import collect_report
        from audioset.curation.workspace.effective import find_unsure
        from audioset.versions.read.sieve import (
            WITHDRAWN_COLUMNS,
            Sieve,
            Withdrawn,
            scan_left,
        )
        from audioset.versions.read.withdrawals import list_withdrawals

        withdrawn = Withdrawn.of(list_withdrawals(self.store, self.name))
        sieve = Sieve(withdrawn)
        if withdrawn:
            for _ in sieve.sift(clips.scan(WITHDRAWN_COLUMNS)):
                pass
            clips = replace(clips, scan=partial(scan_left, clips.scan, withdrawn))
        found = collect_report(
            clips, split_options=self.split_options, num_withdrawn=sieve.num_left_out
        )
        told = replace(found.description, num_unsure=len(find_unsure(self.working)))
        diff, not_compared = self._since_latest(told.num_clips)
        return replace(found, description=told, diff=diff, not_compared=not_compared)

    def _since_latest(self, num_clips: int) -> "tuple[VersionDiff | None, str]":
        """Compare the latest version with the working clips, which are held in memory for it."""
        from audioset.pages.version_report import MOST_CHANGES, compare_for_report
        from audioset.versions.read.resolve import list_version_numbers

        numbers = list_version_numbers(self.store, self.name)
        if not numbers:
            return None, ""
        latest = f"{self.name}@v{numbers[-1]}"
        if num_clips > MOST_CHANGES:
            return None, f"More than {MOST_CHANGES:,} clips; what changed: audioset diff {latest}"
        return compare_for_report(self._diff_input(latest), self._diff_input(WORKING))
