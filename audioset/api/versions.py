"""Chapter 3: from reviewed clips to versions that never change."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.api.copying import CopyVerb
from audioset.api.exporting import ExportVerb
from audioset.api.names import WORKING, Reference, named
from audioset.api.publishing import PublishVerb
from audioset.api.reporting import ReportVerb
from audioset.api.synced import store_on_engine
from audioset.engine import Progress
from audioset.errors import InvalidInputError
from audioset.notebook import notebook_progress
from audioset.records.identity import VersionRef, parse_reference
from audioset.records.several import Several, several

if TYPE_CHECKING:
    from audioset.records.alias import Alias
    from audioset.records.verify_report import VerifyReport
    from audioset.records.version import VersionRecord
    from audioset.records.version_diff import VersionDiff
    from audioset.tracking.withdrawal import ForgetReport
    from audioset.versions.collect import CollectReport
    from audioset.versions.pull import PullReport


class VersionsChapter(PublishVerb, CopyVerb, ReportVerb, ExportVerb):
    """The verbs over published versions."""

    def versions(self, dataset: str | None = None) -> "list[VersionRecord]":
        """List the published versions of a dataset, the workspace's own when None, oldest first.

        Raises:
            NotFoundError: the store has no dataset of that name.
        """
        from audioset.versions.read.resolve import list_readable_versions

        return list_readable_versions(self.store, self._dataset_name(dataset))

    def diff(
        self,
        a: Reference,
        b: Reference | None = None,
        *,
        report: str | Path | None = None,
    ) -> "VersionDiff":
        """Tell what changed from `a` to `b`, clip by clip; nothing when their digests are equal.

        Args:
            a, b: `name@v3`, `name@alias`, a pin file, or `working` for the working clips with what
                people decided, as the next publish would take them; `b` is `working` when None.
            report: HTML file to write, to read it in a browser.

        Raises:
            NotFoundError: no such version.
            InvalidInputError: a working file is not a manifest, or a clip stands in two of them.
            IntegrityError: a stored manifest is damaged.
            StorageError: the store did not answer, or the report cannot be written.
        """
        from audioset.versions.diff import diff_rows

        found = diff_rows(self._diff_input(a), self._diff_input(b or WORKING))
        if report is not None:
            from audioset.pages.diff import write_diff_page

            write_diff_page(found, Path(report), reviews={WORKING: self._review_address})
        return found

    def alias(
        self,
        alias: str,
        reference: Reference,
        *,
        expect: int | None = None,
        message: str = "",
    ) -> "Alias":
        """Let a name such as `prod` stand for a version from now on: `scots@prod`.

        Args:
            alias: `[a-z][a-z0-9-]*`, not like `v3`.
            reference: `name@v3`, or another alias of the dataset.
            expect: number of the version that it must name until now, else nothing is changed.
            message: why it moves; kept in its history with who and when.

        Raises:
            InvalidInputError: not a name for an alias.
            NotFoundError: no such version.
            ConflictError: somebody else moved it meanwhile, or it does not name what is expected.
        """
        from audioset.versions.aliases import move_alias
        from audioset.versions.read.resolve import resolve_reference

        to = resolve_reference(self.store, str(named(reference))).ref
        return move_alias(self.store, alias, to, expect=expect, message=message)

    def aliases(self, dataset: str | None = None) -> "list[Alias]":
        """List the aliases of a dataset, the workspace's own when None, with their histories.

        Raises:
            NotFoundError: the store has no dataset of that name.
        """
        from audioset.versions.aliases import list_aliases

        return list_aliases(self.store, self._dataset_name(dataset))

    def pull(
        self,
        reference: Reference,
        directory: str | Path,
        *,
        filter: str | None = None,
        split: str | None = None,
        progress: Progress = notebook_progress,
    ) -> "PullReport":
        """Write clips and manifest of a version into a folder: `clips/` and `manifest.parquet`.

        Clips that are there with the right hash are not fetched again, so a pull that was broken
        off goes on where it was. The manifest comes last: where it is, all of its clips are.

        Args:
            reference: `name@v3`, `name@alias`, a view such as `name@v3?snr_db > 20`, or a pin file.
            directory: made when missing; not a workspace.
            filter: SQL condition on the columns of the manifest; other clips stay out.
            split: train, validation or test; all when None.

        Raises:
            NotFoundError: no such version.
            InvalidInputError: the condition is not SQL, no clip is chosen, or it is a workspace.
            IntegrityError: a shard or the manifest is missing or damaged.
            StorageError: the store did not answer, or the disk is full.
        """
        from audioset.records.view import both_conditions
        from audioset.versions.pull import pull as run

        opened = self._open(reference)
        return run(
            opened.store,
            opened.record,
            Path(directory),
            where=both_conditions(opened.filter, filter),
            split=split,
            progress=progress,
        )

    def verify(
        self,
        references: Several[Reference] = (),
        *,
        decode: bool = False,
        workers: int | None = None,
        engine: str | None = None,
        address: str | None = None,
        progress: Progress = notebook_progress,
    ) -> "VerifyReport":
        """Prove that the store holds what was published, and name every object that it does not.

        Reads everything, each object once; `progress` is told of bytes.

        Args:
            references: `name@v3` or `name@alias`, one or several of one dataset; all versions of
                the workspace's own when empty.
            decode: also decode every clip and hold its samples against their hash.
            workers: CPU cores to use, all when None.
            engine, address: "ray" for a cluster of Ray, whose nodes read the shards, and where it
                is, as for `cut`; a store that is a folder must lie on a drive that all nodes have.

        Raises:
            InvalidInputError: the references name several datasets.
            NotFoundError: no such version or alias, or the dataset has no version.
            StorageError: the store did not answer, or refused.
        """
        from audioset.versions.aliases import read_alias
        from audioset.versions.verify import verify as run

        names = [parse_reference(str(named(one))) for one in several(references)]
        refs = [n if isinstance(n, VersionRef) else read_alias(self.store, n).ref for n in names]
        datasets = sorted({ref.dataset for ref in refs}) or [self.name]
        if len(datasets) > 1:
            raise InvalidInputError(f"verify one dataset at a time, not {' and '.join(datasets)}")
        with store_on_engine(self.store, datasets[0], engine, address):
            return run(
                self.store,
                datasets[0],
                versions=[ref.version for ref in refs],
                decode=decode,
                workers=workers,
                progress=progress,
            )

    def forget(
        self,
        *,
        speaker: str | None = None,
        clip: str | None = None,
        source: str | None = None,
        message: str = "",
        yes: bool = False,
        progress: Progress = notebook_progress,
    ) -> "ForgetReport":
        """Take withdrawn recordings out of the workspace and of every version in the store.

        Versions that held them open without them and say so; a new version goes on from the latest.
        The report tells which runs and models consumed them: those cannot be taken back.

        Args:
            speaker, clip, source: whose clips; exactly one, by speaker, clip id or source id.
            message: why; stands in the withdrawal.
            yes: really withdraw them; else only tell what it would reach.

        Raises:
            InvalidInputError: none of the three is given, or several.
            NotFoundError: nobody has such clips.
            ConflictError: somebody published or withdrew at the same moment; try again.
            IntegrityError: a shard is damaged; nothing was withdrawn.
            TrackingError: MLflow did not answer: what it reaches is not known.
            StorageError: the store did not answer, or refused.
        """
        from audioset.tracking.withdrawal import ForgetReport, carry_out, find_blast_radius

        selectors = {"speaker": speaker, "clip": clip, "source": source}
        radius = find_blast_radius(
            self.store, self.tracking, self._any_working, self.name, selectors
        )
        if not yes:
            return ForgetReport(radius=radius)
        return carry_out(
            radius,
            self.store,
            self.tracking,
            self._any_working,
            self.split_options,
            message=message,
            progress=progress,
        )

    def collect(
        self,
        dataset: str | None = None,
        *,
        age: timedelta | None = None,
        yes: bool = False,
    ) -> "CollectReport":
        """Remove objects of a dataset that no version needs, as a broken-off publish leaves them.

        Shards that clips of this workspace lie in stay, whether they were published or not. Those
        that other workspaces cut into the store, and did not publish yet, are known by nobody here:
        they stay while they are younger than `age`.

        Args:
            dataset: its name; the workspace's own when None.
            age: younger objects stay; at least 24 hours, 7 days when None.
            yes: really remove them; else only tell what would be removed.

        Raises:
            InvalidInputError: the age is too short.
            NotFoundError: the store has no dataset of that name.
            IntegrityError: a record is damaged; nothing was removed.
            StorageError: the store did not answer, or refused.
        """
        from audioset.curation.workspace.stored_places import find_named_shards
        from audioset.versions.collect import DEFAULT_AGE
        from audioset.versions.collect import collect as run

        chosen = self._dataset_name(dataset)
        kept = find_named_shards(self._any_working) if chosen == self.name else frozenset()
        return run(self.store, chosen, age=age or DEFAULT_AGE, dry_run=not yes, kept=kept)
