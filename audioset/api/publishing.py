"""Chapter 3, its first verb: working clips become the next version."""

import dataclasses
from contextlib import ExitStack, suppress
from functools import partial
from typing import TYPE_CHECKING

from audioset.api.names import Names, Reference
from audioset.engine import Progress, no_progress
from audioset.errors import ConflictError, InvalidInputError, StorageError, as_option

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from audioset.records.parent import Parent
    from audioset.records.version import VersionRecord
    from audioset.storage.rows.laid_rows import ManyRows
    from audioset.versions.onto import OntoVersion
    from audioset.versions.publish import Publication

_TRIES = 50  # to come after others who publish at the same moment; each of them got through


class PublishVerb(Names):
    """Publishes the working clips."""

    def publish(
        self,
        *,
        message: str = "",
        filter: str | None = None,
        onto: Reference | None = None,
        add: bool = False,
        replace: bool = False,
        shard_bytes: int | None = None,
        compact: bool = False,
        with_unsure: bool = False,
        track: bool = True,
        progress: Progress = no_progress,
    ) -> "Publication":
        """Publish the working clips, with what people decided, as the next immutable version.

        Rejected clips stay out, and those of which a person was unsure, which are counted; flagged
        ones that nobody judged do not, but are counted. Notes and tags are never published. When
        nothing changed since the latest version, that version is given back. Audio that the parent
        has is not sent again, and needs no file here; audio that the version leaves out may stay in
        a shard that it shares with its parent, up to `dead_share` of the settings, which
        `VersionRecord.num_dead_clips` counts. The version stands
        even when MLflow is out of reach: `Publication.tracking_error` then tells why it was not
        logged, and `log` catches up. Clips that were withdrawn stay out. Clips that `remove` keeps
        aside are let go: they cannot be brought back after it.

        Where the version that it goes on from has clips which the workspace lacks, and nobody took
        them out here, or was changed by others since, one has to say which is meant: `add` or
        `replace`. After an `add` it is asked of other clips only: what was kept stays so, and is
        counted. Who publishes at the same moment as others comes after them, with what was changed
        here.

        Args:
            message: what is new in this version.
            filter: SQL condition on the columns of the manifest; other clips stay out.
            onto: version that this one goes on from; the latest when None.
            add: keep what that version has, and add what was changed here.
            replace: publish the clips of this workspace alone.
            shard_bytes: mean audio bytes of a new shard, to 16 GiB; those of the parent when None,
                64 MiB for the first version.
            compact: put clips again until no shard holds one that the version does not name, and no
                shard is small; also when nothing changed.
            with_unsure: publish those too of which a person was unsure.
            track: log it in MLflow.

        Raises:
            InvalidInputError: there is nothing to publish, the condition is not SQL, no shard can
                have that size, `onto` is of another dataset, or it is not said whether to add or
                to replace.
            NotFoundError: no such version.
            MediaError: a clip's audio is missing or does not match its manifest row.
            ConflictError: others changed the same clips, each otherwise.
            StorageError: the store refused or did not answer.
        """
        from audioset.curation.accepted import lay_accepted
        from audioset.curation.decide import count_unjudged
        from audioset.curation.removed import let_go
        from audioset.curation.reshape import list_waiting
        from audioset.curation.workspace.effective import find_unsure, list_clip_ids
        from audioset.tracking.published import log_publication
        from audioset.versions.publish import publish_table

        if add and replace:
            raise InvalidInputError(
                f"say {as_option('add', 'True')} or {as_option('replace', 'True')}, not both"
            )
        aside = list_clip_ids(self.working.aside)  # not what somebody removes meanwhile
        with ExitStack() as laid:
            rows = lay_accepted(
                self.working,
                filter,
                with_unsure=with_unsure,
                folder=lambda: laid.enter_context(self.store.scratch()),
            )
            num_unsure = 0 if with_unsure else len(find_unsure(self.working))
            num_unjudged = count_unjudged(rows, self.working)
            publication = self._publish_onto(
                rows,
                None if onto is None else self._resolve(onto),
                partial(
                    publish_table,
                    clips_dir=self.clips_dir,
                    store=self.store,
                    dataset=self.name,
                    message=message,
                    progress=progress,
                    shard_bytes=shard_bytes,
                    dead_share=self.settings.dead_share,
                    compact=compact,
                ),
                add=add,
                replace=replace,
            )
        publication = dataclasses.replace(
            publication,
            num_unjudged=num_unjudged,
            num_unsure=num_unsure,
            waiting=list_waiting(self.working),
            num_let_go=let_go(self.working, aside),
        )
        if not track:
            return publication
        return log_publication(publication, self.tracking, self.store, self.split_options)

    def _publish_onto(
        self,
        ours: "ManyRows",
        chosen: "VersionRecord | None",
        put: "Callable[..., Publication]",
        *,
        add: bool,
        replace: bool,
    ) -> "Publication":
        """Publish rows after a version, and again after those that others publish meanwhile."""
        from audioset.versions.publish import find_latest
        from audioset.versions.read.parent import find_parent

        if chosen is not None and chosen.dataset != self.name:
            raise InvalidInputError(
                f"{chosen.ref} is a version of another dataset than {self.name}, which is published"
            )
        parent, base = find_parent(self.store, self.folder, self.name)
        here = ours
        for _ in range(_TRIES):
            target = chosen or find_latest(self.store, self.name)[0]
            plan = None if replace else self._plan_onto(ours, target, base, parent)
            if plan is not None and not add and not plan.is_plain:
                raise plan.ask()
            rows = ours if plan is None else plan.rows
            num_not_here = 0 if rows is here else _count_others(rows["clip_id"], here["clip_id"])
            expected = None  # what others publish until it is put must be known to the plan
            if not replace and chosen is None:
                expected = 0 if target is None else target.version
            with suppress(ConflictError):
                parent_number = None if chosen is None else chosen.version
                publication = put(rows, parent=parent_number, expected=expected)
                self._remember(_parent_of(publication.record, lacks=num_not_here > 0))
                return dataclasses.replace(publication, num_not_here=num_not_here)
            if not replace and chosen is None:
                # What is published now is a change of what was the latest until this moment.
                ours, base, add = rows, target, True
                parent = None if target is None else _parent_of(target, lacks=False)
        raise ConflictError(f"others publish {self.name} all the time; run publish again")

    def _plan_onto(
        self,
        ours: "ManyRows",
        target: "VersionRecord | None",
        base: "VersionRecord | None",
        parent: "Parent | None",
    ) -> "OntoVersion | None":
        """Find what the workspace lacks of a version; None where it is the one that it had whole.

        Args:
            base: version that the workspace goes on from; None where it is not known.
            parent: what is remembered of it.
        """
        from audioset.curation.status import read_held
        from audioset.versions.onto import plan_onto
        from audioset.versions.read.resolve import read_version

        is_whole = parent is not None and parent.is_whole
        if target is None or (is_whole and base is not None and base.ref == target.ref):
            return None
        theirs = read_version(self.store, target)
        before = None
        if base is not None:
            before = theirs if base.ref == target.ref else read_version(self.store, base)
        return plan_onto(
            ours.select(theirs.column_names),
            theirs,
            before,
            read_held(self.working),
            target.ref,
            is_whole=is_whole,
            keeps=parent is not None and parent.keeps,
        )

    def _remember(self, parent: "Parent") -> None:
        """Remember what the next publish goes on from; where that cannot be written, it asks."""
        from audioset.versions.read.parent import write_parent

        with suppress(StorageError):
            write_parent(self.folder, parent)


def _parent_of(record: "VersionRecord", *, lacks: bool) -> "Parent":
    """Give what is remembered of a version that was published with clips that are not here."""
    from audioset.records.parent import Parent

    return Parent(
        dataset=record.dataset,
        version=record.version,
        digest=record.digest,
        is_whole=not lacks,
        keeps=lacks,
    )


def _count_others(ids: "pa.ChunkedArray", known: "pa.ChunkedArray") -> int:
    import pyarrow.compute as pc

    return int(pc.sum(pc.invert(pc.is_in(ids, value_set=known)), min_count=0).as_py())
